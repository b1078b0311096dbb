import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.reports.kit.escape import escape_json, escape_text

STEERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()))
NASTY = st.text(st.sampled_from("a\x00\t\n\r\x1b\x7f\x85\xad\u061c\u200b\u202e\u2028\u2029\ud800\ufeff\U000e0041[red]:\\é"))


@given(ANYTHING | NASTY)
def test_nothing_that_steers_a_terminal_is_left(text):
    """No character of the categories Cc, Cf, Cs, Zl and Zp survives."""
    assert not {unicodedata.category(char) for char in escape_text(text)} & STEERS


@given(ANYTHING | NASTY)
def test_escaping_twice_changes_nothing(text):
    """What has been made visible stays as it is."""
    assert escape_text(escape_text(text)) == escape_text(text)


@given(ANYTHING | NASTY)
def test_escaped_json_is_the_same_value(text):
    """A JSON document says the same with and without escapes, and holds nothing that steers a terminal."""
    document = escape_json(json.dumps({"quote": text}, ensure_ascii=False, indent=2))
    assert json.loads(document) == json.loads(json.dumps({"quote": text}))
    assert not {unicodedata.category(char) for char in document.replace("\n", "")} & STEERS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, 八, 👍", "plain, é, 八, 👍"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\u202eevil", r"\u202eevil"),
        ("6\u200b66", r"6\u200b66"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("[bold]", "[bold]"),
    ],
)
def test_escapes_are_readable(text, shown):
    """Every escape names its character; everything else is left alone."""
    assert escape_text(text) == shown


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.text(st.sampled_from("a\x7f\x85\u202e\u2028é")), max_size=3))
def test_an_escaped_document_has_the_same_values(texts):
    """A JSON document keeps its values and loses every character that steers a terminal."""
    escaped = escape_json(json.dumps({"quotes": texts}, ensure_ascii=False))
    assert json.loads(escaped)["quotes"] == texts
    assert not {unicodedata.category(char) for char in escaped} & STEERS
