"""The words around a quote: exactly those of the text, whole ones, and masked as the quote is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.finding import words_around
from leakguard.reports.kit.findings import mask_words

TEXTS = st.text(st.sampled_from("ab1é一 \n,.\u202e😀"), max_size=60) | st.text(max_size=60)


@given(st.data(), TEXTS, st.integers(1, 20))
def test_the_context_is_what_stands_beside_the_quote(data, text, most):
    """Nothing is changed, nothing is longer than asked for, and a word is cut only if it is longer than that itself."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, after = words_around(text, start, end, most)
    assert text[:start].endswith(before)
    assert text[end:].startswith(after)
    assert max(len(before), len(after)) <= most
    for inner, outer in ((before[::-1], text[:start][::-1]), (after, text[end:])):
        whole = len(inner) == len(outer) or outer[len(inner)].isspace() or inner[-1:].isspace()
        assert whole or not re.search(r"\s", outer[: most + 1].lstrip())


@pytest.mark.parametrize(
    ("text", "quote", "most", "found"),
    [
        ("815, 657, 666, 879, 12", "666", 16, ("815, 657, ", ", 879, 12")),
        ("We lived at number 14 from May to June.", "14", 10, ("at number ", " from May")),
        ("14", "14", 10, ("", "")),
        ("W" * 1_000_000 + "14", "14", 10, ("W" * 10, "")),
        ("一二三四五六14七八九十", "14", 3, ("四五六", "七八九")),
    ],
)
def test_contexts(text, quote, most, found):
    """Neighbouring numbers, whole words, and a part of a word that has no end."""
    start = text.index(quote)
    assert words_around(text, start, start + len(quote), most) == found


@given(TEXTS)
def test_masked_words_show_no_more_than_their_first_character(text):
    """White space stays, so that one sees how many words there are."""
    masked = mask_words(text)
    assert re.findall(r"\s+", masked) == re.findall(r"\s+", text)
    assert [word[0] for word in masked.split()] == [word[0] for word in text.split()]
    assert {char for word in masked.split() for char in word[1:]} <= {"•"}
