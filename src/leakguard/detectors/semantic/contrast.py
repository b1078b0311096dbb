"""How much more a text is like a trait than like anything else: a score from embeddings, and one from words.

The score of meaning is a sum of two log-odds over unit vectors: a logistic regression that was fitted to the trait's own texts
against its look-alikes and other texts, and the log ratio of two kernel densities (von Mises-Fisher kernels) on the same texts. The
first generalises, the second remembers single examples. What both do to a text that is like everything cancels out.
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
"""Scores are rounded, so that the last bits of floating point, which depend on who else is in a batch, play no part."""

_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A fitted trait. `weights` and `bias` are the regression's, `shown` and `others` the vectors of the densities."""

    weights: Vectors
    bias: float
    shown: Vectors
    others: Vectors

    def scores(self, vectors: Vectors) -> Scores:
        """Log-odds of each vector, not rounded; above 0 speaks for the trait."""
        linear = vectors @ self.weights + self.bias
        near = _density(vectors, self.shown) - _density(vectors, self.others)
        return np.asarray(linear + near, dtype=np.float64)


def fit_contrast(shown: Vectors, lookalikes: Vectors, others: Vectors) -> Contrast:
    """Fit a trait to texts that show it, texts that only look like it (which weigh more), and other texts.

    Both sides weigh the same in all. Raises MissingExtra's cause, ImportError, where scikit-learn is missing.
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
    """Words that point at a trait when several of them come together."""

    words: frozenset[str]

    def score(self, words: frozenset[str]) -> float:
        """The natural logarithm of 1 + the number of distinct cue words."""
        return math.log1p(len(self.words & words))


def make_cues(words: Iterable[str]) -> Cues:
    """Cues from words as they are written in a trait file."""
    return Cues(frozenset(word.lower() for word in words))


def words_of(text: str) -> frozenset[str]:
    """The distinct words of a text in lower case, those inside of identifiers too."""
    return frozenset(word.lower() for word in _TOKEN.findall(split_identifiers(text)))


def split_identifiers(text: str) -> str:
    """The text with the words of identifiers written apart: barnOwl_nest is three words to a reader, and one to a model."""
    return _JOINT.sub(" ", text)


def round_scores(scores: Scores | Sequence[float]) -> Scores:
    """Scores as they are kept and compared."""
    return np.asarray(np.round(np.asarray(scores, dtype=np.float64), DIGITS), dtype=np.float64)


def _density(vectors: Vectors, around: Vectors) -> Scores:
    """Log of the mean kernel; unit vectors keep the exponent below CONCENTRATION, so nothing overflows."""
    kernels = np.exp(CONCENTRATION * (vectors @ around.T).astype(np.float64))
    return np.asarray(np.log(kernels.mean(axis=1)), dtype=np.float64)
