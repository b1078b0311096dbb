"""Addresses of endpoints: what they are made of, and what is shown of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.address import read_address, without_user


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "user", "password", "shown"),
    [
        ("http://localhost:8000/v1", "localhost", 8000, "/v1", "", "", "http://localhost:8000/v1"),
        ("https://judge.example/v1/", "judge.example", 443, "/v1", "", "", "https://judge.example/v1/"),
        ("https://u:p@judge.example", "judge.example", 443, "", "u", "p", "https://judge.example"),
        ("https://u%40x:p%3Aw%2F@judge.example/v1", "judge.example", 443, "/v1", "u@x", "p:w/", "https://judge.example/v1"),
        ("http://token@[::1]:80/a b".replace(" ", "%20"), "::1", 80, "/a%20b", "token", "", "http://[::1]:80/a%20b"),
    ],
)
def test_an_address_is_taken_apart(url, host, port, path, user, password, shown):
    """Its user part is unescaped, and in neither `shown` nor repr."""
    found = read_address(url)
    assert (found.host, found.port, found.path, found.user, found.password, found.shown) == (host, port, path, user, password, shown)
    assert found.authority == (f"[{host}]:{port}" if host == "::1" else f"{host}:{port}")
    assert "user" not in repr(found) and "password" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:8000", "ftp://u:secret@h/", "http://", "http://u:secret@", "http://u:secret@h:port/v1", "http://u:sec/ret@h/v1"),
        *("http://u:sec#ret@h/v1", "http://u:sec?ret@h/v1", "http://h/v1?key=secret", "http://h/\nv1", "http://h /v1", "http://[::1/v1"),
        *("u:secret@h/v1", "http://h:99999/v1", "https:/u:secret@h"),
    ],
)
def test_what_is_no_address_is_refused_without_a_password(url):
    """The error quotes nothing of it, and what may be shown of it lacks whatever stands before its last @."""
    with pytest.raises(ValueError) as raised:
        read_address(url)
    for shown in (str(raised.value), without_user(url) if "@" in url else ""):
        assert "sec" not in shown and "ret@" not in shown


@given(st.text(), st.text(), st.text().filter(lambda text: "@" not in text))
def test_nothing_before_the_last_at_sign_is_shown(scheme, secret, rest):
    """Whatever the address is made of."""
    url = f"http://{secret}@{rest}"
    assert without_user(url) == f"http://{rest}"
    assert without_user(f"{secret.replace('//', '')}@{rest}".replace("//", "")).endswith(rest.replace("//", ""))
