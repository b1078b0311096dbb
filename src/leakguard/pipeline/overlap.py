"""Count the rows of held-out files that are in the data: equal rows by hash, nearly equal ones by band keys and sketches."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from leakguard.core.counting import Mode
from leakguard.core.duplicates import PLACES, Match, Overlap
from leakguard.pipeline.duplicates import find_firsts
from leakguard.pipeline.prints import PrintStore
from leakguard.pipeline.similar_pairs import Sketched, compare_pairs
from leakguard.text.byte_classes import Ints
from leakguard.text.contents import Hashes

TOGETHER = 32
"""A row of the other files is compared with at most this many rows of the same key."""
_NONE = np.iinfo(np.int64).max


def find_overlap(name: str, store: PrintStore, other: PrintStore, unseen: int) -> Overlap:
    """Return the overlap between the rows of `other` (named `name`, with `unseen` unreadable ones) and those of the store."""
    hashes, others = store.hashes, other.hashes
    equal, data_equal = _first_places(others, hashes), np.isin(hashes, others)
    exact = equal != _NONE
    match, data_near = np.full(len(others), _NONE), np.zeros(len(hashes), dtype=bool)
    if store.counting.mode is Mode.NEAR and len(store) and len(other):
        one, two = Sketched.of(store), Sketched.of(other)
        for rows, at in _pairs(store, other, one, two):
            yes = compare_pairs(rows, at, two, one, store.counting.similarity)
            np.minimum.at(match, rows[yes], at[yes])
            data_near[at[yes]] = True
    # A pair is looked for once for all rows that say the same.
    match = match[find_firsts(others)]
    data_near = np.isin(hashes, hashes[data_near])
    near = (match != _NONE) & ~exact
    found = np.where(exact, equal, match)
    shown = np.flatnonzero(exact | near)[:PLACES].tolist()
    return Overlap(
        name,
        rows=len(others),
        unseen=unseen,
        exact=int(np.count_nonzero(exact)),
        near=int(np.count_nonzero(near)),
        data_exact=int(np.count_nonzero(data_equal)),
        data_near=int(np.count_nonzero(data_near & ~data_equal)),
        examples=tuple(Match(other.place(row), store.place(int(found[row])), bool(near[row])) for row in shown),
    )


def _first_places(wanted: Hashes, hashes: Hashes) -> Ints:
    """Return the first index of each wanted hash among `hashes` (_NONE if absent). Found by a binary search in the sorted hashes."""
    known, first = np.unique(hashes, return_index=True)
    at = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    places = np.full(len(wanted), _NONE)
    if len(known):
        there = known[at] == wanted
        places[there] = first[at[there]]
    return places


def _pairs(store: PrintStore, other: PrintStore, one: Sketched, two: Sketched) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs (row of `other`, row of the store) that share a band key. Of equal rows only the first is used."""
    mine, theirs = _distinct(store, one), _distinct(other, two)
    for band in range(store.bands):
        keys, wanted = store.keys(band)[mine], other.keys(band)[theirs]
        order = np.lexsort((store.hashes[mine], keys))
        rows, keys = mine[order], keys[order]
        low, high = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, side="right")
        for nth in range(TOGETHER):
            at = np.flatnonzero(low + nth < high)
            if not len(at):
                break
            yield theirs[at], rows[low[at] + nth]


def _distinct(store: PrintStore, sketched: Sketched) -> Ints:
    # The first of equal rows, if they have shingles at all.
    hashes = store.hashes
    first: NDArray[np.bool_] = find_firsts(hashes) == np.arange(len(hashes))
    return np.flatnonzero(first & (sketched.sizes > 0))
