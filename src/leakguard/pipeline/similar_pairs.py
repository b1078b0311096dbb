"""Which of many pairs of rows are alike, by their sketches; and pairs joined into groups."""

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
    """The sketches of a store's rows: the shingles of all, where each row's begin, how many it has there, and how many it has in all."""

    shingles: Small
    firsts: Ints
    counts: Ints
    sizes: Ints

    @classmethod
    def of(cls, store: PrintStore) -> "Sketched":
        """The sketches that a store keeps."""
        return cls(*store.sketches(), store.sizes.astype(np.int64))


def compare_pairs(left: Ints, right: Ints, one: Sketched, other: Sketched, similarity: float) -> NDArray[np.bool_]:
    """Whether row left[k] of `one` and row right[k] of `other` have at least this Jaccard similarity, for each k.

    Exact where both rows have SKETCH shingles at most. Of larger rows the sketches are compared up to the smaller of their last
    shingles: what both have seen of all shingles, a random sample of SKETCH of them or more (Cohen and Kaplan 2007, bottom-k sketches).
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
    """All shingles of all pairs are sorted together, each with the number of its pair: what comes twice is in both rows."""
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
    """Up to which shingle a row's sketch holds all that the row has."""
    whole = sketched.sizes[rows] <= SKETCH
    last = sketched.shingles[np.where(whole, 0, sketched.firsts[rows] + sketched.counts[rows] - 1)]
    seen: Small = np.where(whole, np.uint32(0xFFFFFFFF), last)
    return seen


def join_groups(labels: Ints, left: Ints, right: Ints) -> Ints:
    """Labels of groups once these pairs are joined; a row's label is the least row of its group, before and after.

    Each round gives the larger label of a pair the smaller one's, then follows labels to their ends.
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
