"""Confidence intervals in closed form: shares, differences of shares, means, ratios, shares corrected for errors of the test."""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

LEVEL = 0.95


class Interval(NamedTuple):
    """A lower and an upper bound."""

    low: float
    high: float


def wilson(hits: int, rows: int, level: float = 0.95) -> Interval:
    """Return the score interval of the share hits/rows; 0 to 1 if there are no rows. Example: wilson(3, 100) is 0.010 to 0.085.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.
    """
    if rows == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, square = hits / rows, z * z
    middle = 2 * hits + square
    reach = z * sqrt(square + 4 * hits * (1 - share))
    low = (middle - reach) / (2 * (rows + square)) if hits else 0.0
    high = (middle + reach) / (2 * (rows + square)) if hits < rows else 1.0
    return Interval(low, high)


def count_rows_without_hits(limit: float, level: float = 0.95) -> int:
    """Return the fewest rows without a hit whose Wilson interval ends at `limit` (above 0) or below. Example: .01 gives 381."""
    # Without a hit the interval ends at z^2 / (rows + z^2).
    z = NormalDist().inv_cdf((1 + level) / 2)
    return max(1, ceil(z * z * (1 / limit - 1)))


def newcombe(hits: int, rows: int, other_hits: int, other_rows: int, level: float = 0.95) -> Interval:
    """Return the hybrid score interval of hits/rows - other_hits/other_rows for two independent samples.

    Method 10 of R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of
    eleven methods, Statistics in Medicine 17 (1998) 873-890. -1 to 1 if a sample has no rows.
    """
    if rows == 0 or other_rows == 0:
        return Interval(-1.0, 1.0)
    mine, theirs = hits / rows, other_hits / other_rows
    my, their = wilson(hits, rows, level), wilson(other_hits, other_rows, level)
    gap = mine - theirs
    low = gap - sqrt((mine - my.low) ** 2 + (their.high - theirs) ** 2)
    high = gap + sqrt((my.high - mine) ** 2 + (theirs - their.low) ** 2)
    return Interval(max(-1.0, low), min(1.0, high))


class Estimate(NamedTuple):
    """A value and the interval around it."""

    value: float
    interval: Interval


def rogan_gladen(hits: int, rows: int, *, found: int, leaking: int, cleared: int, clean: int) -> Estimate | None:
    """Estimate the true share behind an observed share hits/rows of an imperfect test.

    The test finds `found` of `leaking` labelled cases (sensitivity) and clears `cleared` of `clean` ones (specificity). Estimate by
    W. J. Rogan and B. Gladen, American Journal of Epidemiology 107 (1978) 71-76, cut to 0..1; 95 % interval by Z. Lang and J. Reiczigel,
    Preventive Veterinary Medicine 113 (2014) 13-22, which allows for the errors of all three shares. None if sensitivity +
    specificity <= 1 (the test tells nothing apart) or a sample is empty.
    """
    # Lang and Reiczigel add z^2/2 and z^2 to the observed sample, one and two to the two labelled ones, and shift the centre.
    if not rows or not leaking or not clean or found / leaking + cleared / clean <= 1:
        return None
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    square = z * z
    power = found / leaking + cleared / clean - 1
    value = (hits / rows + cleared / clean - 1) / power
    share, se, sp = (hits + square / 2) / (rows + square), (found + 1) / (leaking + 2), (cleared + 1) / (clean + 2)
    adjusted = se + sp - 1
    if adjusted <= 0:
        return Estimate(_cut(value), Interval(0.0, 1.0))
    middle = (share + sp - 1) / adjusted
    of_se, of_sp = se * (1 - se) / (leaking + 2), sp * (1 - sp) / (clean + 2)
    shift = 2 * square * (middle * of_se - (1 - middle) * of_sp)
    reach = z / adjusted * sqrt(share * (1 - share) / (rows + square) + middle**2 * of_se + (1 - middle) ** 2 * of_sp)
    return Estimate(_cut(value), Interval(_cut(middle + shift - reach), _cut(middle + shift + reach)))


def _cut(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def t_interval(values: Sequence[float], level: float = 0.95) -> Interval | None:
    """Return Student's t interval of the mean of independent values; None for fewer than two."""
    if len(values) < 2:
        return None
    reach = t_quantile((1 + level) / 2, len(values) - 1) * stdev(values) / sqrt(len(values))
    return Interval(fmean(values) - reach, fmean(values) + reach)


def fieller(above: Sequence[float], below: Sequence[float], level: float = 0.95) -> Interval | None:
    """Return Fieller's interval of mean(above) / mean(below) for paired values.

    None for fewer than two pairs, and if mean(below) does not differ from 0 at this level: the set of ratios is then unbounded.
    E. C. Fieller, Some problems in interval estimation, Journal of the Royal Statistical Society B 16 (1954) 175-185.
    """
    count = len(above)
    if count < 2:
        return None
    # The bounds are the roots r of first * r^2 - 2 * middle * r + last = 0: all r for which mean(above - r * below) may be 0.
    square = t_quantile((1 + level) / 2, count - 1) ** 2 / count
    top, bottom = fmean(above), fmean(below)
    first = bottom**2 - square * _covariance(below, below)
    middle = top * bottom - square * _covariance(above, below)
    last = top**2 - square * _covariance(above, above)
    if first <= 0:
        return None
    reach = sqrt(max(0.0, middle**2 - first * last))
    return Interval((middle - reach) / first, (middle + reach) / first)


@lru_cache(maxsize=256)
def t_quantile(quantile: float, freedom: int) -> float:
    """Return a quantile of Student's t distribution with `freedom` degrees of freedom. Needs scipy (extra: harness)."""
    from scipy.stats import t

    return float(t.ppf(quantile, freedom))


def _covariance(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the sample covariance of paired values."""
    middle, other = fmean(left), fmean(right)
    return sum((a - middle) * (b - other) for a, b in zip(left, right, strict=True)) / (len(left) - 1)
