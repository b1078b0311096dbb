"""From scores to p-values: conformal, against control texts; and which of them stay when there are many.

A conformal p-value (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005) is the rank of a score among
those of control texts: for a text that is exchangeable with them, p <= rate happens with probability at most rate, whatever the score is.
Which p-values stand out among all of a dataset: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995)
289-300; conformal p-values from one control depend on each other positively, and the procedure stays valid (Bates et al., Annals of
Statistics 51 (2023) 149-178).
"""

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from leakguard.detectors.semantic.contrast import Scores


def least_control(rate: float) -> int:
    """How many control texts it takes for a p-value as small as `rate`: the smallest of n is 1 / (n + 1)."""
    return math.ceil(1 / Fraction(str(rate))) - 1


def p_values(control: Scores, scores: Scores) -> Scores:
    """(1 + control texts that score at least as high) / (1 + control texts); `control` is sorted upwards."""
    above = len(control) - np.searchsorted(control, scores, side="left")
    return np.asarray((1 + above) / (1 + len(control)), dtype=np.float64)


def own_p_values(control: Scores, scores: Scores) -> Scores:
    """The same for the control texts themselves: each against all the others."""
    above = len(control) - np.searchsorted(control, scores, side="left")
    return np.asarray(above / len(control), dtype=np.float64)


def correct_for_windows(p: Scores, looks: Scores) -> Scores:
    """p-values of texts that got as many looks (windows), where control texts got one: Bonferroni."""
    return np.minimum(1.0, p * looks)


def find_threshold(counts: Iterable[tuple[float, int]], rate: float) -> float:
    """The largest p-value that Benjamini-Hochberg accepts at `rate`; 0 if none. `counts` are (p-value, texts), in any order."""
    ordered = sorted(counts)
    total = sum(count for _, count in ordered)
    below, largest = 0, 0.0
    for p, count in ordered:
        below += count
        if p <= rate * below / total:
            largest = p
    return largest
