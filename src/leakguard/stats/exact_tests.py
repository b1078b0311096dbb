"""Fisher's exact test for the difference between two shares."""

from math import exp, lgamma

_NEGLIGIBLE = 1e-17


def fisher(hits: int, rows: int, other_hits: int, other_rows: int) -> float:
    """Return the two-sided p-value for hits/rows = other_hits/other_rows: twice the smaller tail, at most 1.

    Exact for any shares (R. A. Fisher, Statistical Methods for Research Workers, 1934, section 21.02): the probability of a division
    of all hits between the two samples that is at least as uneven. 1 if a sample has no rows. Example: fisher(11, 458, 0, 458)
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
    # Each term of the hypergeometric distribution follows from its neighbour. Towards a tail the terms fall, so a sum ends where a
    # term no longer changes it.
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


def _log_choose(many: int, few: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return lgamma(many + 1) - lgamma(few + 1) - lgamma(many - few + 1)
