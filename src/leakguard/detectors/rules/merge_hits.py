"""Merge hits: columns of plain numbers and single hits, each place and rule once, in order of text and position."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import cast

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Hit, Hits
from leakguard.core.finding import Mark
from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.detectors.rules.marks import MarkTable
from leakguard.text.byte_classes import Bools, Ints
from leakguard.text.digit_runs import AnyInts, DigitRuns
from leakguard.text.packed_pairs import pack_pairs

_AT_ONCE = 1_000
_MANY = 1 << 16


def as_column(values: AnyInts) -> Sequence[int]:
    """Return an array as a column of a result, which is only read."""
    return cast("Sequence[int]", values)


def make_columns(built: JoinedTexts, tokens: DigitRuns, table: MarkTable) -> Hits:
    """Return the marks that the table has for these digit runs, at their positions."""
    owner, mark = table.expand(tokens.value)
    start = built.character_offsets(tokens.text, tokens.start)
    end = start + tokens.end - tokens.start
    return Hits(as_column(tokens.text[owner]), as_column(start[owner]), as_column(end[owner]), as_column(mark), table.marks, table.quotes)


def merge(many: Hits, few: Hits) -> Hits:
    """Return the hits of both, sorted by text and position as each of them is."""
    if not (len(many) and len(few)):
        return many if len(many) else few
    marks = [*many.marks, *few.marks]
    quotes = [*(many.quotes or [None] * len(many.marks)), *(few.quotes or [None] * len(few.marks))]
    left, right = _as_array(many), _as_array(few)
    right[3] += len(many.marks)
    at = _find_insertions(left, right)
    text, start, end, mark = (np.insert(old, at, new) for old, new in zip(left, right, strict=True))
    return Hits(as_column(text), as_column(start), as_column(end), as_column(mark), marks, quotes)


def _as_array(hits: Hits) -> NDArray[np.int64]:
    """Return text, start, end and mark as an int64 array of shape (4, n)."""
    return np.array([hits.text, hits.start, hits.end, hits.mark], dtype=np.int64)


def _find_insertions(left: NDArray[np.int64], right: NDArray[np.int64]) -> Ints:
    """Return before which of the left hits each right one is inserted, by text, start and end; behind those at the same position.

    Text and start are packed in one integer for the binary search. Ends are compared only where both are equal.
    """
    width = max(int(left[1].max()), int(right[1].max())) + 1
    known, wanted = (pack_pairs(side[0], side[1], width) for side in (left, right))
    low, at = np.searchsorted(known, wanted, side="left"), np.searchsorted(known, wanted, side="right")
    for index in np.flatnonzero(at > low).tolist():
        ends = left[2, low[index] : at[index]]
        at[index] = low[index] + np.searchsorted(ends, right[2, index], side="right")
    places: Ints = at
    return places


class HitCollector:
    """Collects single hits as columns of four-byte integers: a long row may have a hit at every character."""

    def __init__(self) -> None:
        self._text, self._start, self._end, self._mark = array("i"), array("i"), array("i"), array("i")
        self._marks: dict[Mark, int] = {}

    def add(self, hits: Iterable[Hit]) -> None:
        """Add hits, in any order."""
        marks, each = self._marks, iter(hits)
        while some := list(islice(each, _AT_ONCE)):
            text, start, end, found = zip(*some, strict=True)
            for mark in dict.fromkeys(found):
                marks.setdefault(mark, len(marks))
            for column, values in ((self._text, text), (self._start, start), (self._end, end), (self._mark, map(marks.__getitem__, found))):
                column.extend(values)

    def collect(self) -> Hits:
        """Return one hit per place and rule, the most severe, then the least disguised; sorted by text and position."""
        if not self._text:
            return Hits()
        text, start, end, mark = (np.frombuffer(column, np.int32) for column in (self._text, self._start, self._end, self._mark))
        order = np.lexsort((end, start, text))
        again = np.ones(len(order), dtype=np.bool_)
        for column in (text, start, end):
            sorted_column = column[order]
            again[1:] &= sorted_column[1:] == sorted_column[:-1]
        again[0] = False
        marks = list(self._marks)
        if again.any():
            order = np.concatenate(
                [_keep_most_severe(order[first:last], again[first:last], mark, marks) for first, last in _split_parts(again)]
            )
        return Hits(as_column(text[order]), as_column(start[order]), as_column(end[order]), as_column(mark[order]), marks)


def _split_parts(again: Bools) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of parts of about _MANY hits; hits at the same position stay together."""
    first = 0
    while first < len(again):
        last = min(first + _MANY, len(again))
        while last < len(again) and again[last]:
            last += 1
        yield first, last
        first = last


def _keep_most_severe(order: Ints, again: Bools, mark: NDArray[np.int32], marks: Sequence[Mark]) -> Ints:
    """Return the indices of the most severe hit of each rule at each position, in the order in which the rules were found.

    `order`: indices of hits, sorted by position; `again`: boolean array, whether a hit is at the same position as the one before it.

    Hits at positions with several are sorted by position, rule, severity, length of the form and index; the first of each position and rule
    is kept. It takes the place of the first hit of its rule at that position.
    """
    shared = again.copy()
    shared[:-1] |= again[1:]
    places, several = np.cumsum(~again, dtype=np.int32), order[shared]
    place, single = places[shared], ~shared
    number_of: dict[str, int] = {}
    rule = np.array([number_of.setdefault(one.rule.id, len(number_of)) for one in marks], np.int32)[mark[several]]
    severity, form = (
        np.array(one, np.int32)[mark[several]] for one in ([-one.severity for one in marks], [len(one.form) for one in marks])
    )
    best = np.lexsort((form, severity, rule, place))
    first = np.ones(len(best), dtype=np.bool_)
    first[1:] = (np.diff(place[best]) != 0) | (np.diff(rule[best]) != 0)
    came = np.minimum.reduceat(best, np.flatnonzero(first))
    best = best[first]
    best = best[np.lexsort((came, place[best]))]
    kept: Ints = np.concatenate([order[single], several[best]])
    return kept[np.argsort(np.concatenate([places[single], place[best]]), kind="stable")]
