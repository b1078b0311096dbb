"""Strings are classified as prose or labels, one by one or together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.text.wording import Wording, classify_wording, classify_wordings

PIECES = st.sampled_from(
    ["a", "Z", "7", "19", " ", "\t", "\n", ",", ";", "-", "_", ".", "://", "2024-05-06 07:08:09", "x" * 50, "\x00", '"']
)
STRINGS = st.lists(PIECES, max_size=8).map("".join)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", Wording.NOTHING),
        (" ... \n", Wording.NOTHING),
        ("heron", Wording.LABEL),
        ("row-000017_b", Wording.LABEL),
        ("5f0c3df1c18e4d2a", Wording.LABEL),
        ("2024-05-06 07:08:09", Wording.LABEL),
        ("2024-05-06T07:08:09.125+02:00", Wording.LABEL),
        ("https://example.org/?box=1,2", Wording.LABEL),
        ("data:image/png;base64,iVBORw0", Wording.LABEL),
        ("maths,algebra", Wording.LABEL),
        ("代码生成", Wording.LABEL),
        ("two words", Wording.PROSE),
        ("12,345,678", Wording.PROSE),
        ("first\nsecond", Wording.PROSE),
        ("a\u00a0b", Wording.PROSE),
        ("on 2024-05-06 07:08:09", Wording.PROSE),
        ("彼らは昨日それに署名した", Wording.PROSE),
        (f"{'x' * 300} end", Wording.PROSE),
    ],
)
def test_wording(text, said):
    """Two words, or numbers joined by commas, are prose; dates, addresses and one word are labels."""
    assert classify_wording(text) is said


@settings(deadline=None)
@given(st.lists(STRINGS | st.text(max_size=4), max_size=12))
def test_many_strings_together(texts):
    """Classifying strings together gives the same result as one by one."""
    assert classify_wordings(texts).tolist() == [int(classify_wording(text)) for text in texts]


def test_one_long_word_takes_one_pass():
    """A word of a million letters is searched once, not once from each letter."""
    assert classify_wording("x" * 1_000_000) is Wording.LABEL
