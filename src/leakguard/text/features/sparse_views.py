"""Sparse binary views of rows: which of many features (a value, a digit bigram, a word) each row has."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0xBF58476D1CE4E5B9)


def mix_keys(keys: NDArray[np.integer], salt: int) -> NDArray[np.uint64]:
    """Return 64-bit hashes of integer keys; equal keys of another `salt` get other hashes. The same in every process."""
    mixed = (keys.astype(np.uint64) + np.uint64(salt + 1) * _MIX) * _STEP
    mixed ^= mixed >> np.uint64(31)
    mixed *= _MIX
    return mixed ^ (mixed >> np.uint64(29))


@dataclass(slots=True)
class SparseView:
    """Features of one kind, collected as pairs (row, key) and counted once per row.

    Keys are any integers; `kind` keeps keys of different meaning apart. A feature is kept where at least `least` rows have it and at
    least `least` have it not: rarer ones say nothing about a difference between two halves of the rows.
    """

    size: int
    least: int = 3
    rows: list[NDArray[np.int64]] = field(default_factory=list)
    keys: list[NDArray[np.uint64]] = field(default_factory=list)

    def add(self, kind: int, rows: NDArray[np.integer], keys: NDArray[np.integer]) -> None:
        """Add features: `keys[i]` is a feature of row `rows[i]`; the same pair may come more than once."""
        self.rows.append(rows.astype(np.int64))
        self.keys.append(mix_keys(keys, kind))

    def build(self) -> "csr_matrix":
        """Return the matrix of shape (rows, features), float32, 1 where a row has a feature."""
        from scipy.sparse import csr_matrix

        rows = np.concatenate(self.rows) if self.rows else np.zeros(0, np.int64)
        keys = np.concatenate(self.keys) if self.keys else np.zeros(0, np.uint64)
        known, columns = np.unique(keys, return_inverse=True)
        # A pair (row, feature) as one integer: unique pairs are unique integers, and come ordered by row.
        pairs = np.unique(rows * max(len(known), 1) + columns.ravel())
        rows, columns = pairs // max(len(known), 1), pairs % max(len(known), 1)
        frequency = np.bincount(columns, minlength=len(known))
        kept = (frequency >= self.least) & (frequency <= self.size - self.least)
        number = np.cumsum(kept) - 1
        mask = kept[columns]
        ones = np.ones(int(mask.sum()), np.float32)
        return csr_matrix((ones, (rows[mask], number[columns[mask]])), shape=(self.size, int(kept.sum())))
