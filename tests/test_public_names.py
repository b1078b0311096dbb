"""Names of the Python API: the public ones are there, and old ones still work for one version."""

import pytest

import leakguard


def test_an_old_name_works_and_warns():
    """`except leakguard.GateShut` still catches what a gate raises."""
    with pytest.warns(DeprecationWarning, match="GateShut is now leakguard.GateBlocked"):
        assert leakguard.GateShut is leakguard.GateBlocked
    assert "GateShut" not in leakguard.__all__


@pytest.mark.parametrize("name", leakguard.__all__)
def test_every_public_name_can_be_imported(name):
    """Functions and classes have a docstring."""
    value = getattr(leakguard, name)
    assert isinstance(value, str) or value.__doc__
