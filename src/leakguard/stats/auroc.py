"""The area under the ROC curve, with an interval, within strata and for clusters of rows."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from leakguard.stats.intervals import LEVEL, Interval


@dataclass(frozen=True, slots=True)
class Auroc:
    """The probability that a positive row has a higher score than a negative one (ties count half), and its standard error."""

    value: float
    error: float

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the normal interval, within 0 to 1."""
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.error
        return Interval(max(0.0, self.value - reach), min(1.0, self.value + reach))


def measure_auroc(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    *,
    strata: NDArray[np.integer] | None = None,
    clusters: NDArray[np.integer] | None = None,
) -> Auroc:
    """Return the AUROC of scores (n,) for positive rows (n,); .5 with an error of .5 where no pair can be compared.

    With `strata`, only rows of one stratum are compared, and strata count by their pairs. The error is that of E. R. DeLong et al.
    (Biometrics 44 (1988) 837-845); with `clusters` that of N. A. Obuchowski (Biometrics 53 (1997) 567-578), for which rows of a
    cluster may depend on each other.
    """
    from scipy.stats import rankdata

    # A row's placement is the share of the other side's rows that it is on the right side of; weights are those of the strata.
    stratum = np.zeros(len(scores), np.int64) if strata is None else strata
    influence = np.zeros(len(scores))
    total = value = 0.0
    for one in np.unique(stratum):
        rows = np.flatnonzero(stratum == one)
        high = positive[rows]
        m, n = int(high.sum()), int((~high).sum())
        if not m or not n:
            continue
        every = rankdata(scores[rows])
        placed = np.empty(len(rows))
        placed[high] = (every[high] - rankdata(scores[rows][high])) / n
        placed[~high] = 1 - (every[~high] - rankdata(scores[rows][~high])) / m
        area = float(placed[high].mean())
        influence[rows] = m * n * (placed - area) / np.where(high, m, n)
        total += m * n
        value += m * n * area
    if not total:
        return Auroc(0.5, 0.5)
    parts = influence if clusters is None else np.bincount(np.unique(clusters, return_inverse=True)[1], influence)
    correction = len(parts) / max(len(parts) - 1, 1)
    return Auroc(value / total, sqrt(correction * float((parts**2).sum())) / total)


def rate_auroc(scores: NDArray[np.float64], chances: NDArray[np.float64]) -> float:
    """Return the expected AUROC of scores (n,) if each row is positive with a chance of its own (n,), in many rows like these.

    Rows are sorted by score; every row meets the negative chances below it, and half of those of its own score.
    """
    order = np.argsort(scores, kind="stable")
    high, low = chances[order], 1 - chances[order]
    edges = np.flatnonzero(np.concatenate(([True], np.diff(scores[order]) > 0)))
    highs, lows = np.add.reduceat(high, edges), np.add.reduceat(low, edges)
    below = np.concatenate(([0.0], np.cumsum(lows)[:-1]))
    return float((highs * (below + lows / 2)).sum() / (highs.sum() * lows.sum()))
