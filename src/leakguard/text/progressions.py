"""Number lists that follow a simple rule: arithmetic steps, powers, squares, Fibonacci sums, primes, small or sorted integers.

In all functions `values` is an int64 array of numbers of many lists, one list after the other.
"""

import re
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Bools, Ints

MIN_NUMBERS = 3
"""The smallest number of numbers in a list that can follow a rule."""
_SMALL, _TINY = 100, 20
_FACTOR, _MANY, _FIRST = 3, 4, 6
_REACH, _ROW = 60, 6
_RUN = re.compile(r"(?<![0-9])[0-9]{1,18}(?![0-9])")
_LARGEST = 1 << 30
"""The largest value whose products and sums of four fit in 64 bits."""
_PRIMES_TO = 2_000


def follow_rule(values: Ints, starts: Ints, ends: Ints) -> Bools:
    """Return which lists follow a rule: boolean array of shape (lists,). List k is `values[starts[k]:ends[k]]`.

    Most lists break every rule within their first numbers, so the first numbers of all lists are tested first, and all numbers only of the
    lists that are left.
    """
    follows = np.zeros(len(starts), dtype=np.bool_)
    begun = _find_begun(values, starts, ends)
    if len(begun):
        count = ends[begun] - starts[begun]
        bounds = np.concatenate([[0], np.cumsum(count)])
        at = np.repeat(starts[begun] - bounds[:-1], count) + np.arange(bounds[-1])
        follows[begun] = _follow_any_rule(values[at], bounds)
    return follows


def _find_begun(values: Ints, starts: Ints, ends: Ints) -> Ints:
    """Return indices of lists that may follow a rule.

    Their first three numbers are a sum, powers or tiny, or their first six rise or fall. A list of fewer than six numbers is continued with
    its last number.
    """
    lists = np.flatnonzero(ends - starts >= MIN_NUMBERS)
    one, two, three = (values[starts[lists] + step] for step in range(MIN_NUMBERS))
    rises, falls = (one < two) & (two < three), (one > two) & (two > three)
    other = ((one <= _TINY) & (two <= _TINY) & (three <= _TINY)) | (one + two == three) | (one * three == two**2)
    some = np.flatnonzero(rises | falls)
    last = three[some]
    for step in range(MIN_NUMBERS, _FIRST):
        # A list that is too short is continued with its last number.
        following = values[np.minimum(starts[lists[some]] + step, ends[lists[some]] - 1)]
        goes_on = np.where(rises[some], last <= following, last >= following)
        some, last = some[goes_on], following[goes_on]
    other[some] = True
    begun: Ints = lists[other]
    return begun


def _follow_any_rule(values: Ints, bounds: Ints) -> Bools:
    """Return which lists of at least MIN_NUMBERS numbers follow a rule. List k is `values[bounds[k]:bounds[k + 1]]`.

    Every rule is a statement about neighbouring numbers ("the step stays the same"), so it is computed at all positions of all lists at
    once; a list follows the rule if the statement is true at each of its positions.
    """
    count = np.diff(bounds)
    owner = np.repeat(np.arange(len(count)), count)
    large = np.zeros(len(count), dtype=np.bool_)
    large[owner[values > _LARGEST]] = True
    first, second, third, fourth = (_difference(values, order) for order in (1, 2, 3, 4))
    follows = _Follows(owner, len(count))
    rising, falling = follows(first > 0, 1), follows(first < 0, 1)
    steps = (rising | falling) & follows(second == 0, 2)
    powers = follows(values[:-2] * values[2:] == values[1:-1] ** 2, 2) & ~follows(first == 0, 1)
    polynomial = (rising | falling) & ((follows(third == 0, 3) & (count >= _MANY)) | (follows(fourth == 0, 4) & (count > _MANY)))
    sums = follows(values[2:] == values[:-2] + values[1:-1], 2) & (count >= _MANY)
    places = _primes()[np.minimum(values, _PRIMES_TO)]
    primes = follows(places >= 0, 0) & follows(_difference(places, 1) == 1, 1)
    multiples = (rising | falling) & (_compute_gcd(values, bounds) >= _FACTOR)
    sorted_small = (rising | falling) & follows(values < _SMALL, 0) & (count >= _MANY)
    tiny = follows(values <= _TINY, 0) & ~follows(first == 0, 1)
    explained: Bools = steps | powers | polynomial | sums | primes | multiples | sorted_small | tiny
    return explained & ~large


def are_sorted(values: Ints, bounds: Ints) -> Bools:
    """Return which lists are sorted: rising, or falling, at nine of ten steps or more (an index, a table of codes, ranks).

    List k is `values[bounds[k]:bounds[k + 1]]`. Rising and falling steps are counted per list with `np.bincount`.
    """
    owner = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    inside, first = owner[1:] == owner[:-1], _difference(values, 1)
    steps = np.maximum(np.diff(bounds) - 1, 0)
    rises, falls = (np.bincount(owner[1:][inside & result], minlength=len(steps)) for result in (first > 0, first < 0))
    result: Bools = 10 * np.maximum(rises, falls) >= 9 * steps
    return result


def is_in_order(text: str, start: int, end: int) -> bool:
    """Return True if at least six numbers around characters `start` to `end`, and that one among them, strictly rise or fall.

    Reads the numbers within 60 characters on each side; the first and the last of them may be cut off, so they are left out.
    """
    low = max(start - _REACH, 0)
    found = [(int(match.group()), match.start()) for match in _RUN.finditer(text, low, min(end + _REACH, len(text)))]
    at = next((place for place, (_, first) in enumerate(found) if start <= first < end), None)
    # The first and the last number may be cut off.
    near = [value for value, _ in found[1:-1]]
    if at is None or not 0 < at < len(found) - 1 or len(near) < _ROW:
        return False
    steps = [right - left for left, right in pairwise(near)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


@cache
def _primes() -> Ints:
    """Return for each number up to _PRIMES_TO its index among the primes, counted from 0, or -1 (sieve of Eratosthenes)."""
    prime = np.ones(_PRIMES_TO, dtype=np.bool_)
    prime[:2] = False
    for factor in range(2, int(_PRIMES_TO**0.5) + 1):
        prime[factor * factor :: factor] = False
    # The last entry, for _PRIMES_TO, is that of all larger numbers too: callers clip to it.
    return np.append(np.where(prime, np.cumsum(prime) - 1, -1), -1)


class _Follows:
    """Tests whether a statement about `width + 1` neighbours is true wherever all of them belong to the same list."""

    def __init__(self, owner: Ints, lists: int) -> None:
        self._owner, self._lists = owner, lists

    def __call__(self, true: Bools, width: int) -> Bools:
        """Return which lists satisfy the statement: `true` holds its truth at each position."""
        own = self._owner
        inside = own[width:] == own[: max(len(own) - width, 0)]
        out = np.ones(self._lists, dtype=np.bool_)
        out[own[: len(true)][inside & ~true]] = False
        return out


def _difference(values: NDArray[np.int64], order: int) -> Ints:
    """Return differences of neighbours of the given order; empty if there are too few values."""
    return np.diff(values, order) if len(values) > order else values[:0]


def _compute_gcd(values: Ints, bounds: Ints) -> Ints:
    """Return the greatest common divisor of each list; 0 for an empty list."""
    factors = np.zeros(len(bounds) - 1, dtype=np.int64)
    # reduceat is applied to the starts of lists that are not empty, because it would give an empty list the next value.
    some = np.flatnonzero(np.diff(bounds))
    if len(some):
        factors[some] = np.gcd.reduceat(values, bounds[some])
    return factors
