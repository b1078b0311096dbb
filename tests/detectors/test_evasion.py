"""A suite of spellings that should be found and of ordinary texts that should not, by tier."""

import pytest

from detector_calls import ids, look
from leakguard.core.rule import Severity
from leakguard.detectors.rules import RulesDetector
from strategies import SUITE


@pytest.fixture(scope="module")
def judged(packs, rules, contexts, detector, compiled):
    """Return (case, findings) for every case; trait rules are used only in cases about a trait."""
    with_traits = RulesDetector([*rules, *packs["traits"].rules], contexts, memory=compiled)
    texts = [case["text"] for case in SUITE]
    found = zip(look(detector, texts), look(with_traits, texts), strict=True)
    return [(case, traits if case["technique"].startswith("trait.") else plain) for case, (plain, traits) in zip(SUITE, found, strict=True)]


def fires(case, found):
    """Return whether one of the expected rules fires, with any severity."""
    return bool(ids(found) & set(case["expected"]))


def alarms(case, found):
    """Return whether a finding is a warning or an error."""
    return any(one.severity >= Severity.WARNING for one in found)


def offenders(judged, tier, wrong):
    """Return one line for each failed case of a tier, and the number of its cases."""
    cases = [(case, found) for case, found in judged if case["tier"] == tier]
    bad = [(case, found) for case, found in cases if wrong(case, found)]
    return [f"{case['technique']}: {case['text']!a} {case['expected'] or sorted(ids(found))}" for case, found in bad], len(cases)


def said(lines):
    return "\n".join(["", *lines])


def test_every_expected_rule_exists_and_every_tier_has_cases(every_rule):
    """All rules of the suite are shipped rules."""
    assert {name for case in SUITE for name in case["expected"]} <= {rule.id for rule in every_rule}
    assert {case["tier"] for case in SUITE} == {"must", "should", "semantic", "must_not", "should_not"}


def test_what_must_be_found_is_found(judged):
    """Tier `must`: every case is found."""
    missed, _ = offenders(judged, "must", lambda case, found: not fires(case, found))
    assert not missed, said(missed)


def test_most_of_what_should_be_found_is_found(judged):
    """Tier `should`: at least four of five cases are found."""
    missed, cases = offenders(judged, "should", lambda case, found: not fires(case, found))
    assert len(missed) <= 0.2 * cases, said(missed)


def test_honest_texts_raise_no_alarm(judged):
    """Tier `must_not`: no finding at warning or above."""
    alarmed, _ = offenders(judged, "must_not", alarms)
    assert not alarmed, said(alarmed)


def test_few_doubtful_texts_raise_an_alarm(judged):
    """Tier `should_not`: at most one case in five has a finding at warning or above."""
    alarmed, cases = offenders(judged, "should_not", alarms)
    assert len(alarmed) <= 0.2 * cases, said(alarmed)
