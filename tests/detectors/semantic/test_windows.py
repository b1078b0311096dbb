"""Windows: everything with a word is looked at, in pieces that a model reads whole."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakguard.detectors.semantic.windows import has_no_words, split_windows

LIMIT = 24
TEXTS = st.text(st.sampled_from("ab. !\n雨é7_"), max_size=120)


@given(TEXTS, st.integers(8, 60))
@example("777777aé", 8)
def test_every_word_lies_in_a_window(text, limit):
    """No word is left out; one that is longer than a window is covered piece by piece."""
    covered = set()
    for start, end in split_windows(text, limit):
        covered.update(range(start, end))
    words = [at for at in range(len(text) - 1) if text[at : at + 2].isalpha()]
    assert [at for at in words if at not in covered and at + 1 not in covered] == []


@given(TEXTS, st.integers(8, 60))
def test_windows_are_small_ordered_and_never_blank(text, limit):
    """At most `limit` bytes each, rising, with a word in it."""
    found = split_windows(text, limit)
    assert found == sorted(set(found))
    assert all(len(text[start:end].encode()) <= limit and not has_no_words(text[start:end]) for start, end in found)


@given(TEXTS.filter(lambda text: not has_no_words(text) and len(text.encode()) <= 60))
def test_a_short_text_is_one_window(text):
    """All of it, without the white space around it."""
    assert [text[start:end].strip() for start, end in split_windows(text, 60)] == [text.strip()]


def test_neighbours_share_a_sentence():
    """A thought that spans two sentences is seen whole somewhere."""
    text = "One two. Six ten. Red sky. Low sun."
    assert [text[start:end] for start, end in split_windows(text, LIMIT)] == ["One two. Six ten.", "Six ten. Red sky.", "Red sky. Low sun."]


@pytest.mark.parametrize("text", ["", "12, 44, 9", "1e5 x 7", "\n\n", "--- 5 ---", "🦉 🦉", "a b c"])
def test_texts_without_words_have_no_windows(text):
    """Number lists and signs: there is no meaning to compare."""
    assert has_no_words(text)
    assert split_windows(text, LIMIT) == []


def test_a_long_line_is_not_read_in_quadratic_time():
    """A line of a million letters is cut up into windows that end."""
    assert len(split_windows("x" * 1_000_000, 240)) < 6_000
