"""The setting that chooses where tasks run: which values are understood, and what is said of others."""

import pytest

from leakguard.core.errors import SettingsError
from leakguard.settings import Settings, override


@pytest.mark.parametrize("value", ["", "Ray", "ray:", "ray: ", "spark", "processes:2", 3, "ray:head", "ray:head:x", "ray:http://head:1"])
def test_other_executors_are_refused(value):
    """A message gives the forms that are understood."""
    with pytest.raises(SettingsError, match="expected processes, ray, ray:auto or ray:HOST:PORT, not"):
        override(Settings(), {"executor": value}, where="")


@pytest.mark.parametrize("value", ["ray:head:99999", "ray:[::1]:65536", "ray:head:0", "ray: head:00000"])
def test_a_port_that_does_not_exist_is_refused(value):
    """The system would take it modulo 65,536: rows would go to a server that was not named."""
    with pytest.raises(SettingsError, match=r"a port is a number from 1 to 65535, not (99999|65536|0|00000)$"):
        override(Settings(), {"executor": value}, where="")


@pytest.mark.parametrize("value", ["processes", "ray", "ray:auto", "ray:head-1.rack:6379", "ray:[::1]:6379", "ray:head:65535"])
def test_executors_that_are_understood(value):
    assert override(Settings(), {"executor": value}, where="").executor == value


@pytest.mark.parametrize("value", ["ray://head:10001", "ray:ray://head:10001"])
def test_an_address_of_the_client_of_ray_is_refused_at_once(value):
    """Ray would wait for minutes for the first of them."""
    with pytest.raises(SettingsError, match=r"\(ray://\) is not supported"):
        override(Settings(), {"executor": value}, where="")


def test_a_password_in_an_address_of_a_cluster_is_not_shown():
    with pytest.raises(SettingsError) as raised:
        override(Settings(), {"executor": "ray:me:s3cret@head:6379"}, where="")
    assert "s3cret" not in str(raised.value)
