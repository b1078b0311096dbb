import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.suggest import spell

PIECES = st.lists(
    st.sampled_from([b"\xff", b"\xfe", b"\x80", b"\\", b"\\x", b"xff", b"ff", b"\\xff", b"\\\\xfe", b"a", "é".encode(), b"\n"]), max_size=7
)


def held(name):
    """A file name as Python holds it."""
    return name.decode("utf-8", "surrogateescape")


@given(PIECES.map(b"".join), PIECES.map(b"".join))
def test_names_of_different_files_are_never_spelled_alike(one, other):
    """Whatever bytes are in them, and whether or not they look like the escapes."""
    assert (spell(held(one)) == spell(held(other))) == (one == other)


@given(st.binary(max_size=12))
def test_a_spelled_name_is_text(name):
    """UTF-8 can hold it."""
    assert spell(held(name)).encode().decode() == spell(held(name))


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        (b"rows.jsonl", "rows.jsonl"),
        ("tée.jsonl".encode(), "tée.jsonl"),
        (b"a\xff.jsonl", r"a\xff.jsonl"),
        (rb"a\xff.jsonl", r"a\\xff.jsonl"),
        (b"a\\\xff.jsonl", r"a\\\xff.jsonl"),
        (rb"C:\rows\new.jsonl", r"C:\rows\new.jsonl"),
    ],
)
def test_only_what_needs_it_is_escaped(name, spelled):
    """Most names stay as they are."""
    assert spell(held(name)) == spelled
