"""The gate's decision by its laws: strictness only ever shuts, what is not known never opens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.check import Check, CheckStatus
from leakguard.core.gate import GateAnswer, GatedFile, GatePolicy, GateResult, RequiredResult
from leakguard.core.results import RuleCount, Tally
from leakguard.core.rule import Severity
from leakguard.pipeline.gate import Facts, Held, Manifest, ScanFacts, Statement, decide
from leakguard.stats.intervals import wilson

SHA, OTHER = "a" * 64, "b" * 64
DATA = (GatedFile("kept/a.jsonl", SHA, 10),)
HOLDS, DIFFERS, UNSEEN = (Check("tally", verdict) for verdict in CheckStatus)
GOOD = Manifest("manifest.json", (HOLDS,), {"kept/a.jsonl": ("kept", SHA)})
RESULT = RequiredResult("experiment.json", ("no-transfer",), ("experiment",))
SAID = Statement("experiment", "no-transfer", frozenset((SHA,)))
SHARES = st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.5, 1.0])
NAMES = st.sampled_from(["error", "warning", "note", "p", "p.one"])


@st.composite
def tallies(draw):
    """The books of a scan, balanced."""
    rows = draw(st.integers(0, 2000))
    unreadable = draw(st.integers(0, rows)) if draw(st.booleans()) else 0
    missed = draw(st.integers(0, rows - unreadable)) if draw(st.booleans()) else 0
    seen = rows - unreadable - missed
    loud = draw(st.integers(0, seen))
    flagged = {Severity.ERROR: draw(st.integers(0, loud))}
    flagged[Severity.WARNING] = loud - flagged[Severity.ERROR]
    by_rule = {("p.one", Severity.ERROR): RuleCount(loud, flagged[Severity.ERROR]), ("p.one", Severity.WARNING): RuleCount(loud, loud)}
    return Tally(
        seen=rows, kept=seen, unreadable=unreadable, undetermined=missed, missed=missed, flagged=flagged, by_rule=by_rule,
        by_pack={"p": loud}, missed_by={"rules": missed},
    )  # fmt: skip


LOOKED = st.builds(ScanFacts, tallies(), st.just(("rules",)))
POLICIES = st.builds(
    GatePolicy,
    rates=st.dictionaries(NAMES, SHARES),
    detectors=st.sampled_from([(), ("rules",), ("judge",)]),
    max_unreadable=SHARES,
    max_undetermined=SHARES,
    manifest=st.sampled_from(["auto", "required", "off"]),
)


def answer(policy, facts):
    return GateResult(decide(policy, facts), facts.data, policy).answer


def opens(policy, facts):
    return answer(policy, facts) is GateAnswer.PASSED


@given(POLICIES, LOOKED, NAMES, SHARES)
def test_a_stricter_policy_never_opens_what_was_shut(policy, looked, name, limit):
    """A lower rate, one more required detector, a required manifest or a lower share never turns a refusal into a pass.

    Rates above 0 alone: a ban speaks of these rows, not of what such data hold, and may open where they are too few for a rate.
    """
    facts = Facts(DATA, looked, unspoken=("kept/a.jsonl",))
    stricter = [
        replace(policy, rates={**policy.rates, name: min(limit or 0.001, policy.rates.get(name, 1.0))}),
        replace(policy, detectors=(*policy.detectors, "judge")),
        replace(policy, manifest="required"),
        replace(policy, max_unreadable=0.0),
        replace(policy, max_undetermined=0.0),
    ]
    assert not [one for one in stricter if opens(one, facts) and not opens(policy, facts)]


@given(POLICIES, tallies())
def test_a_row_that_could_not_be_looked_at_never_opens(policy, tally):
    """One row more that is unreadable or missed never turns a refusal into a pass."""
    facts = Facts(DATA, ScanFacts(tally, ("rules",)))
    unread = replace(tally, seen=tally.seen + 1, unreadable=tally.unreadable + 1)
    missed = replace(tally, seen=tally.seen + 1, missed=tally.missed + 1, missed_by={"rules": tally.missed + 1})
    if not opens(policy, facts) and tally.seen:
        shut = [one for one in (unread, missed) if opens(policy, replace(facts, looked=ScanFacts(one, ("rules",))))]
        assert not shut or policy.max_unreadable or policy.max_undetermined
    if not (policy.max_unreadable or policy.max_undetermined):
        assert not opens(policy, replace(facts, looked=ScanFacts(unread, ("rules",))))
        assert not opens(policy, replace(facts, looked=ScanFacts(missed, ("rules",))))


@given(st.integers(1, 5000), st.data(), st.floats(0.0001, 1))
def test_the_upper_end_of_the_interval_decides(rows, data, limit):
    """A limit above 0 is kept only where the Wilson interval lies below it; 0 only where no row has it."""
    hits = data.draw(st.integers(0, rows))
    looked = ScanFacts(Tally(seen=rows, kept=rows, flagged={Severity.ERROR: hits} if hits else {}), ("rules",))
    assert opens(GatePolicy(rates={"error": limit}), Facts(DATA, looked)) == (wilson(hits, rows).high <= limit)
    assert opens(GatePolicy(), Facts(DATA, looked)) == (hits == 0)


CLEAN = ScanFacts(Tally(seen=9, kept=9), ("rules",))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(DATA, CLEAN), GateAnswer.PASSED),
        (Facts((), CLEAN), GateAnswer.UNSEEN),
        (Facts(DATA), GateAnswer.UNSEEN),
        (Facts(DATA, ScanFacts(Tally(), ("rules",))), GateAnswer.UNSEEN),
        (Facts(DATA, ScanFacts(Tally(seen=9, kept=9, empty=9), ("rules",))), GateAnswer.UNSEEN),
        (Facts(DATA, CLEAN, changed={"kept/a.jsonl": "it changed"}), GateAnswer.UNSEEN),
        (Facts(DATA, CLEAN, (GOOD,)), GateAnswer.PASSED),
        (Facts(DATA, CLEAN, (replace(GOOD, checks=(HOLDS, DIFFERS)),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, (replace(GOOD, checks=(HOLDS, UNSEEN, DIFFERS)),)), GateAnswer.UNSEEN),
        (Facts(DATA, CLEAN, (replace(GOOD, checks=()),)), GateAnswer.UNSEEN),
        (Facts(DATA, CLEAN, (replace(GOOD, outputs={"kept/a.jsonl": ("kept", OTHER)}),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, (replace(GOOD, outputs={"kept/a.jsonl": ("removed", SHA)}),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, (replace(GOOD, outputs={"kept/a.jsonl": ("redacted", SHA)}),)), GateAnswer.PASSED),
        (Facts(DATA, CLEAN, (replace(GOOD, outputs={"kept/a.jsonl": None}),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, results=((RESULT, SAID),)), GateAnswer.PASSED),
        (Facts(DATA, CLEAN, results=((RESULT, replace(SAID, verdict="transfer")),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, results=((RESULT, replace(SAID, kind="audit")),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, results=((RESULT, replace(SAID, hashes=frozenset((OTHER,)))),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, results=((RESULT, Statement(flaw="cannot be read")),)), GateAnswer.UNSEEN),
        (Facts(DATA, CLEAN, results=((RESULT, replace(SAID, unchecked="unread rows", refusal="a leak")),)), GateAnswer.UNSEEN),
        (Facts(DATA, CLEAN, results=((RESULT, replace(SAID, refusal="a leak of owl")),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, results=((replace(RESULT, max_tolerance=0.6), replace(SAID, tolerance=0.6)),)), GateAnswer.PASSED),
        (Facts(DATA, CLEAN, results=((replace(RESULT, max_tolerance=0.6), replace(SAID, tolerance=0.7)),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, results=((replace(RESULT, max_tolerance=0.6), SAID),)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, held=Held(3, 3)), GateAnswer.PASSED),
        (Facts(DATA, CLEAN, held=Held(3, 2, 1)), GateAnswer.REFUSED),
        (Facts(DATA, CLEAN, held=Held()), GateAnswer.UNSEEN),
    ],
)
def test_what_each_fact_comes_to(facts, expected):
    """Not allowed is refused, not known is unseen, and unseen wins."""
    assert answer(GatePolicy(), facts) is expected


def test_inputs_of_a_clean_may_be_elsewhere_if_the_policy_says_so():
    """manifest-inputs = false leaves out the statements about inputs, and no other one."""
    gone = Check("input raw.jsonl", CheckStatus.UNSEEN, "no such file")
    facts = Facts(DATA, CLEAN, (replace(GOOD, checks=(HOLDS, gone)),))
    assert answer(GatePolicy(), facts) is GateAnswer.UNSEEN
    assert answer(GatePolicy(manifest_inputs=False), facts) is GateAnswer.PASSED
