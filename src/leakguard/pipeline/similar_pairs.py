"""Compare pairs of rows by their sketches, and join similar pairs into groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.pipeline.prints import PrintStore, Small
from leakguard.text.byte_classes import Ints
from leakguard.text.minhash import SKETCH

AT_ONCE = 1 << 14
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Sketched:
    """Sketches of n rows: all shingles, and per row the index of the first one, their number, and the number of all its shingles."""

    shingles: Small
    firsts: Ints
    counts: Ints
    sizes: Ints

    @classmethod
    def of(cls, store: PrintStore) -> "Sketched":
        """Return the sketches of a store."""
        return cls(*store.sketches(), store.sizes.astype(np.int64))


def compare_pairs(left: Ints, right: Ints, one: Sketched, other: Sketched, similarity: float) -> NDArray[np.bool_]:
    """Return for each k whether row left[k] of `one` and row right[k] of `other` have at least this Jaccard similarity.

    Exact if both rows have at most SKETCH shingles. Sketches of larger rows are compared up to the smaller of their last shingles, which
    is a random sample of at least SKETCH shingles of both (bottom-k sketches, Cohen and Kaplan 2007).
    """
    found = np.zeros(len(left), dtype=bool)
    small, large = one.sizes[left], other.sizes[right]
    small, large = np.minimum(small, large), np.maximum(small, large)
    # No two sets whose sizes differ by more can be so alike.
    could = np.flatnonzero(small >= similarity * large - 1e-9)
    for start in range(0, len(could), AT_ONCE):
        some = could[start : start + AT_ONCE]
        found[some] = _alike(left[some], right[some], one, other, similarity)
    return found


def _alike(left: Ints, right: Ints, one: Sketched, other: Sketched, similarity: float) -> NDArray[np.bool_]:
    """Sort all shingles of all pairs together, each with the number of its pair: a shingle that occurs twice is in both rows."""
    limits = np.minimum(_seen(one, left), _seen(other, right))
    parts = []
    for sketched, rows in ((one, left), (other, right)):
        counts = sketched.counts[rows]
        pair = np.repeat(np.arange(len(rows)), counts)
        at = np.repeat(sketched.firsts[rows] - (np.cumsum(counts) - counts), counts) + np.arange(len(pair))
        shingles = sketched.shingles[at]
        within = shingles <= limits[pair]
        parts.append((pair[within].astype(np.uint64) << _HALF) | shingles[within])
    keys = np.concatenate(parts)
    keys.sort()
    twice = keys[1:] == keys[:-1]
    both = np.bincount((keys[1:][twice] >> _HALF).astype(np.int64), minlength=len(left))
    either = np.bincount((keys >> _HALF).astype(np.int64), minlength=len(left)) - both
    enough: NDArray[np.bool_] = (both >= similarity * either - 1e-9) & (either > 0)
    return enough


def _seen(sketched: Sketched, rows: Ints) -> Small:
    """Return the last shingle up to which a sketch is complete. A sketch with all shingles of its row is complete to the end."""
    whole = sketched.sizes[rows] <= SKETCH
    last = sketched.shingles[np.where(whole, 0, sketched.firsts[rows] + sketched.counts[rows] - 1)]
    seen: Small = np.where(whole, np.uint32(0xFFFFFFFF), last)
    return seen


def join_groups(labels: Ints, left: Ints, right: Ints) -> Ints:
    """Return the labels of groups after these pairs are joined; a row's label is the smallest row of its group.

    Each round gives the larger label of a pair the smaller one (union), then follows labels to their ends (find).
    """
    labels = labels.copy()
    while len(left):
        one, other = labels[left], labels[right]
        apart = one != other
        left, right, one, other = left[apart], right[apart], one[apart], other[apart]
        np.minimum.at(labels, np.maximum(one, other), np.minimum(one, other))
        while True:
            further = labels[labels]
            if np.array_equal(further, labels):
                break
            labels = further
    return labels
