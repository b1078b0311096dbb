"""The keys ignored-fields and max-unscanned of the table [gate]."""

import pytest

from leakguard.core.gate import IGNORED_FIELDS, GatePolicy
from leakguard.settings import Settings
from leakguard.settings.files import from_toml, to_toml
from leakguard.settings.gate_table import gate_table, read_gate_policy
from leakguard.settings.values import InvalidValue


@pytest.mark.parametrize("value", ["notes", ["notes"], ["id", "notes", "notes"]])
def test_named_fields_join_those_that_are_known(value):
    """Naming a field does not take the known ones away, and none is there twice."""
    assert read_gate_policy({"ignored-fields": value}).ignored_fields == (*IGNORED_FIELDS, "notes")


def test_they_survive_a_settings_file():
    """As a table and as TOML."""
    policy = read_gate_policy({"ignored-fields": ["notes", "meta.*"], "max-unscanned": 0.25})
    assert policy.max_unscanned == 0.25
    assert read_gate_policy(gate_table(policy)) == policy
    assert from_toml(to_toml(Settings(gate=policy))).gate == policy


def test_without_them_a_gate_is_as_strict_as_can_be():
    """No row may be unscanned, and only the known fields may hold prose."""
    assert (read_gate_policy({}).max_unscanned, read_gate_policy({}).ignored_fields) == (0.0, IGNORED_FIELDS)
    assert read_gate_policy({}) == GatePolicy()


@pytest.mark.parametrize(
    "table", [{"ignored-fields": 5}, {"ignored-fields": [5]}, {"ignored-fields": [""]}, {"max-unscanned": 2}, {"max-unscanned": "all"}]
)
def test_values_that_mean_nothing(table):
    """Anything but texts and a share is refused with the key's name."""
    with pytest.raises(InvalidValue, match=next(iter(table))):
        read_gate_policy(table)
