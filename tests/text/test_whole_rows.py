import math
import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.column import TextColumn
from leakguard.text.contents import hash_rows, normalise
from leakguard.text.minhash import HASHES, SKETCH, build_sketches, choose_bands
from leakguard.text.shingles import build_shingles

LETTERS = st.text(st.sampled_from("aB1 \t\n\0éß東京ｱﬁ\u2028\u00a0,.\U0001f600"), max_size=12)
ROWS = st.lists(st.lists(LETTERS, max_size=4), max_size=8)
WORDS = st.lists(st.sampled_from([f"word{number}" for number in range(40)]), min_size=1, max_size=60)


def hashes(rows):
    """Return the hash of each row with text, by row number."""
    contents = normalise([text for row in rows for text in row], [at for at, row in enumerate(rows) for _ in row])
    return dict(zip(contents.lines.tolist(), hash_rows(contents).tolist(), strict=True))


def sets(texts):
    """Return the sets of shingles of texts, one text per row."""
    found = build_shingles(normalise(texts, range(len(texts))))
    return [set(found.shingles[at : at + size].tolist()) for at, size in zip(found.firsts.tolist(), found.sizes.tolist(), strict=True)]


def normalise_simply(text):
    """Return the normal form, computed without arrays."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


@given(ROWS)
def test_rows_are_equal_if_their_normal_forms_are(rows):
    """Two rows have the same hash exactly if their texts are the same in normal form, empty ones left out."""
    said = {at: forms for at, row in enumerate(rows) if (forms := tuple(form for text in row if (form := normalise_simply(text))))}
    found = hashes(rows)
    assert found.keys() == said.keys()
    assert all((found[one] == found[other]) == (said[one] == said[other]) for one in said for other in said)


@given(ROWS, ROWS)
def test_a_row_has_the_hash_it_has_alone(rows, more):
    """No other row of a block changes a row's hash."""
    together = hashes([*rows, *more])
    assert {at: together[at] for at in together if at < len(rows)} == hashes(rows)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["The  Heron"], ["the heron"], True),
        (["the heron\n"], ["\tthe\r\nheron"], True),
        (["１２３"], ["123"], True),
        (["STRASSE"], ["straße"], True),
        (["of\u3000file"], ["oﬀile"], False),
        (["the heron", "lands"], ["the heron", "", "lands"], True),
        (["the heron", "lands"], ["the heron lands"], False),
        (["the", "heron"], ["heron", "the"], False),
        (["the heron."], ["the heron"], False),
        (["in to"], ["into"], False),
        (["a\0b"], ["a", "b"], False),
        (["eight by"], ["eight by\0"], False),
        (["a" * 8], ["a" * 9], False),
        (["12345678", "x"], ["12345678x"], False),
    ],
)
def test_what_is_equal(one, other, same):
    """Case, width and white space do not matter; punctuation, order and text boundaries do."""
    found = hashes([one, other])
    assert (found[0] == found[1]) is same


def test_texts_are_read_where_they_lie():
    """Texts of a column have the hashes of the same texts in a list."""
    data = b'{"text":"The  Heron"}{"text":"lands"}'
    column = TextColumn(data, np.array([9, 30]), np.array([19, 35]))
    contents = normalise(column, (0, 1))
    assert hash_rows(contents).tolist() == list(hashes([["the heron"], ["LANDS"]]).values())
    assert [set(one) for one in sets(["the heron", "lands"])] == [set(one) for one in sets(list(column))]


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_shingles_are_runs_of_three_words(rows):
    """A row has as many shingles as different runs of three words, and shares as many with another as they have in common."""
    truth = [{tuple(row[at : at + 3]) for at in range(max(len(row) - 2, 1))} for row in rows]
    found = sets([" ".join(row) for row in rows])
    assert [len(one) for one in found] == [len(one) for one in truth]
    assert len(found[0] & found[-1]) == len(truth[0] & truth[-1])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", None),
        ("?!", 0),
        ("871", 1),
        ("871, 305", 1),
        ("871, 305, 412, 733", 2),
        ("東京大学生", 3),
        ("東京。大学", 2),
        ("ภาษา", 2),
        ("한국어는", 2),
        ("Это просто старый дом", 2),
        ("caféau lait noir chaud", 2),
        ("one “two” three… four", 2),
        ("a" * 1000 + " b c d", 2),
        ("🙂🙂🙂🙂", 1),
    ],
)
def test_what_a_word_is(text, size):
    """Sequences of letters and digits; single characters where a script has no spaces; no punctuation."""
    found = sets([text])
    assert (len(found[0]) if found else None) == size


def test_long_words_are_read_to_their_ends():
    """Words that differ in their last letter only are different words."""
    one, other = sets(["b" * 900 + "x c d", "b" * 900 + "y c d"])
    assert not one & other


@given(WORDS, st.sampled_from([0.5, 0.7, 0.8, 1.0]))
def test_equal_sets_share_every_key(words, similarity):
    """A row and a copy with other punctuation have the same sketch and the same keys, whatever stands between them."""
    found = build_sketches(build_shingles(normalise([" ".join(words), "nothing of it", ", ".join(words)], range(3))), similarity)
    assert (found.keys[:, 0] == found.keys[:, 2]).all()
    assert found.counts[0] == found.counts[2] <= SKETCH
    many, width = choose_bands(similarity)
    assert many * width <= HASHES


def test_long_rows_keep_their_smallest_shingles():
    """A sketch has at most SKETCH shingles, and the total count."""
    found = build_sketches(build_shingles(normalise([" ".join(map(str, range(1000)))], (0,))), 0.8)
    assert (found.counts.tolist(), found.sizes.tolist()) == ([SKETCH], [998])
    assert sorted(sets([" ".join(map(str, range(1000)))])[0])[:SKETCH] == found.shingles.tolist()


@pytest.mark.parametrize("similarity", [0.5, 0.65, 0.8, 0.9])
def test_pairs_share_a_band_as_often_as_the_formula_says(similarity):
    """Of pairs with some similarity, 1 - (1 - s**width)**bands share a key (Leskovec et al., 3.4.2), within five standard errors."""
    pairs, size = 1500, 60
    both = round(2 * size * similarity / (1 + similarity))
    texts = []
    for pair in range(pairs):
        common = [f"{pair}c{at}" for at in range(both)]
        for side in "lr":
            # One-word texts would be joined by runs: three copies of a word make one shingle of it alone.
            texts.append("。".join(f"{one} {one} {one}" for one in [*common, *(f"{pair}{side}{at}" for at in range(size - both))]))
    found = sets(texts)
    real = [len(one & other) / len(one | other) for one, other in zip(found[::2], found[1::2], strict=True)]
    keys = build_sketches(build_shingles(normalise(texts, range(len(texts)))), similarity).keys
    shared = float((keys[:, ::2] == keys[:, 1::2]).any(axis=0).mean())
    many, width = choose_bands(similarity)
    hoped = sum(1 - (1 - one**width) ** many for one in real) / pairs
    assert abs(shared - hoped) < 5 * math.sqrt(max(hoped * (1 - hoped), 0.001) / pairs)


def test_the_words_of_ascii_are_those_of_an_expression():
    """An ASCII character is part of a word exactly if `re` treats it as one."""
    signs = "".join(map(chr, range(1, 128)))
    text = " x ".join(signs)
    words = re.findall(r"\w+", text.lower())
    assert len(sets([text])[0]) == len({tuple(words[at : at + 3]) for at in range(len(words) - 2)})
