from dataclasses import replace

import pytest

from leakguard.core.exit_codes import ExitCode
from leakguard.core.results import Cleaning, Tally
from leakguard.core.rule import Severity
from leakguard.reports.scan.conclusion import conclude, decide_exit_code, describe_severities, write_heading


def tally(**counts):
    return Tally(seen=10, kept=10, **counts)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"tally": tally(flagged={Severity.WARNING: 3})}, 0),
        ({"tally": tally(flagged={Severity.ERROR: 1})}, 1),
        ({"tally": tally(flagged={Severity.WARNING: 1}), "fail_on": Severity.WARNING}, 1),
        ({"tally": tally(flagged={Severity.ERROR: 1}), "fail_on": None}, 0),
        ({"tally": tally(unreadable=1)}, 3),
        ({"tally": tally(undetermined=1, flagged={Severity.ERROR: 1})}, 3),
        ({"tally": tally(missed=1)}, 3),
        ({"control": tally(unreadable=1)}, 3),
        ({"control": tally(missed=1)}, 3),
        ({"tally": tally(unreadable=1), "interrupted": True}, 130),
    ],
)
def test_exit_codes(clean, changes, code):
    """Interrupted wins over incomplete, incomplete over findings, findings over nothing."""
    assert decide_exit_code(replace(clean, **changes)) == code


def test_incomplete_and_findings_are_both_said(result):
    """Exit code 3 hides nothing: the report says that rows failed too."""
    first, *_, second, _ = conclude(result)
    assert first == "Incomplete: 1 row unreadable, 1 row undetermined; their content is unknown (exit code 3)."
    assert second == "1 row with a finding at or above fail-on error (would be exit code 1; incomplete takes precedence)."


def test_a_row_kept_by_policy_is_still_undetermined(clean):
    """Where a policy keeps rows that a detector could not look at, the report is as incomplete as without it."""
    first, *_ = conclude(replace(clean, tally=tally(missed=2)))
    assert first == "Incomplete: 2 rows undetermined; their content is unknown (exit code 3)."


def test_nothing_found_is_not_called_safe(clean):
    """A scan that found nothing says so, and that this is not evidence."""
    assert conclude(replace(clean, settings={})) == [
        "No known pattern found. This is not evidence of safety: training data can transmit a trait of the model that wrote it without any visible sign."
    ]


def test_findings_are_not_called_a_trait(result, control):
    """A rate alone proves nothing, with and without a control."""
    assert "not evidence of a trait" in conclude(result)[-1]
    assert "differ" in conclude(replace(result, control=control))[-1]


def test_an_empty_file_gives_no_verdict(clean):
    """Without a row nothing was checked: the exit code is 3, and nothing is concluded."""
    empty = replace(clean, tally=Tally(), settings={})
    assert conclude(empty) == ["Incomplete: there are no rows (exit code 3).", "No row was scanned, so there is no result."]
    assert decide_exit_code(empty) is ExitCode.INCOMPLETE


def test_rows_by_loudest_finding(result, clean):
    """The loudest severity comes first; no findings are said to be none."""
    assert describe_severities(result.tally) == "Rows by highest severity: 1 error, 1 warning, 1 note."
    assert describe_severities(clean.tally) == "No row has a finding."


def test_an_interrupt_before_the_first_row_does_not_call_the_data_empty(clean):
    """There may be rows: the interrupt is the reason."""
    first, *others = conclude(replace(clean, tally=Tally(), settings={}, interrupted=True))
    assert first.startswith("Interrupted") and not any("there are no rows" in line for line in others)


@pytest.mark.parametrize(("limit", "said"), [(3, True), (4, False), (None, False)])
def test_rows_beyond_a_limit_were_not_looked_at(clean, limit, said):
    """Every report says so, unless the data ended before."""
    assert any("Only the first 3 rows were scanned (limit" in line for line in conclude(replace(clean, settings={"limit": limit}))) is said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "No known pattern found"),
        ({"tally": tally(flagged={Severity.NOTE: 2})}, "2 rows with findings"),
        ({"tally": tally(unreadable=1, flagged={Severity.NOTE: 2})}, "Incomplete: some rows or files could not be checked"),
        ({"tally": Tally()}, "No row was scanned"),
        ({"tally": Tally(seen=2, unreadable=2)}, "No row was scanned"),
        ({"interrupted": True}, "Interrupted"),
        ({"cleaning": Cleaning("out")}, "3 rows cleaned"),
    ],
)
def test_headings_claim_nothing(clean, changes, words):
    """What came of a run, in a few words."""
    assert write_heading(replace(clean, **changes)) == words
