"""Find groups of equal and nearly equal rows by their fingerprints, in time that grows with the rows and not with their pairs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.core.counting import Mode
from leakguard.core.duplicates import GROUPS, PLACES, Copies, Duplicates, Group, Overlap
from leakguard.pipeline.prints import PrintStore
from leakguard.pipeline.similar_pairs import Sketched, compare_pairs, join_groups
from leakguard.text.byte_classes import Ints
from leakguard.text.contents import Hashes

TOGETHER = 16
"""Up to this many rows with the same key are all compared with each other; of more, each is compared with the next NEIGHBOURS."""
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Groups:
    """For each row of a store the first equal row, and the first row of its group of equal and nearly equal rows."""

    equal: Ints
    alike: Ints


def group_rows(store: PrintStore) -> Groups:
    """Return the groups of all rows of the store.

    Rows with equal hashes are equal. Of the others, pairs that share the key of a band are compared, band after band, and similar pairs
    are joined (single linkage), so a group may hold rows that are only similar to other rows of it.
    """
    equal = find_firsts(store.hashes)
    if store.counting.mode is not Mode.NEAR or not len(store):
        return Groups(equal, equal)
    sketched = Sketched.of(store)
    rows = np.flatnonzero((equal == np.arange(len(equal))) & (sketched.sizes > 0))
    labels = np.arange(len(equal))
    for band in range(store.bands):
        shared = _sharing(store, band, rows)
        for left, right in _pairs(store, band, shared):
            apart = labels[left] != labels[right]
            one, other = left[apart], right[apart]
            yes = compare_pairs(one, other, sketched, sketched, store.counting.similarity)
            labels = join_groups(labels, one[yes], other[yes])
    return Groups(equal, labels[equal])


def find_firsts(hashes: Hashes) -> Ints:
    """Return for each hash the index of its first occurrence: a stable sort puts equal hashes together, the first one first."""
    order = np.argsort(hashes, kind="stable")
    sorted_hashes = hashes[order]
    first = np.ones(len(hashes), dtype=bool)
    first[1:] = sorted_hashes[1:] != sorted_hashes[:-1]
    firsts = np.empty(len(hashes), np.int64)
    firsts[order] = order[first][np.cumsum(first) - 1]
    return firsts


def summarise_groups(store: PrintStore, groups: Groups, against: tuple[Overlap, ...] = ()) -> Duplicates:
    """Return the counts and the largest groups. Row k is the first of its group if its label is k; all others are duplicates."""
    rows = len(store)
    places = np.arange(rows)
    equal_sizes = np.bincount(groups.equal, minlength=rows)
    distinct = np.flatnonzero(groups.equal == places)
    alike_sizes = np.bincount(groups.alike[distinct], minlength=rows)
    exact = Copies(rows - len(distinct), int(np.count_nonzero(equal_sizes > 1)))
    near = Copies(len(distinct) - int(np.count_nonzero(alike_sizes)), int(np.count_nonzero(alike_sizes > 1)))
    return Duplicates(store.counting, rows, exact, near, _largest(store, groups.alike), against)


def _largest(store: PrintStore, labels: Ints) -> tuple[Group, ...]:
    """Return the groups with the most rows. Of equally large groups, those that begin first are listed."""
    sizes = np.bincount(labels, minlength=len(labels))
    several = np.flatnonzero(sizes > 1)
    most = several[np.argsort(-sizes[several], kind="stable")[:GROUPS]]
    return tuple(
        Group(int(sizes[label]), tuple(store.place(row) for row in np.flatnonzero(labels == label)[:PLACES].tolist()))
        for label in most.tolist()
    )


def _sharing(store: PrintStore, band: int, rows: Ints) -> Ints:
    """Return the rows that share their key in a band with another row, sorted by it, by their next two keys and by content.

    The order does not depend on places in the data: the same rows in another order give the same pairs.
    """
    keys = store.keys(band)[rows]
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    shared = np.zeros(len(rows), dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    rows = rows[order[shared]]
    others = [store.keys((band + further) % store.bands)[rows] for further in (2, 1)]
    sorted_rows: Ints = rows[np.lexsort((store.hashes[rows], *others, store.keys(band)[rows]))]
    return sorted_rows


def _pairs(store: PrintStore, band: int, rows: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs of rows with the same key: first neighbours in the order of `rows`, then rows two apart, and so on."""
    if not len(rows):
        return
    keys = store.keys(band)[rows]
    begins = np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))
    sizes = np.diff(begins, append=len(rows))
    reach: NDArray[np.int64] = np.repeat(np.where(sizes <= TOGETHER, TOGETHER, NEIGHBOURS), sizes)
    left_over = np.repeat(begins + sizes, sizes) - np.arange(len(rows))
    for apart in range(1, TOGETHER):
        at = np.flatnonzero((left_over > apart) & (reach >= apart))
        if not len(at):
            return
        yield rows[at], rows[at + apart]
