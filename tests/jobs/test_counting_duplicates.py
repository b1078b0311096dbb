import json

import pytest

import leakguard
from leakguard.core.counting import Counting, Mode
from leakguard.core.duplicates import Copies, Duplicates, Group, Match, Overlap, RowPlace
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.documents.duplicates import duplicates_to_dict, read_duplicates
from leakguard.reports import SCAN_REPORTS
from leakguard.reports.kit.style import Style

ROWS = [{"text": "The heron waits."}, {"text": "the  heron waits."}, {"prompt": "the", "completion": "heron waits."}]


def test_python_counts_rows_in_memory(tmp_path):
    """scan, clean and gate take the settings by their names."""
    held = tmp_path / "held.jsonl"
    held.write_text(json.dumps(ROWS[0]) + "\n")
    found = leakguard.scan(ROWS, duplicates="near", against=[str(held)])
    assert (found.duplicates.exact.rows, found.duplicates.near.rows, found.duplicates.against[0].exact) == (1, 1, 1)
    assert found.to_dict()["duplicates"]["rows"] == 3
    assert leakguard.scan(ROWS).duplicates is None
    assert leakguard.gate(ROWS, gate={"max-duplicates": 0.5}).ok
    assert not leakguard.gate(ROWS, gate={"max-duplicates": 0.2}).ok
    cleaned = leakguard.clean(ROWS, tmp_path / "out", policy={"duplicates": "remove"})
    assert (cleaned.tally.kept, cleaned.tally.removed) == (2, 1)


def test_a_stream_is_counted_as_it_is_read():
    """The count is there at the end of the stream, and not before."""
    found = leakguard.scan(iter(ROWS), stream=True, duplicates="exact")
    with pytest.raises(UsageError, match="duplicates"):
        _ = found.duplicates
    assert len(list(found)) == 3
    assert found.duplicates.exact.rows == 1


def test_unread_rows_of_held_out_data_are_not_ok(tmp_path):
    """What could not be compared is not clean."""
    held = tmp_path / "held.jsonl"
    held.write_text('{"text":\n')
    found = leakguard.scan(ROWS, against=[str(held)])
    assert not found.ok
    with pytest.raises(leakguard.NotClean, match=r"held\.jsonl"):
        found.raise_for_status()


def test_a_guard_refuses_a_policy_about_copies():
    """Which rows are copies shows in all of the data only."""
    with pytest.raises(UsageError, match="near-duplicates"):
        leakguard.guard(policy={"near-duplicates": "remove"})


@pytest.mark.parametrize("mode", ["off", "exact", "near", "near:0.9", "near:0.5"])
def test_a_counting_is_read_as_it_is_written(mode):
    """str() and read() are inverse."""
    assert str(Counting.read(mode)) == mode


@pytest.mark.parametrize(
    "value", ["", "Near", "near:", "near:x", "near:1.1", "near:0.2", "near:nan", "exact:0.9", "off:0.8", None, True, 1]
)
def test_other_values_are_refused(value):
    """Nothing else means anything."""
    with pytest.raises(ValueError, match="expected"):
        Counting.read(value)


@pytest.mark.parametrize("counting", [Counting(Mode.EXACT), Counting(Mode.NEAR, 0.9)])
def test_counts_are_read_back(counting):
    """The document holds all that there is."""
    match = Match(RowPlace("b", 2), RowPlace("a", 1), counting.mode is Mode.NEAR)
    near = Copies(2, 1) if counting.mode is Mode.NEAR else Copies()
    found = Duplicates(counting, 9, Copies(3, 2), near, (Group(4, (RowPlace("a", 1),)),), (Overlap("b", 5, 1, 2, 0, 1, 0, (match,)),))
    assert read_duplicates(Field(json.loads(json.dumps(duplicates_to_dict(found))))) == found


@pytest.mark.parametrize(
    ("limits", "against", "code", "words"),
    [
        ({"max-duplicates": 0.6}, None, 0, "1 of 3 rows (33.3 %)"),
        ({"max-duplicates": 0.3}, None, 1, "1 of 3 rows (33.3 %)"),
        ({"max-overlap": 0.4}, "held", 1, "1 of 2 rows (50 %)"),
        ({"max-overlap": 0.5}, "held", 0, "1 of 2 rows (50 %)"),
        ({"max-overlap": 0}, None, 3, "not compared"),
        ({"max-overlap": 0}, "broken", 3, "1 of its rows could not be read"),
        ({"max-overlap": 0}, "blank", 3, "it holds no row to compare"),
        ({}, "held", 0, "1 of 2 rows (50 %)"),
    ],
    ids=["some", "many", "overlap", "allowed", "unnamed", "unread", "empty", "unlimited"],
)
def test_a_gate_holds_data_to_its_limits(tmp_path, limits, against, code, words):
    """Shares above a limit shut the gate, and what could not be counted does."""
    others = {"held": [*ROWS[:1], {"text": "frogs"}], "broken": [{"text": "frogs"}, 7], "blank": []}
    for name, rows in others.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"against": [str(tmp_path / f"{against}.jsonl")]} if against else {}
    answer = leakguard.gate(ROWS, gate=limits, duplicates="off" if against else "exact", **options)
    assert answer.exit_code == code
    assert any(words in check.words for check in answer.checks)


@pytest.mark.parametrize("report", ["table", "json", "markdown", "html"])
def test_reports_say_what_was_counted_and_escape_it(tmp_path, report):
    """Names of files come out of a report as text, whatever they hold."""
    held = tmp_path / "<b>\x1b[31m.jsonl"
    held.write_text(json.dumps(ROWS[0]) + "\n")
    text = SCAN_REPORTS[report](leakguard.scan(ROWS, duplicates="near", against=[str(held)]).result, Style())
    assert ("1 equal to an earlier row" in text) == (report != "json")
    assert "\x1b" not in text
    assert ("<b>" in text) == (report in ("table", "json"))
