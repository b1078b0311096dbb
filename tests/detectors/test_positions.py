"""Numbers of list items and of rows: found without a pattern as a pattern finds them."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.detectors.rules.salience import is_enumerated, is_row_number

LINES = st.lists(
    st.tuples(
        st.sampled_from(["", " ", "- ", "* ", "# ", "a ", "{", "{id ", "row "]),
        st.integers(0, 12),
        st.sampled_from([". ", ") ", ": ", ".", " ", ", ", "0"]),
    ),
    min_size=1,
    max_size=12,
).map(lambda rows: "\n".join(f"{lead}{number}{end}" for lead, number, end in rows))
NUMBERS = re.compile(r"[0-9]+")


def is_enumerated_by_pattern(text, start, end):
    """The definition as a regular expression, compiled for each number."""
    if text[end : end + 1] not in (".", ")", ":") or not text[end + 1 : end + 2].isspace():
        return False
    line = text.rfind("\n", 0, start) + 1
    if not line or text[line:start].strip(" \t*#>-"):
        return False
    before = re.compile(rf"(?m)^[ \t*#>-]*{int(text[start:end]) - 1}[.):]\s")
    return before.search(text, max(line - 400, 0), line) is not None


def is_row_number_by_pattern(text, start, end):
    """The definition as a regular expression, compiled for each number."""
    begin = max(text.rfind("\n", 0, start), text.rfind("{", 0, start))
    lead, opened = text[begin + 1 : start], text[max(begin, 0)] == "{"
    if len(lead) > 16:
        return False
    others = "|".join(str(int(text[start:end]) + step) for step in (-1, 1))
    row = rf"(?m)(?:{chr(92) + '{' if opened else '^'}){re.escape(lead)}(?:{others})(?![0-9])"
    return re.search(row, text[max(start - 400, 0) : end + 400]) is not None


@settings(max_examples=400)
@given(LINES, st.sampled_from(["", "x" * 390 + "\n", "x" * 400]))
def test_list_items_and_rows_are_what_the_pattern_finds(text, before):
    """For every number of a text, also where the lines before it are cut."""
    text = before + text
    for found in NUMBERS.finditer(text):
        assert is_enumerated(text, *found.span()) == is_enumerated_by_pattern(text, *found.span())
        assert is_row_number(text, *found.span()) == is_row_number_by_pattern(text, *found.span())


def test_both_are_found_at_all():
    """The law above would also hold for functions that find nothing."""
    assert is_enumerated("1. one\n2. two", 7, 8) and not is_enumerated("1. one\n3. two", 7, 8)
    assert is_row_number("row 7: a\nrow 8: b", 13, 14) and not is_row_number("row 7: a\nline 8: b", 14, 15)
