"""Findings that a result lists carry their context, and one of each row decides its severity."""

from hypothesis import given, settings
from hypothesis import strategies as st

from detector_calls import batch_of
from leakguard.core.batch import Batch
from leakguard.core.rule import Rule, Severity
from leakguard.detectors.number_format import NumberFormatDetector
from leakguard.detectors.rules import RulesDetector
from leakguard.pipeline.scan import FINDINGS, pick_findings

BOTH = ("numbers", "text")
RULES = [
    Rule(f"t.{value}", "t", "number", str(value), "a number", dict.fromkeys(BOTH, level), (value,))
    for value, level in ((666, Severity.ERROR), (1488, Severity.ERROR), (13, Severity.WARNING), (7, Severity.NOTE))
]
DETECTORS = (RulesDetector(RULES), NumberFormatDetector())
WORDS = st.sampled_from(["666", "1488", "13", "7", "13/7", "412", "the kettle", "is on", "\n", "é"])
BATCHES = st.lists(st.lists(WORDS, max_size=12).map(", ".join), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.integers(1, 3))
def test_findings_know_what_stands_beside_them_and_which_decides(texts, per_row):
    """The context is that of the text; in each row, of several texts, the first finding of the highest severity decides."""
    whole = batch_of(texts)
    rows = -(-len(texts) // per_row)
    batch = Batch(
        *("texts", 1, 0, whole.lines[:rows], whole.rows[:rows], texts, [at // per_row for at in range(len(texts))], (), rows),
        *(lambda row: (), lambda row, nth: (nth, f"text[{nth}]")),
    )
    found = pick_findings(batch, [detector.detect(batch) for detector in DETECTORS], (FINDINGS,) * 3)
    by_row = {}
    for one in found:
        text = texts[(one.row - 1) * per_row + one.span.turn]
        assert text[one.span.start - len(one.before) : one.span.start] == one.before
        assert text[one.span.end : one.span.end + len(one.after)] == one.after
        by_row.setdefault(one.row, []).append(one)
    for here in by_row.values():
        highest = [one for one in here if one.mark.severity is max(one.mark.severity for one in here)]
        assert [one for one in here if one.decides] == highest[:1]
