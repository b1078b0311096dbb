"""Matches in the original of a decoded text: which of them are literal text, and not part of an escape or of markup."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping

from leakguard.detectors.rules.mark_filter import MarkFilter, MatchPlace
from leakguard.text.fold import FoldTable, fold
from leakguard.text.view import View

_REMOVED = -1
_SMALL = 3


class LiteralFilter:
    """Drops matches whose characters only encode others.

    `decoded`: views of texts without encodings and markup, by text index. `viewed`: indices of all texts that have a view of any kind.
    """

    def __init__(self, decoded: Mapping[int, View], viewed: Collection[int], marks: MarkFilter, table: FoldTable) -> None:
        self._decoded, self.viewed = decoded, viewed
        self._marks, self._table = marks, table
        self._folded: dict[int, str] = {}

    def keep_literal(self, text: int, places: Iterable[MatchPlace]) -> Iterable[MatchPlace]:
        """Return the matches without those in escapes: the 49 of &#49; is not a number, it encodes a 1.

        Text that markup removes was readable, except for the small numbers that attributes are full of. The contexts of a literal match
        are checked again in the decoded text: behind &#35; it follows a number sign.
        """
        view = self._decoded.get(text)
        return places if view is None else self._check(text, view, places)

    def _check(self, text: int, view: View, places: Iterable[MatchPlace]) -> Iterator[MatchPlace]:
        """Yield the literal matches that are allowed by their surroundings in the decoded text.

        A match keeps its mark where it differs from the decoded text, or where folding the view moves positions.
        """
        for place in places:
            start, end, _ = place
            at = bisect_left(view.starts, start)
            unchanged = _is_unchanged(view, at, start, end)
            if not unchanged and _is_in_code(place, view):
                continue
            if text not in self._folded:
                self._folded[text] = fold(view.text, self._table)
            read = self._folded[text]
            if len(read) != len(view.text) or not unchanged:
                yield place
            else:
                yield from (
                    MatchPlace(start, end, kept.mark) for kept in self._marks.filter_marks((place.mark,), read, at, at + end - start)
                )


def _is_unchanged(view: View, at: int, start: int, end: int) -> bool:
    """Return True if original characters `start` to `end` are characters `at` and following of the view, one for one."""
    size = end - start
    return [*view.starts[at : at + size]] == [*range(start, end)] and [*view.ends[at : at + size]] == [*range(start + 1, end + 1)]


def _is_in_code(place: MatchPlace, view: View) -> bool:
    """Return True if a plain match touches an escape, or if a match in another form is inside a single one."""
    codes = _find_codes(view, place.start, place.end)
    if codes == {_REMOVED}:
        return place.mark.rule.kind == "number" and place.end - place.start < _SMALL
    written = codes <= {None, _REMOVED}
    return not written and (not place.mark.form or len(codes) == 1)


def _find_codes(view: View, first: int, last: int) -> set[int | None]:
    """Return the starts of the escapes that original characters belong to; None for a literal one, _REMOVED for removed markup.

    Walks over the characters and the view in parallel, so `view.starts` must ascend.
    """
    # Imported here because compiling its patterns takes long, and few texts have views.
    from leakguard.text.markup import MARKUP

    starts, ends = view.starts, view.ends
    codes: set[int | None] = set()
    seen, size = bisect_right(starts, first) - 1, len(starts)
    for at in range(first, last):
        while seen + 1 < size and starts[seen + 1] <= at:
            seen += 1
        if seen < 0 or ends[seen] <= at:
            codes.add(_REMOVED)
        elif ends[seen] - starts[seen] == 1:
            codes.add(None)
        else:
            codes.add(_REMOVED if view.forms[seen] == MARKUP else starts[seen])
    return codes
