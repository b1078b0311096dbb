"""Hits brought together: columns of plain numbers, single places, each place and rule once, all in order."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import cast

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Hit, Hits
from leakguard.core.finding import Mark
from leakguard.detectors.rules.close_reader import MatchPlace
from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.detectors.rules.marks import MarkTable
from leakguard.text.byte_classes import Bools, Ints
from leakguard.text.digit_runs import AnyInts, DigitRuns
from leakguard.text.fold import FoldTable, fold
from leakguard.text.markup import MARKUP
from leakguard.text.view import View

_GONE = -1
_SMALL = 3
_AT_ONCE = 1_000
_MANY = 1 << 16


MarkFilter = Callable[[Iterable[Mark], str, int, int], Iterable[MatchPlace]]


class LiteralFilter:
    """Which characters of texts with layers taken off stand for themselves; `viewed` are all texts that are looked at in other ways too.

    `judge` says which marks may speak at a place of a text, and how loudly.
    """

    def __init__(self, undone: Mapping[int, View], viewed: Collection[int], judge: MarkFilter, table: FoldTable) -> None:
        self._undone, self.viewed = undone, viewed
        self._judge, self._table = judge, table
        self._read: dict[int, str] = {}

    def keep_literal(self, text: int, places: Iterable[MatchPlace]) -> Iterable[MatchPlace]:
        """Without places in characters that only spell others: the 49 of &#49; is no number, it is a 1.

        What markup takes away was there to be read, but for the small numbers that addresses and attributes are full of. What stands
        for itself is judged by what is read around it: behind &#35; it stands behind a number sign.
        """
        view = self._undone.get(text)
        return places if view is None else self._as_read(text, view, places)

    def _as_read(self, text: int, view: View, places: Iterable[MatchPlace]) -> Iterator[MatchPlace]:
        """The places, if what is read around them allows; as they were judged where they are not read as written, or folding moves them."""
        for place in places:
            start, end, _ = place
            at = bisect_left(view.starts, start)
            unchanged = _unchanged(view, at, start, end)
            if not unchanged and _in_code(place, view):
                continue
            if text not in self._read:
                self._read[text] = fold(view.text, self._table)
            read = self._read[text]
            if len(read) != len(view.text) or not unchanged:
                yield place
            else:
                yield from (MatchPlace(start, end, said.mark) for said in self._judge((place.mark,), read, at, at + end - start))


def _unchanged(view: View, at: int, start: int, end: int) -> bool:
    """Whether characters `start` to `end` stand in a view from `at` on, each for itself."""
    size = end - start
    return [*view.starts[at : at + size]] == [*range(start, end)] and [*view.ends[at : at + size]] == [*range(start + 1, end + 1)]


def _in_code(place: MatchPlace, view: View) -> bool:
    """Whether a place touches a code, or lies inside a single one if it is read in another form than plainly."""
    codes = _codes(view, place.start, place.end)
    if codes == {_GONE}:
        return place.mark.rule.kind == "number" and place.end - place.start < _SMALL
    written = codes <= {None, _GONE}
    return not written and (not place.mark.form or len(codes) == 1)


def _codes(view: View, first: int, last: int) -> set[int | None]:
    """Where the codes begin that original characters belong to; None if one stands for itself, _GONE if markup took it away.

    Only for views in the order of the original: `starts` must not fall.
    """
    starts, ends = view.starts, view.ends
    codes: set[int | None] = set()
    seen, size = bisect_right(starts, first) - 1, len(starts)
    for at in range(first, last):
        while seen + 1 < size and starts[seen + 1] <= at:
            seen += 1
        if seen < 0 or ends[seen] <= at:
            codes.add(_GONE)
        elif ends[seen] - starts[seen] == 1:
            codes.add(None)
        else:
            codes.add(_GONE if view.forms[seen] == MARKUP else starts[seen])
    return codes


def as_column(values: AnyInts) -> Sequence[int]:
    """An array as the column of a result, which is read and never written."""
    return cast("Sequence[int]", values)


def make_columns(built: JoinedTexts, tokens: DigitRuns, table: MarkTable) -> Hits:
    """The table's marks of these tokens, at their places."""
    owner, mark = table.expand(tokens.value)
    start = built.character_offsets(tokens.text, tokens.start)
    end = start + tokens.end - tokens.start
    return Hits(as_column(tokens.text[owner]), as_column(start[owner]), as_column(end[owner]), as_column(mark), table.marks, table.quotes)


def merge(many: Hits, few: Hits) -> Hits:
    """Both, sorted by text and place, as each is by itself."""
    if not (len(many) and len(few)):
        return many if len(many) else few
    marks = [*many.marks, *few.marks]
    quotes = [*(many.quotes or [None] * len(many.marks)), *(few.quotes or [None] * len(few.marks))]
    left, right = _as_array(many), _as_array(few)
    right[3] += len(many.marks)
    at = _places(left, right)
    text, start, end, mark = (np.insert(old, at, new) for old, new in zip(left, right, strict=True))
    return Hits(as_column(text), as_column(start), as_column(end), as_column(mark), marks, quotes)


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


class HitCollector:
    """Hits one by one, held as columns of machine numbers: a long row may have one at every character."""

    def __init__(self) -> None:
        self._text, self._start, self._end, self._mark = array("i"), array("i"), array("i"), array("i")
        self._marks: dict[Mark, int] = {}

    def add(self, hits: Iterable[Hit]) -> None:
        """Add hits, in any order."""
        marks, each = self._marks, iter(hits)
        while some := list(islice(each, _AT_ONCE)):
            text, start, end, said = zip(*some, strict=True)
            for mark in dict.fromkeys(said):
                marks.setdefault(mark, len(marks))
            for column, values in ((self._text, text), (self._start, start), (self._end, end), (self._mark, map(marks.__getitem__, said))):
                column.extend(values)

    def collect(self) -> Hits:
        """One hit a place and rule, the loudest, then the least disguised; sorted by text and place."""
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
            order = np.concatenate([_loudest(order[first:last], again[first:last], mark, marks) for first, last in _parts(again)])
        return Hits(as_column(text[order]), as_column(start[order]), as_column(end[order]), as_column(mark[order]), marks)


def _parts(again: Bools) -> Iterator[tuple[int, int]]:
    """Hits in parts of some ten thousand, each from the first hit at a place to the last one at another."""
    first = 0
    while first < len(again):
        last = min(first + _MANY, len(again))
        while last < len(again) and again[last]:
            last += 1
        yield first, last
        first = last


def _loudest(order: Ints, again: Bools, mark: NDArray[np.int32], marks: Sequence[Mark]) -> Ints:
    """Of hits at one place, the loudest of each rule, in the order in which the rules came; `again`: at the same place as the one before.

    The hits of places that have several are sorted by place, rule, loudness and the order in which they came: the first of each
    place and rule is the one to keep. Its turn among those of its place is that of the first hit of its rule.
    """
    shared = again.copy()
    shared[:-1] |= again[1:]
    places, several = np.cumsum(~again, dtype=np.int32), order[shared]
    place, single = places[shared], ~shared
    number_of: dict[str, int] = {}
    rule = np.array([number_of.setdefault(said.rule.id, len(number_of)) for said in marks], np.int32)[mark[several]]
    severity, form = (
        np.array(said, np.int32)[mark[several]] for said in ([-said.severity for said in marks], [len(said.form) for said in marks])
    )
    best = np.lexsort((form, severity, rule, place))
    first = np.ones(len(best), dtype=np.bool_)
    first[1:] = (np.diff(place[best]) != 0) | (np.diff(rule[best]) != 0)
    came = np.minimum.reduceat(best, np.flatnonzero(first))
    best = best[first]
    best = best[np.lexsort((came, place[best]))]
    kept: Ints = np.concatenate([order[single], several[best]])
    return kept[np.argsort(np.concatenate([places[single], place[best]]), kind="stable")]
