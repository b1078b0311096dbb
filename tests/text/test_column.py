import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.column import TextColumn

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=8)


def column(words):
    """The words as they lie behind one another, a byte before each."""
    sizes = np.array([len(word.encode()) for word in words], dtype=np.int64)
    ends = np.cumsum(sizes + 1)
    return TextColumn("".join("|" + word for word in words).encode(), ends - sizes, ends)


@given(WORDS, st.slices(8))
def test_a_column_is_the_sequence_of_its_texts(words, part):
    """Length, items, slices and iteration are those of a list."""
    made = column(words)
    assert [len(made), list(made), [made[i] for i in range(len(words))], list(made[part])] == [len(words), words, words, words[part]]


@given(WORDS, st.integers(0, 31))
def test_joined_texts_stand_between_separators(words, separator):
    """Every text follows a separator, and the last one is followed by one too."""
    said = bytes([separator])
    assert column(words).join(separator) == b"".join(said + word.encode() for word in words) + said
    assert column(words).sizes.tolist() == [len(word.encode()) for word in words]
