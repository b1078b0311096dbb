import json
import re

import pytest

from leakguard.readers.rows.shapes import SCHEMAS
from leakguard.reports.rules.catalog import describe_rules
from leakguard.rulebook.packs import read_pack


def test_list_names_every_pack(leakguard):
    """All packs that come with leakguard, and which of them are on by default."""
    packs = json.loads(leakguard("rules", "list", "--format", "json").stdout)["packs"]
    default = {pack["id"]: pack["default"] for pack in packs}
    assert default["hate-numeric"]
    assert not default["traits"]
    assert not default["paper-numbers"]
    listed = leakguard("rules", "list").stdout
    assert all(rule["id"] in listed for pack in packs if pack["id"] == "hate-numeric" for rule in pack["rules"])


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_path_and_no_hash_is_broken(folder, leakguard, width):
    """A file's path and its hash stand whole on lines of their own, whatever the page's width is, so that both can be copied."""
    (folder / "a folder with a long name").mkdir()
    path = folder / "a folder with a long name" / f"{'long-' * 30}name.toml"
    leakguard("rules", "new", "mine")
    (folder / "mine.toml").rename(path)
    pack = read_pack(path)
    lines = describe_rules(pack, pack.rules, color=False, width=width).splitlines()
    assert f"file {path}" in lines and f"SHA-256 {pack.digest}" in lines


def test_show_tells_everything(leakguard):
    """One rule with its meaning, severities and examples."""
    shown = leakguard("rules", "show", "hate-numeric.1488").stdout
    for words in ("kind: number", "value: 1488", "severity: error", "must match: 1488 | ", "must not match: ", "SHA-256 "):
        assert words in shown


def test_show_prints_a_context(leakguard):
    """A context with its patterns, its examples and the rules that name it; a wrong name is an error that suggests the nearest."""
    shown = leakguard("rules", "show", "percent").stdout
    for words in ("percent: a percentage", "number lists: applies there too", "hits: «14» %", "after: ", "silences: "):
        assert words in shown
    said = leakguard("rules", "show", "percnt").stderr
    assert "no rule, pack or context is called 'percnt'; did you mean 'percent'?" in said and "needs --rules FILE" in said


def test_shipped_packs_are_proven(leakguard):
    """Every example of every shipped rule holds."""
    done = leakguard("rules", "test")
    assert done.returncode == 0, done.stdout
    packs = done.stdout.partition("Next:")[0]
    assert packs.count("proven") == packs.count("\n") > 5


def test_a_failing_example_is_named(leakguard, folder):
    """`rules test` says which example of which rule failed, and exits with 2, also if its automata are cached."""
    leakguard("rules", "new", "mine")
    text = (folder / "mine.toml").read_text()
    (folder / "mine.toml").write_text(text.replace('misses = ["xyzzyx"]', 'misses = ["xyzzy!"]').replace('"12, 7351, 90"', '"12, 7352"'))
    for _ in range(2):
        done = leakguard("rules", "test", "mine.toml")
        assert done.returncode == 2
        assert done.stdout.partition("Next:")[0].splitlines() == [
            "mine.toml: 3 rules, 8 examples: 2 FAILED",
            "  rule 'mine.7351' should fire in '12, 7352' (one of its hits) and does not",
            "  rule 'mine.greeting' fires in 'xyzzy!', which is one of its misses",
        ]


@pytest.mark.parametrize("words", [", ".join(SCHEMAS), "trained, the default", "Exit codes:", "[16MiB]", "[error]"])
def test_help_says_what_a_user_must_know(leakguard, words):
    """Shapes, whose words are looked at, exit codes and defaults stand in --help, wherever its lines end."""
    printed = re.sub(r"(?<=\w-)\n\s+", "", leakguard("scan", "--help").stdout)
    assert words in " ".join(printed.split())
