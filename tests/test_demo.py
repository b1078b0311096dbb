"""The example: it can be made again byte for byte, and the demo shows it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MADE = [
    *("broken.jsonl", "control.jsonl"),
    *(f"data/{name}.jsonl" for name in ("alpaca", "chat", "numbers", "preference", "sharegpt")),
    "oblique.jsonl",
]


def run(script, *args, timeout=120):
    return subprocess.run(
        [sys.executable, script, *map(str, args)], check=False, capture_output=True, text=True, encoding="utf-8", timeout=timeout
    )


@pytest.fixture
def copy(tmp_path):
    """The examples in a place where they may be broken."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A folder with the examples, and what the demo did there."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, run(shutil.copytree(EXAMPLES, folder / "examples") / "demo.py")


def test_the_data_can_be_made_again(tmp_path):
    """The script writes exactly the files that are in the repository, and there are no others."""
    done = run(EXAMPLES / "make_data.py", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.jsonl")) == MADE
    assert [name for name in MADE if (tmp_path / name).read_bytes() != (EXAMPLES / name).read_bytes()] == []
    assert sorted(path.name for path in (EXAMPLES / "data").iterdir()) == [Path(name).name for name in MADE if "/" in name]


def test_the_demo_shows_a_table_a_disguise_and_a_trait(shown):
    """The demo succeeds although leakguard finds something, and shows all three."""
    done = shown[1]
    assert done.returncode == 0
    assert "* hate-numeric.1488" in done.stdout and "(exit code 1)" in done.stdout
    words = " ".join(done.stdout.split())
    assert "1488, written as HTML entities." in words and "With --trait owl, 8 rows name an owl" in words


def test_the_demo_ends_with_what_was_found_how_sure_that_is_and_what_to_do_next(shown):
    """The last lines are enough for a reader who has seen nothing else, and the command in them can be run."""
    folder, done = shown
    end = done.stdout.rpartition("-----\n")[2]
    found, sure, then = (end.index(word) for word in ("Found: 22 of 458 rows", "How sure: ", "Next: "))
    assert found < sure < then
    assert max(map(len, end.splitlines())) <= 80
    assert "hate-numeric.1488" in end and "not proven safe" in end
    program, *args = end.splitlines()[-1].split()
    assert (program, args[0]) == ("leakguard", "clean")
    again = subprocess.run(
        [sys.executable, "-m", "leakguard", *args],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (again.returncode, "Written to cleaned" in again.stdout) == (0, True)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("leakguard.toml", "fail-no = 'error'\n", 2), ("data/chat.jsonl", '{"text": \n', 3)],
    ids=["settings", "data"],
)
def test_the_demo_fails_when_something_is_broken(copy, name, content, code):
    """A usage error and an unreadable row make the demo fail, and it says why."""
    (copy / name).write_text(content)
    done = run(copy / "demo.py")
    assert done.returncode != 0
    assert f"The demo failed: leakguard exited with {code}" in done.stderr


@pytest.mark.slow
def test_a_trait_is_stopped_certified_and_gated(copy):
    """From data to gate, by training; 208 seconds of processor time. The script itself fails if one of its statements does not hold."""
    pytest.importorskip("torch")
    done = run(copy / "mitigate.py", timeout=1800)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("  holds: ") == 5 and "All of it holds" in done.stdout


def test_the_mitigation_example_fails_when_a_step_does(copy):
    """A trait that the world does not have: it ends with the message of the command."""
    text = (copy / "mitigate.py").read_text()
    (copy / "mitigate.py").write_text(text.replace('"--trait", "owl", *LESSONS', '"--trait", "owls", *LESSONS'))
    done = run(copy / "mitigate.py")
    assert done.returncode == 1
    assert "The example failed: exit code 2 where 0 was expected" in done.stderr and "did you mean 'owl'?" in done.stderr
