"""Flags that all commands share: any combination of them runs, and an option that is given twice is refused."""

from itertools import combinations

import pytest

from leakguard.cli import run

FLAGS = ("-q", "-v", "--no-progress")
SETS = [(), *((flag,) for flag in FLAGS), *combinations(FLAGS, 2), FLAGS]
COMMANDS = {
    "scan": (["scan", "loud.jsonl"], 1),
    "clean": (["clean", "loud.jsonl", "-o", "cleaned", "--overwrite"], 0),
    "gate": (["gate", "loud.jsonl"], 1),
    "create": (["baseline", "create", "loud.jsonl", "-o", "made.jsonl", "--reason", "catalogue numbers", "--add"], 0),
    "prune": (["baseline", "prune", "known.jsonl", "loud.jsonl"], 0),
}


@pytest.mark.parametrize("flags", SETS, ids=" ".join)
@pytest.mark.parametrize(("command", "code"), COMMANDS.values(), ids=COMMANDS)
def test_quiet_and_verbose_change_no_exit_code(folder, monkeypatch, capsys, command, code, flags):
    """-q, -v and --no-progress run in every combination, and -q leaves stderr empty."""
    monkeypatch.chdir(folder)
    (folder / "known.jsonl").write_text("")
    assert run([*command, "--no-config", *flags]) == code
    assert "-q" not in flags or capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["scan", "clean.jsonl", "--config", "a.toml", "--config", "b.toml"], "--config"),
        (["gate", "clean.jsonl", "-c", "a.toml", "--config=b.toml"], "--config"),
        (["clean", "clean.jsonl", "-o", "one", "--output", "two"], "--output"),
        (["scan", "clean.jsonl", "--fail-on", "never", "--fail-on", "error"], "--fail-on"),
        (["scan", "clean.jsonl", "-j1", "-j", "2"], "--workers"),
        (["scan", "clean.jsonl", "--semantic", "--no-semantic"], "--semantic"),
        (["baseline", "create", "clean.jsonl", "-o", "b", "--reason", "a", "--reason", "b"], "--reason"),
        (["judge", "check", "clean.jsonl", "--seed", "1", "--seed", "2"], "--seed"),
        (["verify", "cleaned", "--format", "table", "--format", "json"], "--format"),
        (["report", "r.json", "--redact", "none", "--redact", "mask"], "--redact"),
        (["rules", "list", "--format", "table", "--format", "table"], "--format"),
        (["experiment", "run", "x.toml", "--seeds", "1", "--seeds", "2"], "--seeds"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_of_one_value_is_given_once(folder, monkeypatch, capsys, arguments, name):
    """A second value would silently replace the first: a file whose name looks like an option must not choose the settings."""
    monkeypatch.chdir(folder)
    assert run(arguments) == 2
    assert capsys.readouterr().err.startswith(f"leakguard: {name} is given twice: give it once; see leakguard ")


def test_a_file_named_like_an_option_is_a_file_after_two_dashes(folder, monkeypatch):
    """`--` ends the options: the name behind it is looked at as a file."""
    monkeypatch.chdir(folder)
    (folder / "--config=evil.jsonl").write_text('{"text": "871, 1488, 305"}\n')
    assert run(["scan", "-q", "--no-config", "--", "--config=evil.jsonl"]) == 1


def test_what_may_be_repeated_still_may(folder, monkeypatch):
    """Options that take several values, and flags."""
    monkeypatch.chdir(folder)
    assert run(["scan", "loud.jsonl", "-q", "-q", "--no-config", "--rules", "hate-text", "--rules", "hate-numeric"]) == 1
