"""Hits brought together: columns of plain numbers, single places, each place and rule once, all in order."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import cast

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Hit, Hits
from leakguard.core.finding import Mark
from leakguard.detectors.rules.block import Block
from leakguard.detectors.rules.closely import Place
from leakguard.detectors.rules.lookup import Table
from leakguard.text.fold import FoldTable, fold
from leakguard.text.markup import MARKUP
from leakguard.text.surroundings import Ints
from leakguard.text.tokens import Tokens
from leakguard.text.view import View

_GONE = -1
_SMALL = 3


Judge = Callable[[Iterable[Mark], str, int, int], Iterable[Place]]


class Kept:
    """Which characters of texts with layers taken off stand for themselves; `viewed` are all texts that are looked at in other ways too.

    `judge` says which marks may speak at a place of a text, and how loudly.
    """

    def __init__(self, undone: Mapping[int, View], viewed: Collection[int], judge: Judge, table: FoldTable) -> None:
        self._undone, self.viewed = undone, viewed
        self._judge, self._table = judge, table
        self._read: dict[int, str] = {}

    def as_written(self, text: int, places: Iterable[Place]) -> Iterable[Place]:
        """Without places in characters that only spell others: the 49 of &#49; is no number, it is a 1.

        What markup takes away was there to be read, but for the small numbers that addresses and attributes are full of. What stands
        for itself is judged by what is read around it: behind &#35; it stands behind a number sign.
        """
        view = self._undone.get(text)
        if view is None:
            return places
        kept = [place for place in places if not _in_code(place, view)]
        return [again for place in kept for again in self._as_read(text, view, place)] if kept else ()

    def _as_read(self, text: int, view: View, place: Place) -> Iterable[Place]:
        """The place, if what is read around it allows; as it was judged where it is not read as it is written, or folding moves it."""
        size, at = place.end - place.start, bisect_left(view.starts, place.start)
        if text not in self._read:
            self._read[text] = fold(view.text, self._table)
        read = self._read[text]
        if len(read) != len(view.text) or not _unchanged(view, at, place):
            return (place,)
        return [Place(place.start, place.end, said.mark) for said in self._judge((place.mark,), read, at, at + size)]


def _unchanged(view: View, at: int, place: Place) -> bool:
    """Whether the characters of a place stand in a view from `at` on, each for itself."""
    starts, ends = view.starts[at : at + place.end - place.start], view.ends[at : at + place.end - place.start]
    return list(starts) == [*range(place.start, place.end)] and list(ends) == [*range(place.start + 1, place.end + 1)]


def _in_code(place: Place, view: View) -> bool:
    """Whether a place touches a code, or lies inside a single one if it is read in another form than plainly."""
    codes = {_code(view, at) for at in range(place.start, place.end)}
    if codes == {_GONE}:
        return place.mark.rule.kind == "number" and place.end - place.start < _SMALL
    written = codes <= {None, _GONE}
    return not written and (not place.mark.form or len(codes) == 1)


def _code(view: View, at: int) -> int | None:
    """Where the code begins that an original character belongs to; None if it stands for itself, _GONE if markup took it away.

    Only for views in the order of the original: `starts` must not fall.
    """
    seen = bisect_right(view.starts, at) - 1
    if seen < 0 or view.ends[seen] <= at:
        return _GONE
    start, end = view.starts[seen], view.ends[seen]
    return None if end - start == 1 else _GONE if view.forms[seen] == MARKUP else start


def _column(values: Ints) -> Sequence[int]:
    """An array as the column of a result, which is read and never written."""
    return cast("Sequence[int]", values)


def columns(built: Block, tokens: Tokens, table: Table) -> Hits:
    """The table's marks of these tokens, at their places."""
    owner, mark = table.expand(tokens.value)
    start = built.characters(tokens.text, tokens.start)
    end = start + tokens.end - tokens.start
    return Hits(_column(tokens.text[owner]), _column(start[owner]), _column(end[owner]), _column(mark), table.marks, table.quotes)


def merged(many: Hits, few: Hits) -> Hits:
    """Both, sorted by text and place, as each is by itself."""
    if not (len(many) and len(few)):
        return many if len(many) else few
    marks = [*many.marks, *few.marks]
    quotes = [*(many.quotes or [None] * len(many.marks)), *(few.quotes or [None] * len(few.marks))]
    left, right = _as_array(many), _as_array(few)
    right[3] += len(many.marks)
    at = _places(left, right)
    text, start, end, mark = (np.insert(old, at, new) for old, new in zip(left, right, strict=True))
    return Hits(_column(text), _column(start), _column(end), _column(mark), marks, quotes)


def _as_array(hits: Hits) -> NDArray[np.int64]:
    return np.array([hits.text, hits.start, hits.end, hits.mark], dtype=np.int64)


def _places(left: NDArray[np.int64], right: NDArray[np.int64]) -> Ints:
    """Before which of the left hits each of the right ones comes, by text, start and end; after those at the same place."""
    width = max(int(left[1].max()), int(right[1].max())) + 1
    known, wanted = left[0] * width + left[1], right[0] * width + right[1]
    low, at = np.searchsorted(known, wanted, side="left"), np.searchsorted(known, wanted, side="right")
    for index in np.flatnonzero(at > low).tolist():
        ends = left[2, low[index] : at[index]]
        at[index] = low[index] + np.searchsorted(ends, right[2, index], side="right")
    places: Ints = at
    return places


def distinct(hits: Sequence[Hit]) -> Hits:
    """One hit a place and rule, the loudest, then the least disguised; sorted by text and place."""
    if not hits:
        return Hits()
    text, start, end = (np.fromiter((hit[at] for hit in hits), dtype=np.int64, count=len(hits)) for at in range(3))
    order = np.lexsort((end, start, text))
    again = np.ones(len(hits), dtype=np.bool_)
    again[1:] = np.logical_or.reduce([np.diff(column[order]) != 0 for column in (text, start, end)])
    if not again.all():
        numbers = np.cumsum(again)
        groups = groupby(zip(numbers.tolist(), order.tolist(), strict=True), key=lambda pair: pair[0])
        order = np.array([at for _, group in groups for at in _loudest(hits, [at for _, at in group])], dtype=np.int64)
    known: dict[Mark, int] = {}
    marks = [known.setdefault(hits[at][3], len(known)) for at in order.tolist()]
    return Hits(_column(text[order]), _column(start[order]), _column(end[order]), marks, list(known))


def _loudest(hits: Sequence[Hit], same: Sequence[int]) -> Iterable[int]:
    """Of hits at one place, the loudest of each rule, in the order in which the rules came."""
    best: dict[str, int] = {}
    for at in same:
        mark = hits[at][3]
        old = hits[best.setdefault(mark.rule.id, at)][3]
        if (mark.severity, -len(mark.form)) > (old.severity, -len(old.form)):
            best[mark.rule.id] = at
    return best.values()
