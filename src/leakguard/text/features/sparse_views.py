"""Sparse binary views of rows: which of many features (a value, a digit bigram, a word) each row has."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leakguard.text.packed_pairs import sort_distinct

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0xBF58476D1CE4E5B9)


def mix_keys(keys: NDArray[np.integer], salt: int) -> NDArray[np.uint64]:
    """Return 64-bit hashes of integer keys; equal keys of another `salt` get other hashes. The same in every process."""
    offset = np.uint64((salt + 1) * int(_MIX) % (1 << 64))
    mixed = (keys.astype(np.uint64) + offset) * _STEP
    mixed ^= mixed >> np.uint64(31)
    mixed *= _MIX
    return mixed ^ (mixed >> np.uint64(29))


def share_rows(view: "csc_matrix") -> NDArray[np.float64]:
    """Return the share of rows that have each feature of a binary view, shape (features,).

    Exact: the mean of a float32 matrix adds up 1 / n in float32, which gave shares above 1 for 100,000 rows.
    """
    return np.asarray(np.diff(view.indptr) / max(view.shape[0], 1), np.float64)


@dataclass(slots=True)
class SparseView:
    """Features of one kind, collected as pairs (row, key) and counted once per row.

    Keys are any integers; `kind` keeps keys of different meaning apart. A feature is kept where at least `least` rows have it and at
    least `least` have it not: rarer ones say nothing about a difference between two halves of the rows.
    """

    size: int
    least: int = 3
    rows: list[NDArray[np.uint64]] = field(default_factory=list)
    keys: list[NDArray[np.uint64]] = field(default_factory=list)

    def add(self, kind: int, rows: NDArray[np.integer], keys: NDArray[np.integer]) -> None:
        """Add features: `keys[i]` is a feature of row `rows[i]`; the same pair may come more than once."""
        self.rows.append(rows.astype(np.uint64))
        self.keys.append(mix_keys(keys, kind))

    def build(self) -> "csc_matrix":
        """Return the matrix of shape (rows, features), float32, 1 where a row has a feature."""
        from scipy.sparse import csc_matrix

        # A pair is one integer, the upper bits of the key's hash before the row: sorted, a feature is a run of ascending rows, which is
        # how the matrix is stored. At least 40 bits of the hash are left for a million rows, so that no two features meet.
        shift = np.uint64(max(self.size, 1).bit_length())
        packed = [((keys >> shift) << shift) | rows for rows, keys in zip(self.rows, self.keys, strict=True)]
        pairs = sort_distinct(np.concatenate([np.zeros(0, np.uint64), *packed]))
        hashes = pairs >> shift
        starts = np.flatnonzero(np.concatenate((np.ones(min(len(pairs), 1), np.bool_), hashes[1:] != hashes[:-1])))
        frequency = np.diff(np.append(starts, len(pairs)))
        kept = (frequency >= self.least) & (frequency <= self.size - self.least)
        rows = (pairs & ((np.uint64(1) << shift) - np.uint64(1)))[np.repeat(kept, frequency)].astype(np.int32)
        bounds = np.concatenate(([0], np.cumsum(frequency[kept]))).astype(np.int32)
        return csc_matrix((np.ones(len(rows), np.float32), rows, bounds), shape=(self.size, int(kept.sum())))
