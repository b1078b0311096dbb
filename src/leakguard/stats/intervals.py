"""Intervals for shares of rows: how much a rate, or the gap between two rates, may owe to chance."""

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """A lower and an upper bound."""

    low: float
    high: float


def wilson(hits: int, rows: int, level: float = 0.95) -> Interval:
    """Score interval of one share (Wilson 1927); 0 to 1 where there are no rows."""
    if rows == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, square = hits / rows, z * z
    middle = 2 * hits + square
    reach = z * sqrt(square + 4 * hits * (1 - share))
    low = (middle - reach) / (2 * (rows + square)) if hits else 0.0
    high = (middle + reach) / (2 * (rows + square)) if hits < rows else 1.0
    return Interval(low, high)


def newcombe(hits: int, rows: int, other_hits: int, other_rows: int, level: float = 0.95) -> Interval:
    """Hybrid score interval of hits/rows - other_hits/other_rows for two independent samples.

    Method 10 of R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of
    eleven methods, Statistics in Medicine 17 (1998) 873-890. Says nothing (-1 to 1) where a sample has no rows.
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


def rogan_gladen(hits: int, rows: int, *, found: int, leaking: int, cleared: int, clean: int, level: float = 0.95) -> Estimate | None:
    """The true share behind an observed one, hits/rows, for a test that finds `found` of `leaking` and clears `cleared` of `clean`.

    Estimate by W. J. Rogan and B. Gladen, American Journal of Epidemiology 107 (1978) 71-76, cut to 0..1; interval by Z. Lang and
    J. Reiczigel, Preventive Veterinary Medicine 113 (2014) 13-22, which allows for the errors of all three shares. None where the
    test tells nothing apart (sensitivity + specificity <= 1) or one of the samples is empty.
    """
    if not rows or not leaking or not clean or found / leaking + cleared / clean <= 1:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
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
