"""A direction in which rows of two sources differ, as a score per row: weights of summaries, and of words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leakguard.text.features.token_lists import TokenLists, hash_word

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Direction:
    """Weights by name.

    `summaries` holds three per dense summary: of its rank, of the square and of the absolute value, each standardised. `words` holds
    one per word in lower case: of whether a row has it.
    """

    summaries: Mapping[str, tuple[float, float, float]]
    words: Mapping[str, float] = field(default_factory=dict)

    def list_weights(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Return the weights of expanded columns: those of the ranks of all summaries, then of the squares, then of the absolute values."""
        return np.array([self.summaries.get(name, (0.0, 0.0, 0.0)) for name in names], np.float64).T.ravel()


def score_words(words: Mapping[str, float], texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the sum of the weights of the words that each text has, each counted once, shape (n,)."""
    scores = np.zeros(len(texts))
    if not words:
        return scores
    # Hashes of all tokens are looked up in the sorted hashes of the words; a pair (text, word) is packed to count it once.
    tokens = TokenLists(texts)
    unsorted = np.fromiter(map(hash_word, words), np.uint64, len(words))
    order = np.argsort(unsorted)
    hashes, weights = unsorted[order], np.fromiter(words.values(), np.float64, len(words))[order]
    place = np.minimum(np.searchsorted(hashes, tokens.hashes), len(hashes) - 1)
    found = hashes[place] == tokens.hashes
    pairs = np.unique(tokens.rows[found] * len(hashes) + place[found])
    return np.asarray(np.bincount(pairs // len(hashes), weights[pairs % len(hashes)], minlength=len(texts)), np.float64)
