"""Differences between two shares that chance does not explain: Fisher's exact test, and Holm's correction for many tests."""

from collections.abc import Sequence
from math import exp, lgamma

_NEGLIGIBLE = 1e-17


def fisher(hits: int, rows: int, other_hits: int, other_rows: int) -> float:
    """Two-sided p-value that hits/rows and other_hits/other_rows differ by chance alone: twice the smaller tail, at most 1.

    Exact, whatever the shares are (R. A. Fisher, Statistical Methods for Research Workers, 1934, section 21.02): the probability of
    at least so uneven a division of all hits between the two samples. 1 where a sample has no rows. Example: fisher(11, 458, 0, 458)
    is 0.0009.
    """
    if not rows or not other_rows:
        return 1.0
    total, both = hits + other_hits, rows + other_rows
    lowest, highest = max(0, total - other_rows), min(total, rows)
    start = exp(_log_choose(rows, hits) + _log_choose(other_rows, other_hits) - _log_choose(both, total))
    if not start:
        return 0.0
    above = below = term = start
    # Each term follows from its neighbour; towards a tail they fall, so the sums end where a term no longer matters.
    for count in range(hits, highest):
        term *= (rows - count) * (total - count) / ((count + 1) * (other_rows - total + count + 1))
        above += term
        if term < _NEGLIGIBLE * above and count * both > total * rows:
            break
    term = start
    for count in range(hits, lowest, -1):
        term *= count * (other_rows - total + count) / ((rows - count + 1) * (total - count + 1))
        below += term
        if term < _NEGLIGIBLE * below and count * both < total * rows:
            break
    return min(1.0, 2 * min(above, below))


def holm(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of several tests still hold when all are counted: at most `level` is the probability that any of them is a false alarm.

    The smallest p-value is held against level / n, the next against level / (n - 1), and so on until one fails (S. Holm,
    Scandinavian Journal of Statistics 6 (1979) 65-70). Tests may depend on each other.
    """
    holds = [False] * len(p_values)
    for place, number in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[number] > level / (len(p_values) - place):
            break
        holds[number] = True
    return holds


def _log_choose(many: int, few: int) -> float:
    return lgamma(many + 1) - lgamma(few + 1) - lgamma(many - few + 1)
