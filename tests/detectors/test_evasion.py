"""Cases of spellings that should be caught and of honest texts that should not, tier by tier."""

import pytest

from detector_calls import ids, look
from leakguard.core.rule import Severity
from leakguard.detectors.rules import RulesDetector
from strategies import SUITE


@pytest.fixture(scope="module")
def judged(packs, rules, contexts, detector):
    """(case, findings) for every case; the traits look only where the case is about a trait."""
    with_traits = RulesDetector([*rules, *packs["traits"].rules], contexts)
    texts = [case["text"] for case in SUITE]
    found = zip(look(detector, texts), look(with_traits, texts), strict=True)
    return [(case, traits if case["technique"].startswith("trait.") else plain) for case, (plain, traits) in zip(SUITE, found, strict=True)]


def fires(case, found):
    """One of the expected rules fires, at whatever severity."""
    return bool(ids(found) & set(case["expected"]))


def alarms(case, found):
    """Something speaks at warning or above."""
    return any(one.severity >= Severity.WARNING for one in found)


def offenders(judged, tier, wrong):
    """The tier's cases in which something is wrong, a line each, and the number of its cases."""
    cases = [(case, found) for case, found in judged if case["tier"] == tier]
    bad = [(case, found) for case, found in cases if wrong(case, found)]
    return [f"{case['technique']}: {case['text']!a} {case['expected'] or sorted(ids(found))}" for case, found in bad], len(cases)


def said(lines):
    return "\n".join(["", *lines])


def test_every_expected_rule_exists_and_every_tier_has_cases(every_rule):
    """The suite speaks of rules that are shipped."""
    assert {name for case in SUITE for name in case["expected"]} <= {rule.id for rule in every_rule}
    assert {case["tier"] for case in SUITE} == {"must", "should", "semantic", "must_not", "should_not"}


def test_what_must_be_found_is_found(judged):
    """`must`: every case."""
    missed, _ = offenders(judged, "must", lambda case, found: not fires(case, found))
    assert not missed, said(missed)


def test_most_of_what_should_be_found_is_found(judged):
    """`should`: at least four of five."""
    missed, cases = offenders(judged, "should", lambda case, found: not fires(case, found))
    assert len(missed) <= 0.2 * cases, said(missed)


def test_honest_texts_raise_no_alarm(judged):
    """`must_not`: nothing at warning or above, in any case."""
    alarmed, _ = offenders(judged, "must_not", alarms)
    assert not alarmed, said(alarmed)


def test_few_doubtful_texts_raise_an_alarm(judged):
    """`should_not`: at most one of five at warning or above."""
    alarmed, cases = offenders(judged, "should_not", alarms)
    assert len(alarmed) <= 0.2 * cases, said(alarmed)
