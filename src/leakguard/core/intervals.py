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
