"""Compute scores of how much more a text resembles a trait than other texts: a semantic one from embeddings, and one from cue words.

The semantic score is a sum of two log-odds over unit vectors: a logistic regression that was fitted to the trait's own texts
against its lookalikes and other texts, and the log ratio of two kernel densities (von Mises-Fisher kernels) on the same texts. The
regression generalises, the densities are exact near single examples. A text that is equally near to all texts scores about 0.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Scores = NDArray[np.float64]

# Chosen by holding out every other shipped text, not on any suite; the AUROC hardly moves between half and twice these values.
CONCENTRATION = 20.0
WEAKNESS = 10.0
LOOKALIKES = 3.0
RULE = 4.0
DIGITS = 4
"""Decimal places to which scores are rounded: the last bits of an embedding depend on the other texts of its batch."""

_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A fitted trait: `weights` (dimensions,) and `bias` of the regression; `shown` and `others` (texts, dimensions) of the densities."""

    weights: Vectors
    bias: float
    shown: Vectors
    others: Vectors

    def scores(self, vectors: Vectors) -> Scores:
        """Return the log-odds of n unit vectors (n, dimensions), shape (n,), not rounded; above 0 means nearer to the trait."""
        linear = vectors @ self.weights + self.bias
        near = _density(vectors, self.shown) - _density(vectors, self.others)
        return np.asarray(linear + near, dtype=np.float64)


def fit_contrast(shown: Vectors, lookalikes: Vectors, others: Vectors) -> Contrast:
    """Fit a trait to vectors: texts that show it against lookalikes (with LOOKALIKES times the weight) and other texts.

    All arrays have the shape (texts, dimensions); both sides have the same total weight. Raises ImportError without scikit-learn.
    """
    from sklearn.linear_model import LogisticRegression

    against = np.concatenate([lookalikes, others])
    weights = np.concatenate([np.full(len(lookalikes), LOOKALIKES), np.ones(len(others))])
    weights /= weights.mean()
    both = np.concatenate([np.full(len(shown), len(against) / len(shown)), weights])
    labels = np.concatenate([np.ones(len(shown)), np.zeros(len(against))])
    # lbfgs has no randomness: the same texts give the same fit.
    model = LogisticRegression(C=WEAKNESS, max_iter=3000)
    model.fit(np.concatenate([shown, against]), labels, sample_weight=both / both.mean())
    return Contrast(model.coef_[0].astype(np.float32), float(model.intercept_[0]), shown, against)


@dataclass(frozen=True, slots=True)
class Cues:
    """Words that indicate a trait if several of them occur together."""

    words: frozenset[str]

    def score(self, words: frozenset[str]) -> float:
        """Return the natural logarithm of 1 + the number of distinct cue words."""
        return math.log1p(len(self.words & words))


def make_cues(words: Iterable[str]) -> Cues:
    """Return the cues for the words of a trait file."""
    return Cues(frozenset(word.lower() for word in words))


def words_of(text: str) -> frozenset[str]:
    """Return the distinct words of a text in lower case, including the words inside identifiers."""
    return frozenset(word.lower() for word in _TOKEN.findall(split_identifiers(text)))


def split_identifiers(text: str) -> str:
    """Return the text with identifiers split into words: barnOwl_nest becomes "barn Owl nest"."""
    return _JOINT.sub(" ", text)


def round_scores(scores: Scores | Sequence[float]) -> Scores:
    """Return scores rounded to DIGITS decimal places. All scores are stored and compared in this form."""
    return np.asarray(np.round(np.asarray(scores, dtype=np.float64), DIGITS), dtype=np.float64)


def _density(vectors: Vectors, around: Vectors) -> Scores:
    """Return the log kernel density of each vector around the vectors `around`. Exponents are at most CONCENTRATION: nothing overflows."""
    kernels = np.exp(CONCENTRATION * (vectors @ around.T).astype(np.float64))
    return np.asarray(np.log(kernels.mean(axis=1)), dtype=np.float64)
