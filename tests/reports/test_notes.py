"""Notes in reports for people: counted by rule with a few examples, all of them only on demand."""

from collections import Counter

from hand_made import finding
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.rule import Severity
from leakguard.reports.scan.notes import choose_places

FINDINGS = st.lists(st.tuples(st.sampled_from(["hate.1488", "luck.13", "luck.666"]), st.sampled_from(list(Severity))), max_size=12).map(
    lambda drawn: [finding(rule, "1", row=row, severity=severity) for row, (rule, severity) in enumerate(drawn, 1)]
)


@given(FINDINGS, st.integers(0, 3))
def test_only_notes_are_left_out(findings, examples):
    """Errors and warnings are all chosen, of each rule's notes the first few in order; with `notes` everything is."""
    chosen = [place[0] for place in choose_places(findings, examples, notes=False)]
    loud = [one for one in findings if one.mark.severity > Severity.NOTE]
    quiet = [one for one in findings if one.mark.severity is Severity.NOTE]
    assert [one for one in chosen if one.mark.severity > Severity.NOTE] == sorted(loud, key=lambda one: -one.mark.severity)
    kept = Counter(one.mark.rule.id for one in chosen if one.mark.severity is Severity.NOTE)
    assert kept == {rule: least for rule, count in Counter(one.mark.rule.id for one in quiet).items() if (least := min(count, examples))}
    assert sorted(place[0].row for place in choose_places(findings, examples, notes=True)) == [one.row for one in findings]
