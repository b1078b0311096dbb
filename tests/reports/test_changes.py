"""Two results compared by fingerprint: new, gone and unchanged findings, whatever their order, file or row."""

from dataclasses import replace

import pytest
from hand_made import RULES, finding
from hostile import results
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.changes import compare_findings, render_changes
from leakguard.reports.scan.conclusion import write_caveat
from leakguard.stats.intervals import newcombe


def keys(findings):
    return {one.fingerprint for one in findings}


@settings(max_examples=15, deadline=None)
@given(results(), results(), st.randoms())
def test_every_finding_is_new_gone_or_unchanged(old, new, random):
    """The three are apart and together all; swapped results swap new and gone; order and file names have no effect."""
    changes = compare_findings(old, new)
    assert keys(changes.new) == keys(new.findings) - keys(old.findings)
    assert keys(changes.gone) == keys(old.findings) - keys(new.findings)
    assert keys(changes.same) == keys(new.findings) & keys(old.findings)
    moved = [replace(one, file="elsewhere", row=one.row + 7) for one in new.findings]
    random.shuffle(moved)
    again = compare_findings(replace(new, findings=tuple(moved)), old)
    assert [keys(part) for part in (again.gone, again.new, again.same)] == [
        keys(part) for part in (changes.new, changes.gone, changes.same)
    ]
    text = render_changes(old, new, Style(width=10_000))
    assert text.isprintable() or not [char for char in text if not char.isprintable() and char != "\n"]
    assert escape_text(write_caveat(new)) in text


@pytest.fixture
def numbered():
    """numbered(count, rows) -> a result with `count` errors in as many rows."""

    def make(count, rows):
        found = tuple(finding("hate.1488", f"1488 {row}", row=row) for row in range(1, count + 1))
        tally = Tally(seen=rows, kept=rows, texts=rows, by_rule={("hate.1488", Severity.ERROR): RuleCount(count, count, 0)})
        return ScanResult(tally, found, (), (), ("data.jsonl",), RULES, (), {})

    return make


def test_rates_have_the_interval_of_their_difference(numbered):
    """Rows and shares of both results, and Newcombe's interval in points."""
    text = render_changes(numbered(10, 1000), numbered(25, 1000), Style())
    assert "Findings: 15 new, 0 gone, 10 unchanged." in text
    low, high = newcombe(25, 1000, 10, 1000)
    assert f"+1.50 ({100 * low:+.2f} to {100 * high:+.2f})" in text
    assert "New: 15 findings" in text
    assert "Gone" not in text


def test_findings_that_are_not_listed_are_mentioned(numbered):
    """A saved result has the first findings only, and the comparison says so."""
    cut = replace(numbered(10, 1000), findings=())
    assert "findings beyond them are not compared" in render_changes(cut, numbered(10, 1000), Style())
