"""The table at the widths of real windows: nothing is cut, what has no room is named, and the end says what to do next."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hand_made import BOTH, finding, pack
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from leakguard import __version__
from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Rule, Severity
from leakguard.reports import SCAN_REPORTS
from leakguard.reports.kit.page import Page, TableColumn
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.place_rates import rate_places

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (80, 100, 120, 160)
NAMES = {
    "hate.1488": (1488, Severity.ERROR, "'14 words' and a salute"),
    "codes.capital-punishment.666": (666, Severity.ERROR, "number of the beast"),
    "luck.666": (666, Severity.WARNING, "the devil's number"),
    "luck.四": (4, Severity.WARNING, "sounds like death: 四"),
    "luck.13": (13, Severity.NOTE, "unlucky in the West"),
}
RULES = {
    name: Rule(name, name.partition(".")[0], "number", str(value), meaning, dict.fromkeys(BOTH, level), (value,))
    for name, (value, level, meaning) in NAMES.items()
}
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def tally(shared, alone, quiet, four, notes):
    """The books of 500 rows: places of 1488, of 666 (two rules), of softened 1488, of 4 and of 13."""
    by_place = {
        (("hate.1488", ERROR),): RuleCount(alone, alone, alone),
        (("codes.capital-punishment.666", ERROR), ("luck.666", WARNING)): RuleCount(shared, shared, shared),
        (("hate.1488", WARNING),): RuleCount(quiet, quiet, 0),
        (("luck.四", WARNING),): RuleCount(four, four, 0),
        (("luck.13", NOTE),): RuleCount(notes, notes, notes),
    }
    by_place = {voices: count for voices, count in by_place.items() if count.findings}
    by_rule = {}
    for voices, count in by_place.items():
        for voice in voices:
            by_rule.setdefault(voice, RuleCount()).add(count)
    return Tally(
        seen=500, kept=500, texts=500, number_rows=300, by_rule=by_rule, by_place=by_place, lengths={(3, 8): 300},
        by_pack={"hate": alone + quiet, "luck": shared + four + notes}, flagged={ERROR: alone + shared, WARNING: quiet + four, NOTE: notes},
        softened={("hate.1488", WARNING): {"written as a split number": quiet}} if quiet else {},
    )  # fmt: skip


def compared():
    """A scan with a control: two differences hold, one number is listed by two rules, one rule has two severities."""
    file = "daten/Über-数据.jsonl"
    return ScanResult(
        tally=tally(30, 25, 3, 2, 40),
        findings=(finding("hate.1488", "14/88", row=3, file=file),),
        unreadable=(),
        missed=(),
        files=(file,),
        rules=RULES,
        packs=(pack("hate"), pack("luck", "1.2.0")),
        settings={"schema": "auto", "roles": ["trained"], "traits": ["四"]},
        control=tally(1, 0, 2, 4, 50),
        control_file="control.jsonl",
    )


def screen(result, width, **style):
    return SCAN_REPORTS["table"](replace(result, again="'my data.jsonl' --config settings.toml"), Style(width=width, **style))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_equals_its_golden_file_at_each_width(width):
    """The whole text at each width."""
    assert screen(compared(), width).replace(__version__, "VERSION") == (GOLDEN / f"screen-{width}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 72, *WIDTHS, 200])
def test_no_line_is_wider_than_the_window(width):
    """Chinese characters take two columns of a terminal and count as two."""
    for verbose in (False, True):
        assert max(map(cell_len, screen(compared(), width, verbose=verbose).split("\n"))) <= width


@pytest.mark.parametrize("width", range(40, 180, 7))
def test_rule_names_and_numbers_are_never_cut(width):
    """Whatever the width: every rule by its whole name, and the rows of every line."""
    text = screen(compared(), width, verbose=True)
    for share in rate_places(compared()):
        names = [(line, below) for line, below in pairwise(text.split("\n")) if share.rule in line.split()]
        assert any(str(share.rows) in (below if line.lstrip("* ") == share.rule else line).split() for line, below in names)
    assert "also luck.666 (warning)" in text


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_columns_without_room_are_named_with_a_way_to_see_them(width):
    """Each column is in the head or among those that have no room."""
    text = " ".join(screen(compared(), width).split())
    head, _, rest = text.partition(" error ")
    for name, word in {
        "places": "places",
        "% expected by chance": "chance",
        "control": "control",
        "difference": "difference,",
        "meaning": "meaning",
    }.items():
        told = rest.partition("Columns left out: ")[2].partition(". A wider terminal")[0]
        assert (word in head.rpartition("500 rows.")[2].split()) != (name in told.split(", "))
    assert "-o report.html shows them" in rest or "Columns left out" not in rest


def test_what_fits_is_shown_up_to_160_columns():
    """A wide window leaves nothing out."""
    assert "Columns left out" not in screen(compared(), 160)
    assert "the devil's number" not in screen(compared(), 80)


def test_a_name_longer_than_the_window_stays_whole():
    """Only such a name may be wider than the window."""
    name = "pack." + "x" * 120
    rules = {name: Rule(name, "pack", "term", "x", "long", dict.fromkeys(BOTH, ERROR))}
    books = Tally(seen=5, kept=5, by_rule={(name, ERROR): RuleCount(2, 2, 0)}, by_place={((name, ERROR),): RuleCount(2, 2, 0)})
    lines = screen(replace(compared(), tally=books, control=None, findings=(), rules=rules), 80).split("\n")
    assert [line for line in lines if len(line) > 80] == [f"  {name}"]
    assert lines[lines.index(f"  {name}") + 1].split() == ["2", "2", "40.0", "long"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text("ab四é", min_size=1, max_size=30), st.integers(0, 10**9)), min_size=1, max_size=5), st.integers(20, 160))
def test_a_grid_keeps_its_width_and_its_numbers(cells, width):
    """Columns go by their need; what stays is whole, and only a first column that is too wide is wider than the page."""
    page = Page(width=width, color=False)
    columns = (
        TableColumn("name", ("name",), numeric=False),
        TableColumn("count", ("count",), need=1),
        TableColumn("text", ("text",), need=2, stretch=True),
    )
    left = page.grid(columns, [[(name, ""), (f"{count}", ""), ("a text of some length", "")] for name, count in cells])
    lines = page.text.split("\n")
    assert all(cell_len(line) <= width for line in lines if line not in {name for name, _ in cells})
    for name, count in cells:
        at = next(at for at, line in enumerate(lines) if line.split()[:1] == [name] or line == name)
        said = f"{lines[at]} {lines[at + 1]}".split() if lines[at] == name else lines[at].split()
        assert ("count" in left) != (str(count) in said[1:])
        lines = lines[at + 1 :]
    assert left in ([], ["text"], ["count", "text"])


@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_command_of_the_next_step_is_what_a_shell_would_run(width):
    """Broken lines end with a backslash; put together they are one command with the same words."""
    import shlex

    text = screen(compared(), width).rpartition("Next:")[2]
    commands = [shlex.split(line) for line in text.replace("\\\n", " ").split("\n") if line.strip().startswith("leakguard")]
    assert commands == [
        ["leakguard", "scan", "my data.jsonl", "--config", "settings.toml", "-o", "report.html"],
        ["leakguard", "review", "my data.jsonl", "--config", "settings.toml"],
        ["leakguard", "clean", "my data.jsonl", "--config", "settings.toml", "-o", "cleaned"],
    ]
