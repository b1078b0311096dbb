"""What becomes of a row: a pure function, and evidence never softens it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.finding import Mark
from leakguard.core.policy import Action, Fate, Policy
from leakguard.core.rule import Rule, Severity

ACTIONS = st.sampled_from(Action)
NAMES = st.sampled_from(
    ["error", "warning", "note", "a", "b", "a.1", "a.2", "b.1", "a.*", "*.1", "*", "numbers:error", "text:a", "numbers:a.1", "text:*.1"]
)
POLICIES = st.builds(Policy, st.dictionaries(NAMES, ACTIONS), st.none() | ACTIONS)


def mark(rule="a.1", severity=Severity.ERROR, profile="text"):
    return Mark(Rule(rule, rule.split(".")[0], "number", "1", "meaning", {profile: severity}), severity, profile)


@given(policy=POLICIES, actions=st.lists(ACTIONS), more=ACTIONS, missed=st.booleans())
def test_one_more_finding_never_softens(policy, actions, more, missed):
    """Adding a finding never makes the fate milder."""
    assert policy.fate([*actions, more], missed) >= policy.fate(actions, missed)


@given(policy=POLICIES, actions=st.lists(ACTIONS))
def test_a_detector_that_could_not_look_never_softens(policy, actions):
    """Nobody's silence makes the fate milder, and without a policy for it such a row is never kept."""
    assert policy.fate(actions, missed=True) >= policy.fate(actions)
    if policy.missed is None:
        assert policy.fate(actions, missed=True) not in (Fate.KEPT, Fate.REDACTED)


@given(policy=POLICIES, actions=st.lists(ACTIONS), missed=st.booleans())
def test_the_order_of_findings_plays_no_part(policy, actions, missed):
    """A fate is a function of what was found, not of when."""
    assert policy.fate(actions, missed) == policy.fate(sorted(actions), missed) == policy.fate(actions[::-1], missed)


@given(policy=POLICIES, rule=st.sampled_from(["a.1", "a.2", "b.1"]), severity=st.sampled_from(Severity), action=ACTIONS)
def test_naming_a_rule_beats_everything_else(policy, rule, severity, action):
    """The entry with the rule's own id and profile counts, whatever others say."""
    closest = Policy({**policy.entries, f"text:{rule}": action})
    assert closest.action(mark(rule, severity)) == action


CLOSER = [
    ({"error": Action.REMOVE}, Action.REMOVE),
    ({}, Action.KEEP),
    ({"warning": Action.REMOVE}, Action.KEEP),
    ({"error": Action.REMOVE, "a": Action.KEEP}, Action.KEEP),
    ({"a": Action.REMOVE, "a.*": Action.KEEP}, Action.KEEP),
    ({"*": Action.REMOVE, "a.*": Action.KEEP}, Action.KEEP),
    ({"a.*": Action.REMOVE, "a.1": Action.KEEP}, Action.KEEP),
    ({"a.1": Action.KEEP, "text:a.1": Action.REDACT}, Action.REDACT),
    ({"a.1": Action.KEEP, "numbers:a.1": Action.REDACT}, Action.KEEP),
    ({"text:error": Action.QUARANTINE, "a": Action.KEEP}, Action.KEEP),
    ({"a.?": Action.KEEP, "?.1": Action.REMOVE}, Action.REMOVE),
]


@pytest.mark.parametrize("entries, action", CLOSER)
def test_the_closest_entry_counts_and_of_equals_the_stricter(entries, action):
    """Rule before pattern before pack before severity; a profile breaks ties."""
    assert Policy(entries).action(mark()) == action
