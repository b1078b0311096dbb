"""Corrections for many tests: Bonferroni and Holm (false alarms at all), Benjamini-Hochberg (share of false alarms)."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def bonferroni(p: NDArray[np.float64], tests: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values [n] of the smallest of several p-values each: p times the number of tests [n], at most 1."""
    return np.asarray(np.minimum(1.0, p * tests), dtype=np.float64)


def holm(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Return which of several tests are significant if the probability of any false alarm is to be at most `level`.

    The smallest p-value is compared with level / n, the next with level / (n - 1), and so on until one fails (S. Holm,
    Scandinavian Journal of Statistics 6 (1979) 65-70). Tests may depend on each other. Example: holm([0.03, 0.012, 0.016, 0.2]) is
    [False, True, True, False].
    """
    significant = [False] * len(p_values)
    for place, number in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[number] > level / (len(p_values) - place):
            break
        significant[number] = True
    return significant


def benjamini_hochberg(counts: Iterable[tuple[float, int]], rate: float) -> float:
    """Return the largest p-value that is significant at the false discovery rate `rate`; 0 if none is.

    `counts` are (p-value, number of tests with it), in any order. Of n tests, the largest p with p <= rate * rank(p) / n is
    significant, and so are all below it (Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995)
    289-300). Valid for independent p-values, and for conformal p-values from one control sample, which depend on each other
    positively (S. Bates et al., Annals of Statistics 51 (2023) 149-178).
    """
    ordered = sorted(counts)
    total = sum(count for _, count in ordered)
    below, largest = 0, 0.0
    for p, count in ordered:
        below += count
        if p <= rate * below / total:
            largest = p
    return largest
