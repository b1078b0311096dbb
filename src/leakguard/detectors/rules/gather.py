"""Hits brought together: columns of plain numbers, single places, each place and rule once, all in order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import cast

import numpy as np

from leakguard.core.batch import Hit, Hits
from leakguard.core.finding import Mark
from leakguard.detectors.rules.block import Block
from leakguard.detectors.rules.closely import Place
from leakguard.detectors.rules.lookup import Table
from leakguard.text.fold import FoldTable
from leakguard.text.markup import MARKUP
from leakguard.text.surroundings import Ints
from leakguard.text.tokens import Tokens
from leakguard.text.view import View

Coded = Mapping[int, int]
"""Characters that do not stand for themselves: where the code begins that they belong to, or _GONE where markup took them away."""
_GONE = -1
_SMALL = 3


class Kept(dict[int, Coded | None]):
    """For a text with layers taken off: the characters that do not stand for themselves; None for any other text.

    `viewed` are all texts that are looked at in other ways too.
    """

    def __init__(self, built: Block, table: FoldTable, undone: Mapping[int, View], viewed: Collection[int]) -> None:
        super().__init__()
        self._built, self._table, self._undone = built, table, undone
        self.viewed = viewed

    def __missing__(self, text: int) -> Coded | None:
        view, coded = self._undone.get(text), None
        if view:
            coded = dict.fromkeys(range(len(self._built.read(text, self._table))), _GONE)
            for start, end, form in zip(view.starts, view.ends, view.forms, strict=True):
                if end - start == 1:
                    coded.pop(start, None)
                elif form != MARKUP:
                    coded.update(dict.fromkeys(range(start, end), start))
        self[text] = coded
        return coded


def as_written(places: Iterable[Place], coded: Coded | None) -> Iterable[Place]:
    """Without places in characters that only spell others: the 49 of &#49; is no number, it is a 1.

    What markup takes away was there to be read, but for the small numbers that addresses and attributes are full of.
    """
    if not coded:
        return places
    return [place for place in places if not _in_code(place, coded)]


def _in_code(place: Place, coded: Coded) -> bool:
    """Whether a place touches a code, or lies inside a single one if it is read in another form than plainly."""
    codes = {coded.get(at) for at in range(place.start, place.end)}
    if codes == {_GONE}:
        return place.mark.rule.kind == "number" and place.end - place.start < _SMALL
    written = codes <= {None, _GONE}
    return not written and (not place.mark.form or len(codes) == 1)


def _column(values: Ints) -> Sequence[int]:
    return cast("Sequence[int]", values)


def columns(built: Block, texts: Ints, tokens: Tokens, table: Table) -> Hits:
    """The table's marks of these tokens, at their places."""
    owner, mark = table.expand(tokens.value)
    start = built.characters(texts, tokens.start)
    end = start + tokens.end - tokens.start
    return Hits(_column(texts[owner]), _column(start[owner]), _column(end[owner]), _column(mark), table.marks, table.quotes)


def merged(parts: Sequence[Hits]) -> Hits:
    """All of them, sorted by text and place."""
    filled = [hits for hits in parts if len(hits)]
    if len(filled) <= 1:
        return filled[0] if filled else Hits()
    shift = np.cumsum([0, *(len(hits.marks) for hits in filled)])
    text, start, end = (
        np.concatenate([np.asarray(getattr(hits, name), dtype=np.int64) for hits in filled]) for name in ("text", "start", "end")
    )
    mark = np.concatenate([np.asarray(hits.mark, dtype=np.int64) + shift[at] for at, hits in enumerate(filled)])
    order = np.lexsort((end, start, text))
    marks = [mark for hits in filled for mark in hits.marks]
    quotes = [quote for hits in filled for quote in hits.quotes or [None] * len(hits.marks)]
    return Hits(_column(text[order]), _column(start[order]), _column(end[order]), _column(mark[order]), marks, quotes)


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
