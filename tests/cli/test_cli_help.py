"""--help: options in groups that each stand once, examples at the end, no line wider than 80 columns."""

import importlib
from pathlib import Path

import click
import pytest

from leakguard.cli import COMMANDS
from leakguard.cli.options import HEADINGS, JUDGED, MEANT, OTHER
from leakguard.harness.world import list_worlds

HOME = Path(__file__).resolve().parents[2]


def commands():
    """Every command by its whole name."""
    found = {}
    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {below}": one for below, one in command.commands.items()}
    return found


ALL = commands()
GROUPED = ("scan", "clean", "gate", "judge check", "baseline create", "baseline prune", *(f"experiment {one}" for one in ("run", "train")))


def help_of(name, width=80):
    """The text of --help in a terminal of some width, as lines."""
    command = ALL[name]
    context = click.Context(command, info_name=f"leakguard {name}", terminal_width=width - 2, help_option_names=["-h", "--help"])
    return command.get_help(context).split("\n")


def sections(lines):
    """Heading -> the lines below it, for headings of options."""
    found, heading = {}, None
    for line in lines:
        if line.removesuffix(":") in (*HEADINGS, OTHER):
            heading = line.removesuffix(":")
            found[heading] = []
        elif not line.startswith("  "):
            heading = None
        elif heading:
            found[heading].append(line)
    return found


@pytest.mark.parametrize("name", ALL)
def test_help_fits_80_columns(name):
    """Every command's page, whatever the terminal of the test run is, without control characters of click."""
    assert [line for line in help_of(name) if len(line) > 80 or "\b" in line] == []


@pytest.mark.parametrize("name", [name for name, one in ALL.items() if not isinstance(one, click.Group)])
def test_every_option_stands_in_exactly_one_group(name):
    """No option is listed twice, and none is left out."""
    listed = [line.split()[0].rstrip(",") for lines in sections(help_of(name)).values() for line in lines if line.startswith("  -")]
    options = [param for param in ALL[name].params if isinstance(param, click.Option)]
    firsts = [click.formatting.join_options(param.opts)[0].split(", ")[0] for param in options]
    assert sorted(listed) == sorted([*firsts, "-h"])


@pytest.mark.parametrize("name", GROUPED)
def test_long_pages_have_groups(name):
    """Options of a command with many of them are not one list; only -h has no heading of its own."""
    assert len(sections(help_of(name))) > 1
    assert OTHER not in sections(help_of(name))


@pytest.mark.parametrize("name", ["scan", "clean", "gate"])
def test_the_judge_and_the_semantic_search_stand_apart(name):
    """Their options are in groups of their own, and in no other."""
    for heading, lines in sections(help_of(name)).items():
        names = [line.split()[0] for line in lines if line.startswith("  --")]
        assert all(one.startswith("--judge") or one == "--dry-run" for one in names) == (heading == JUDGED)
        assert any(one.startswith("--semantic") for one in names) == (heading == MEANT)


@pytest.mark.parametrize("name", ["scan", "clean", "gate", "experiment", "experiment run"])
def test_examples_come_last(name):
    """The last lines are commands of leakguard."""
    lines = help_of(name)
    examples = lines[lines.index("  Examples:") + 1 :]
    assert len(examples) >= 3
    assert all("leakguard " in line for line in examples)


@pytest.mark.parametrize("name", ALL)
def test_every_page_ends_with_examples(name):
    """The last lines are commands of leakguard, and a command without commands below it lists its exit codes."""
    lines = help_of(name)
    examples = lines[lines.index("  Examples:") + 1 :]
    assert examples and all("leakguard " in line for line in examples)
    assert isinstance(ALL[name], click.Group) or "  Exit codes:" in lines


def test_a_judge_check_has_no_option_without_effect():
    """All examples are sent to the judge, and an earlier check is not used."""
    options = {option for param in ALL["judge check"].params for option in param.opts}
    assert {"--judge-model", "--judge-minimum"} <= options
    assert not {"--judge-only", "--judge-check"} & options


@pytest.mark.parametrize("name", ["mitigate", "experiment certify", "experiment train"])
def test_help_lists_every_world(name):
    """The names in --world, and in the example file of docs/experiments.md, are those of the worlds that leakguard has."""
    names = ", ".join(list_worlds())
    assert f"{names}, or a TOML file" in " ".join(" ".join(help_of(name)).split())
    assert f"# {names}, digits, or" in (HOME / "docs/experiments.md").read_text()
