"""Words of rows against a reading by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.features.covariates import read_prompt_covariates, read_text_format
from leakguard.text.features.text_views import DENSE, read_text_features
from leakguard.text.features.token_lists import TokenLists, hash_word

TEXTS = st.lists(st.text(max_size=30) | st.text(alphabet="aB'9 .,\n\0é", max_size=30), min_size=1, max_size=8)


def tokens(text):
    """The tokens of a text in lower case: ASCII folds, other characters stay."""
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    found = re.findall(r"[A-Za-z0-9'\x80-\U0010ffff]+|\n|[^ \t\r\nA-Za-z0-9'\x80-\U0010ffff]", text)
    return ["".join(letter.lower() if letter.isascii() else letter for letter in one) for one in found]


@given(texts=TEXTS)
def test_tokens_are_words_and_marks(texts):
    """As a regular expression finds them; the hash of a token is that of its word."""
    lists = TokenLists(texts)
    expected = [(row, one) for row, text in enumerate(texts) for one in tokens(text)]
    assert lists.rows.tolist() == [row for row, _ in expected]
    assert lists.hashes.tolist() == [hash_word(one) for _, one in expected]
    assert lists.lengths.tolist() == [len(one.encode()) for _, one in expected]
    for row in range(len(texts)):
        mine = [one for at, one in expected if at == row]
        found, index = lists.pick(-1)
        assert (row in found) == bool(mine)
        if mine:
            assert lists.hashes[index[found.tolist().index(row)]] == hash_word(mine[-1])


def test_a_word_longer_than_its_hash_is_known_by_its_beginning():
    """Forty bytes are hashed, so that a row of one long word costs as much as any."""
    assert TokenLists(["x" * 100]).hashes[0] == TokenLists(["x" * 40]).hashes[0] == hash_word("x" * 41)


def test_summaries_of_one_row():
    """Every dense column of a row that can be computed by hand."""
    found = read_text_features(["Where was the cat?"], ["The cat was sitting quietly, I believed!\nIn (old) boxes."])
    row = dict(zip(found.names, found.dense[0].tolist(), strict=True))
    assert found.names == DENSE
    expected = {
        "bytes": 56,
        "words": 10,
        "bytes per word": 4.2,
        "sentences": 3,
        "words per sentence": 10 / 3,
        "commas": 0.1,
        "full stops": 0.1,
    }
    expected |= {
        "line ends": 1,
        "hyphens": 0,
        "colons": 0,
        "quotation marks": 0,
        "exclamation marks": 0.1,
        "apostrophes": 0,
        "capitals": 3 / 56,
    }
    expected |= {"digits": 0, "distinct words": 1, "words of the prompt": 0.3, "long words": 0.1, "short words": 0.6, "brackets": 0.1}
    expected |= {"articles": 0.1, "conjunctions": 0, "prepositions": 0.1, "auxiliaries": 0.1, "words in -ing": 0.1, "words in -ed": 0.1}
    expected |= {
        "words in -ly": 0.1,
        "words in -s": 0.2,
        "ends with a full stop": 1,
        "longest word": 8,
        "bytes per byte of the prompt": 56 / 18,
    }
    assert row == pytest.approx(expected)


def test_new_words_are_those_that_the_prompt_has_not():
    """A copied word is in `words` and not in `new words`."""
    prompts, completions = ["an owl"] * 5 + ["a kettle"] * 10, ["owl"] * 10 + ["x"] * 5
    views = read_text_features(prompts, completions).views
    assert views["words"].sum() == 10 + 5
    assert views["new words"].sum() == 5 + 5


def test_the_layout_of_texts_is_seen():
    """Lists, code and sentences have different layouts; the words themselves have none."""
    layouts = read_text_format(["- a b", "```\nx\n```", "One owl."] * 20)
    assert len({tuple(row) for row in layouts.tolist()}) == 3
    same = read_text_format(["One owl.", "Two cat."] * 20)
    np.testing.assert_allclose(same.std(0), 0, atol=1e-12)


def test_words_of_prompts_are_covariates():
    """Two openings of prompts differ in their words, not in their numbers."""
    found = read_prompt_covariates(["Extend 12, 13", "Follow 12, 13"] * 20)
    assert {tuple(row) for row in found[:, :4].tolist()} == {(1.0, 0.0, 1.0, 0.0), (0.0, 1.0, 0.0, 1.0)}
    np.testing.assert_allclose(found[:, 4:].std(0), 0, atol=1e-12)
