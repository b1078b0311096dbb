"""The numbers of many texts as flat arrays."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MOST_DIGITS = 15
"""Digits of a number that are read; further ones on its left are cut off, so that every value fits an int64 and a float64."""


class NumberLists:
    """All runs of ASCII digits in n texts, as flat arrays with one entry per number, in order.

    `values` (int64), `rows` (int64, which text), `positions` (int64, 0 for the first number of a text), `digits` (int64, digits of the
    value without leading zeros, at least 1), `written` (int64, digits as written); `counts` (int64, shape (n,)) numbers per text.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Read the numbers of the texts."""
        # All texts are joined with a NUL between them: one pass over the bytes finds every run of digits and its text.
        data = np.frombuffer("\0".join(text.replace("\0", " ") for text in texts).encode("ascii", "replace"), np.uint8)
        digit = (data >= ord("0")) & (data <= ord("9"))
        edges = np.diff(np.concatenate(([0], digit.view(np.int8), [0])))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        places = np.flatnonzero(digit)
        number = np.repeat(np.arange(len(starts)), ends - starts)
        power = ends[number] - places - 1
        weight = np.where(power < MOST_DIGITS, 10.0 ** np.minimum(power, MOST_DIGITS), 0.0)
        self.size = len(texts)
        self.values = np.bincount(number, (data[places] - ord("0")) * weight, minlength=len(starts)).astype(np.int64)
        self.rows = np.searchsorted(np.flatnonzero(data == 0), starts)
        self.written = ends - starts
        self.counts = np.bincount(self.rows, minlength=self.size)
        self.firsts = np.concatenate(([0], np.cumsum(self.counts)))[:-1]
        self.positions = np.arange(len(starts)) - self.firsts[self.rows]
        self.digits = np.maximum(np.searchsorted(_POWERS, self.values, side="right"), 1)

    @cached_property
    def leading(self) -> NDArray[np.int64]:
        """The first digit of every number."""
        return np.asarray(self.values // _POWERS[self.digits - 1], np.int64)

    @cached_property
    def last_digit(self) -> NDArray[np.int64]:
        """The last digit of every number."""
        return self.values % 10

    @cached_property
    def followed(self) -> NDArray[np.int64]:
        """Indices of the numbers that another number of the same text follows."""
        return np.flatnonzero(self.positions[1:] > 0)

    def mean(self, values: NDArray[np.generic], rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return the mean of `values` per text, 0 for a text without any; `rows` says whose each value is (default: all numbers)."""
        owner = self.rows if rows is None else rows
        counts = np.bincount(owner, minlength=self.size)
        return np.bincount(owner, values.astype(np.float64), minlength=self.size) / np.maximum(counts, 1)

    def pick(self, offset: int) -> NDArray[np.float64]:
        """Return one number per text: the first (0), the second (1), the last (-1) ...; 0 where a text has too few."""
        index = self.firsts + (offset if offset >= 0 else self.counts + offset)
        found = self.counts > (offset if offset >= 0 else -offset - 1)
        picked = np.zeros(self.size)
        picked[found] = self.values[index[found]]
        return picked

    def extreme(self, ufunc: np.ufunc) -> NDArray[np.float64]:
        """Return the smallest (np.minimum) or largest (np.maximum) number of every text; 0 for a text without any."""
        result = np.zeros(self.size)
        found = self.counts > 0
        if found.any():
            # reduceat needs strictly rising starts: texts without numbers are left out.
            result[found] = ufunc.reduceat(self.values, self.firsts[found])
        return result

    def median(self) -> NDArray[np.float64]:
        """Return the median of the numbers of every text; 0 for a text without any."""
        ordered = self.values[np.lexsort((self.values, self.rows))]
        found = self.counts > 0
        low = self.firsts[found] + (self.counts[found] - 1) // 2
        high = self.firsts[found] + self.counts[found] // 2
        result = np.zeros(self.size)
        result[found] = (ordered[low] + ordered[high]) / 2
        return result


_POWERS = 10 ** np.arange(MOST_DIGITS + 1, dtype=np.int64)
