"""Paragraphs with a hanging indent, and no white space at line ends, in any width, with colours or without."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.reports.kit.page import Page

TEXT = "examples/chat.jsonl:59  hate-text.heil_hitler  h•••••••  The Nazi salute (written as look-alike letters)"
words = st.lists(st.text(st.sampled_from("abc.-中é"), min_size=1, max_size=12), min_size=1, max_size=30).map(" ".join)


@pytest.mark.parametrize("indent", [0, 2, 4])
@pytest.mark.parametrize("width", [40, 80, 100, 160])
def test_later_lines_stand_deeper_than_the_first(width, indent):
    """A reader sees where an entry begins."""
    page = Page(width=width, color=False)
    page.hanging(TEXT, indent)
    first, *later = page.text.rstrip("\n").split("\n")
    assert re.match(" *", first)[0] == " " * indent
    assert {re.match(" *", line)[0] for line in later} <= {" " * (indent + 2)}
    assert max(map(len, (first, *later))) <= width


@given(words, st.integers(40, 160), st.booleans())
def test_no_word_is_lost_and_no_line_ends_with_white_space(text, width, color):
    """Wrapping changes nothing but white space."""
    page = Page(width=width, color=color)
    page.line(text, "bold")
    page.hanging(text, 2)
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in page.text.split("\n")]
    assert [line for line in plain if line != line.rstrip()] == []
    assert " ".join(" ".join(plain).split()) == f"{text} {text}"
