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
Units = NDArray[np.int64]
"""Scores as whole numbers of 1 / UNIT."""

# Chosen by holding out every other shipped text, not on any suite; the AUROC hardly moves between half and twice these values.
CONCENTRATION = 20.0
WEAKNESS = 10.0
LOOKALIKES = 3.0
RULE = 4.0
UNIT = 10_000
"""Scores are rounded to one part in this many."""

ROWS = 256
"""Number of vectors that are scored at once."""
_STEPS, _PRECISE = 50, 1e-9

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
        """Return the log-odds of n unit vectors (n, dimensions), shape (n,), not rounded; above 0 means nearer to the trait.

        A score depends on its vector alone: products have the same shapes for any number of vectors, and a row of them does not depend
        on its place.
        """
        scores = np.empty(len(vectors))
        block = np.zeros((ROWS, self.weights.shape[0]), dtype=np.float32)
        for start in range(0, len(vectors), ROWS):
            part = vectors[start : start + ROWS]
            block[: len(part)] = part
            near = _density(block, self.shown) - _density(block, self.others)
            scores[start : start + ROWS] = (block @ self.weights + self.bias + near)[: len(part)]
        return scores


def fit_contrast(shown: Vectors, lookalikes: Vectors, others: Vectors) -> Contrast:
    """Fit a trait to vectors: texts that show it against lookalikes (with LOOKALIKES times the weight) and other texts.

    All arrays have the shape (texts, dimensions); both sides have the same total weight.
    """
    against = np.concatenate([lookalikes, others])
    weights = np.concatenate([np.full(len(lookalikes), LOOKALIKES), np.ones(len(others))])
    weights /= weights.mean()
    both = np.concatenate([np.full(len(shown), len(against) / len(shown)), weights])
    labels = np.concatenate([np.ones(len(shown)), np.zeros(len(against))])
    found = fit_logistic(np.concatenate([shown, against]).astype(np.float64), labels, both / both.mean())
    return Contrast(found[:-1].astype(np.float32), float(found[-1]), shown, against)


def fit_logistic(vectors: Scores, labels: Scores, weights: Scores) -> Scores:
    """Return the coefficients of a logistic regression, and its intercept as the last entry: shape (dimensions + 1,).

    `vectors` has the shape (texts, dimensions), `labels` (0 or 1) and `weights` the shape (texts,). The coefficients have the penalty
    |w|^2 / (2 WEAKNESS), the intercept has none. Newton's method: the loss is convex, so that there is one solution.
    """
    design = np.column_stack([vectors, np.ones(len(vectors))])
    penalty = np.append(np.full(vectors.shape[1], 1 / WEAKNESS), 0.0)
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        odds = design @ found
        predicted = 1 / (1 + np.exp(-odds))
        slope = design.T @ (weights * (predicted - labels)) + penalty * found
        bend = (design * (weights * predicted * (1 - predicted))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < _PRECISE:
            break
    return np.asarray(found)


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


def to_units(scores: Scores | Sequence[float]) -> Units:
    """Return scores as whole numbers of 1 / UNIT. All scores are stored, added and compared in this form.

    >>> to_units([0.12345, -2.0]).tolist()
    [1234, -20000]
    """
    return np.asarray(np.rint(np.asarray(scores, dtype=np.float64) * UNIT), dtype=np.int64)


def _density(vectors: Vectors, around: Vectors) -> Scores:
    """Return the log kernel density of each vector around the vectors `around`. Exponents are at most CONCENTRATION: nothing overflows."""
    # One product a vector: in a product of two matrices the last bits of a row depend on its place, with some kernels of OpenBLAS.
    nearness = np.matmul(vectors[:, None, :], around.T)[:, 0, :]
    kernels = np.exp(CONCENTRATION * nearness.astype(np.float64))
    return np.asarray(np.log(kernels.mean(axis=1)), dtype=np.float64)
