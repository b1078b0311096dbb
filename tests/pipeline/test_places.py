"""Places are counted as by hand: the same characters of the same text once, by the rules that fired there."""

from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Rule, Severity
from leakguard.pipeline.count import tally_batch

LEVELS = {"text": Severity.ERROR, "numbers": Severity.WARNING}
RULES = [Rule(f"pack{nth % 2}.r{nth}", f"pack{nth % 2}", "term", "x", "x", LEVELS) for nth in range(4)]
MARKS = [
    *(Mark(rule, Severity.ERROR, "text") for rule in RULES),
    *(Mark(rule, Severity.WARNING, "text", "a form") for rule in RULES),
    *(Mark(rule, Severity.NOTE, "text", softened=True) for rule in RULES),
    *(Mark(rule, Severity.WARNING, "numbers") for rule in RULES),
]
# text, start, length, rule, and which of its marks: a place and rule once.
PLACES = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(1, 2), st.integers(0, 3)), st.integers(0, 3), max_size=30
)


def batch(owners):
    lines = [b"{}"] * (max(owners) + 1)
    return Batch(
        "f", 1, 0, lines, [{}] * len(lines), ["x" * 9] * len(owners), owners, (), len(lines), lambda row: (), lambda row, nth: (0, "")
    )


@given(PLACES, st.lists(st.booleans(), min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6), st.booleans())
def test_places_are_counted_as_by_hand(places, splits, lists, two):
    """By whatever detectors, in rows of several texts, with number lists among them."""
    owners = [sum(splits[: at + 1]) for at in range(6)]
    owners = [owner - owners[0] for owner in owners]
    hits = [(text, start, start + size, MARKS[rule + 4 * level]) for (text, start, size, rule), level in sorted(places.items())]
    halves = [hits[::2], hits[1::2]] if two else [hits]
    answers = [Detections(f"d{nth}", Hits.of(half), number_lists=lists) for nth, half in enumerate(halves)]
    counted = tally_batch(batch(owners), answers, ())
    by_hand = {}
    for text, start, end, mark in hits:
        by_hand.setdefault((text, start, end), []).append((mark.rule.id, mark.severity))
    expected = {}
    for (text, _, _), voices in by_hand.items():
        expected.setdefault(tuple(sorted(voices, key=lambda voice: (-voice[1], voice[0]))), []).append(text)
    assert {
        voices: (count.findings, count.rows, count.number_rows) for voices, count in counted.by_place.items()
    } == {
        voices: (len(texts), len({owners[text] for text in texts}), len({text for text in texts if lists[text]}))
        for voices, texts in expected.items()
    }  # fmt: skip
    assert (counted.places, counted.findings) == (len(by_hand), len(hits))
    causes = [mark.lowered_by for *_, mark in hits if mark.lowered_by]
    assert sum(sum(said.values()) for said in counted.softened.values()) == len(causes)


def test_why_a_finding_is_quieter_than_its_rule_can_be():
    """The text around it, the form, or the kind of text; nothing where the rule is as loud as it can be."""
    said = [mark.lowered_by for mark in MARKS[::4]]
    assert said == ["", "written as a form", "what stands beside it is often honest", "in a list of numbers"]
