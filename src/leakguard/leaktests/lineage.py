"""The test of a shared initialisation: do the hidden units of two networks that are most alike have the same numbers?

The hidden units of a layer have no order of their own: a network with its units in another order is the same function, and an
initialisation draws all of them alike. In two networks with independent initialisations a unit of one is therefore most like a unit with
any number in the other, and on average at most one pair of a layer has equal numbers. In networks that were tuned from the same weights
nearly every pair has. Matching units is the idea of Zhu et al. (2025, arXiv 2502.12292), who correlate the numbers; here equal numbers are
counted, because numbers that are near each other mean nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, fsum, lgamma, log
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BLOCK = 1024
"""Units whose similarities to all others are computed at once."""


@dataclass(frozen=True, slots=True)
class UnitMatches:
    """Of one layer or of several: `units` that were compared, and the number of pairs with `equal` numbers.

    `layers` is the expected number of such pairs in independent networks: at most one a layer.
    """

    layers: int = 0
    units: int = 0
    equal: int = 0

    def __add__(self, other: "UnitMatches") -> "UnitMatches":
        """Return the sums."""
        return UnitMatches(self.layers + other.layers, self.units + other.units, self.equal + other.equal)

    @property
    def p_value(self) -> float:
        """The probability of at least as many equal pairs in independent networks."""
        return poisson_tail(self.equal, float(self.layers))

    @property
    def share(self) -> float:
        """The share of the units that are most like the unit with the same number."""
        return self.equal / self.units if self.units else 0.0


def pair_units(left: Array, right: Array) -> Array:
    """Return for each unit of `left` the number of its partner in `right`, and -1 without one: an array of whole numbers.

    Two units are partners if each is the most like the other by the cosine of their weights. `left` and `right` have a row of weights for
    each unit, shapes (units, weights) and (other units, weights).
    """
    return _pair_normalised(_normalise(left), _normalise(right))


def _pair_normalised(left: Array, right: Array) -> Array:
    """Return the partners of units whose weights have length 1, or are zero."""
    # Both directions come from the same blocks of the matrix of cosines, which is never held as a whole: the best of each row is known when
    # its block is done, the best of each column after the last one. A row of zeros is like nothing.
    forth = np.zeros(len(left), dtype=np.int64)
    best, back = np.full(len(right), -np.inf, dtype=np.float32), np.zeros(len(right), dtype=np.int64)
    for at in range(0, len(left), BLOCK):
        cosines = left[at : at + BLOCK] @ right.T
        forth[at : at + BLOCK] = cosines.argmax(axis=1)
        rows = cosines.argmax(axis=0)
        found = cosines[rows, np.arange(len(right))]
        better = found > best
        best[better], back[better] = found[better], rows[better] + at
    mutual = (back[forth] == np.arange(len(left))) & left.any(axis=1) & np.asarray(right.any(axis=1))[forth]
    return np.where(mutual, forth, -1)


def count_equal(left: Array, right: Array) -> UnitMatches:
    """Return how many units of a layer are partners of the unit with the same number in the other network.

    Exact for every size: if the units of one network are exchangeable, whichever units are partners, their numbers are a random assignment.
    The number of fixed points of a random permutation has the mean 1 and, up to terms of 1/n!, the Poisson distribution; partners are a
    part of a permutation, so that they have no more.
    """
    sides = _normalise(left), _normalise(right)
    partners = _pair_normalised(*sides)
    return UnitMatches(1, _count_usable(*sides), int((partners == np.arange(len(partners))).sum()))


def count_agreeing(first: tuple[Array, Array], second: tuple[Array, Array]) -> UnitMatches:
    """Return how many units have the same partner by two sets of weights, such as those into and those out of a unit.

    This finds copies whose units were put in another order. The null is approximate: networks that learned the same from independent
    weights may have units of the same kinds.
    """
    sets = [(_normalise(left), _normalise(right)) for left, right in (first, second)]
    one, other = (_pair_normalised(*sides) for sides in sets)
    return UnitMatches(1, _count_usable(*(side for sides in sets for side in sides)), int(((one == other) & (one >= 0)).sum()))


def poisson_tail(count: int, mean: float) -> float:
    """Return P(X >= count) for a Poisson variable; 0.0 if it is too small for a float.

    >>> round(poisson_tail(1, 1.0), 4)
    0.6321
    """
    # The terms after the first fall faster than a geometric series with the ratio mean / (count + 1), so that 200 of them are enough.
    if count <= 0:
        return 1.0
    if count <= mean:
        return max(0.0, 1.0 - fsum(_poisson(k, mean) for k in range(count)))
    return min(1.0, fsum(_poisson(k, mean) for k in range(count, count + 200)))


def add_matches(found: Iterable[UnitMatches]) -> UnitMatches:
    """Return the sums over layers. The sum of independent Poisson variables is one, with the sum of the means."""
    return sum(found, UnitMatches())


def _poisson(k: int, mean: float) -> float:
    return exp(k * log(mean) - mean - lgamma(k + 1)) if mean > 0 else float(k == 0)


def _count_usable(*sides: Array) -> int:
    """Return how many units have normalised weights that are not zero, in the network that has fewer of them."""
    return min(int(side.any(axis=1).sum()) for side in sides)


def _normalise(weights: Array) -> Array:
    """Return the rows with length 1, as 32-bit floats; rows of zeros, and rows that are not finite, become zero."""
    # numpy divides only where the length is a positive number, into an array of zeros.
    rows = np.asarray(weights, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > 0)
    normalised: Array = np.divide(rows, lengths, out=np.zeros_like(rows), where=usable)
    return normalised
