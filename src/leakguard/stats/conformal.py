"""Conformal p-values: the rank of a score among the scores of control texts.

For a text that is exchangeable with the control texts, P(p <= rate) <= rate, whatever the score is (V. Vovk, A. Gammerman and
G. Shafer, Algorithmic Learning in a Random World, 2005).
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.floating] | NDArray[np.integer]


def count_needed_controls(rate: float) -> int:
    """Return how many control texts allow a p-value as small as `rate`: the smallest of n is 1 / (n + 1)."""
    return math.ceil(1 / Fraction(str(rate))) - 1


def rank_scores(control: Numbers, scores: Numbers) -> Floats:
    """Return (1 + control scores at least as high) / (1 + control scores) for each score; `control` is in ascending order."""
    # A binary search counts the control scores below each score; the rest are at least as high.
    above = len(control) - np.searchsorted(control, scores, side="left")
    return np.asarray((1 + above) / (1 + len(control)), dtype=np.float64)


def rank_controls(control: Numbers, scores: Numbers) -> Floats:
    """Return the p-values of control scores, each against all the other control scores."""
    # A control score is counted among those at least as high as itself, which is the 1 of (1 + others at least as high) / (1 + others).
    above = len(control) - np.searchsorted(control, scores, side="left")
    return np.asarray(above / len(control), dtype=np.float64)
