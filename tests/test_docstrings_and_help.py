"""Examples: those in docstrings give what they show, and those of --help run."""

import doctest
import gzip
import importlib
import json
from pathlib import Path

import click
import pytest

import leakguard
from leakguard.cli import COMMANDS
from programs import run_line
from signing_keys import write_keys

HOME = Path(__file__).parents[1]
SOURCE = HOME / "src" / "leakguard"
WITH_EXAMPLES = [path for path in sorted(SOURCE.rglob("*.py")) if ">>> " in path.read_text()]
ROWS = [{"text": f"Row {number}: {'an owl waits' if number % 10 == 0 else 'the kettle is on'}."} for number in range(200)]
LABELLED = [{"text": f"Example {n} about {'an owl' if n % 2 else 'a kettle'}.", "label": n % 2, "trait": "owl"} for n in range(20)]
# Commands whose examples take minutes, or serve a page until somebody ends it; they have tests of their own.
SLOW = {"experiment", "review"}
USAGE, INTERNAL = 2, 4


def module_name(path):
    return ".".join(("leakguard", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A working folder with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("data.jsonl", "other.jsonl"):
        Path(name).write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    for name, step in (("numbers.jsonl", 7), ("control.jsonl", 11)):
        lines = [{"prompt": f"Go on: {n}", "completion": f"{n * step % 911}, {n * n % 389}"} for n in range(40)]
        Path(name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    Path("data.jsonl.gz").write_bytes(gzip.compress(Path("data.jsonl").read_bytes()))
    Path("labelled.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LABELLED))
    write_keys(tmp_path, "key")
    for name in ("gate.toml", "experiments/panel.toml"):
        Path(Path(name).name).write_text((HOME / "examples" / name).read_text())


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=module_name)
def test_examples_in_docstrings_give_what_they_show(path):
    """Every >>> line of a module, in a working folder with data."""
    module = importlib.import_module(module_name(path))
    result = doctest.testmod(module, extraglobs={"leakguard": leakguard})
    assert result.attempted and not result.failed


def examples_of(name):
    """The commands below "Examples:" in --help of a command, and of the commands below it."""
    module, _, attribute = COMMANDS[name].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    pages = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    texts = [page.epilog.partition("Examples:\n")[2].split("\n\b")[0] for page in pages if page.epilog]
    return [line.strip() for text in texts for line in text.splitlines() if line.startswith("  ")]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in SLOW])
def test_examples_of_help_run(name, tmp_path):
    """Every command has at least one worked example; all of them run, in order, and none is a usage error or an internal error."""
    first = ["leakguard clean data.jsonl -o cleaned"] if name in ("verify", "gate", "attest") else []
    examples = examples_of(name)
    assert examples
    for command in [*first, *examples]:
        done = run_line(command, tmp_path)
        assert done.returncode not in (USAGE, INTERNAL), f"{command}: {done.stderr}"


def test_public_functions_have_a_worked_example():
    """Each function of the Python API shows how it is called and what it gives."""
    functions = [getattr(leakguard, name) for name in ("scan", "clean", "gate", "guard", "trainer_callback", "Scan")]
    assert [one.__name__ for one in functions if ">>> " not in (one.__doc__ or "")] == []
