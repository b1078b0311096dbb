"""Intervals over seeds and questions; the unit that is drawn anew is the student or the question, never a single answer."""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from leakguard.stats.intervals import Interval

ROUNDS = 2000
POWER = 0.8


def over_seeds(values: Sequence[float], level: float = 0.95) -> Interval | None:
    """Student's t interval of the mean of independent seeds; None for fewer than two."""
    if len(values) < 2:
        return None
    reach = _t((1 + level) / 2, len(values) - 1) * stdev(values) / sqrt(len(values))
    return Interval(fmean(values) - reach, fmean(values) + reach)


def over_both(table: Any, level: float = 0.95, rounds: int = ROUNDS) -> Interval:
    """Hierarchical bootstrap of the mean of a table [seeds, questions]: seeds are drawn anew, and in each round questions too.

    All seeds are asked the same questions, so that one drawing of questions serves them all (crossed, not nested).
    """
    import numpy as np

    table = np.asarray(table, dtype=float)
    rng = np.random.Generator(np.random.Philox(key=20250714))
    # How often each seed and each question is drawn; a mean is then a product, not a look-up.
    seeds, questions = (rng.multinomial(count, [1 / count] * count, size=rounds) / count for count in table.shape)
    means = ((seeds @ table) * questions).sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def rate_interval(table: Sequence[Sequence[float]], level: float = 0.95) -> Interval:
    """The wider, on either side, of the t interval over seeds and the bootstrap over seeds and questions; within 0 to 1."""
    both, seeds = over_both(table, level), over_seeds([fmean(row) for row in table], level)
    low, high = (min(both.low, seeds.low), max(both.high, seeds.high)) if seeds else both
    return Interval(max(0.0, low), min(1.0, high))


def ratio(above: Sequence[float], below: Sequence[float], level: float = 0.95) -> Interval | None:
    """Fieller's interval of mean(above) / mean(below) for paired values; None where `below` may be 0 or there are fewer than 2 pairs.

    E. C. Fieller, Some problems in interval estimation, Journal of the Royal Statistical Society B 16 (1954) 175-185.
    """
    count = len(above)
    if count < 2:
        return None
    square = _t((1 + level) / 2, count - 1) ** 2 / count
    top, bottom = fmean(above), fmean(below)
    first = bottom**2 - square * _covariance(below, below)
    middle = top * bottom - square * _covariance(above, below)
    last = top**2 - square * _covariance(above, above)
    if first <= 0:
        return None
    reach = sqrt(max(0.0, middle**2 - first * last))
    return Interval((middle - reach) / first, (middle + reach) / first)


def detectable(gaps: Sequence[float], level: float = 0.95, power: float = POWER) -> float | None:
    """The smallest mean of paired gaps that a two-sided t test at 1 - level finds with this power, given their spread."""
    if len(gaps) < 2:
        return None
    return (_t((1 + level) / 2, len(gaps) - 1) + _t(power, len(gaps) - 1)) * stdev(gaps) / sqrt(len(gaps))


def _covariance(left: Sequence[float], right: Sequence[float]) -> float:
    middle, other = fmean(left), fmean(right)
    return sum((a - middle) * (b - other) for a, b in zip(left, right, strict=True)) / (len(left) - 1)


@lru_cache(maxsize=256)
def _t(quantile: float, freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(quantile, freedom))
