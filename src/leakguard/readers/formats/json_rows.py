"""Read the rows of a JSON document element by element, with their byte offsets. The whole document is never in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import orjson

from leakguard.core.batch import Block
from leakguard.core.unscanned import Unscanned, merge_counts
from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.encodings import UTF8_MARK
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.json_layout import Layout
from leakguard.readers.formats.row_lines import RowLine, build_blocks, make_too_long
from leakguard.readers.rows.json_errors import describe_error
from leakguard.readers.rows.unscanned import find_strings
from leakguard.text.wording import Wording, classify_wording

BROKEN = "bad-json"
OUTSIDE = "(outside the list)"
_GAP = re.compile(rb'"(?:[^"\\]|\\.)*"|,|[^\s,"]+|"', re.DOTALL)
_ENDS = re.compile(rb"[ \t\r]*\n[ \t\r\n]*")
_QUOTE, _OPEN, _CLOSE, _FOLD = 0x22, 0x7B, 0x7D, 0x20


def read_json(name: str, chunks: Iterator[bytes], layout: Layout, limits: ReadLimits) -> Iterator[Block]:
    """Yield blocks of the elements of a document, one line for each element.

    Rows number the elements; offsets are those of the unpacked text. Text outside the list is not scanned: its words are counted as not
    scanned, in the last block.
    """
    reader = _Reader(layout, limits.row_limit)
    for block in build_blocks(name, reader.rows(chunks), limits.block_size):
        yield replace(block, verbatim=True)
    if reader.outside.fields:
        yield Block(name, reader.row + 1, reader.at, 0, b"", unscanned=reader.outside)


def read_json_elements(chunks: Iterator[bytes], layout: Layout, row_limit: int) -> Iterator[RowLine]:
    """Yield every element with its position, as `read_json` reads them."""
    return _Reader(layout, row_limit).rows(chunks)


@dataclass(slots=True)
class _Found:
    """Positions in one chunk where elements begin and end, and where the list itself ends (-1: not in this chunk)."""

    starts: list[int]
    ends: list[int]
    stop: int


@dataclass(slots=True)
class _Scanner:
    """Finds brackets outside of strings. `depth`, `inside` (a string) and `escaped` are the state after the last chunk."""

    base: int
    depth: int
    inside: int = 0
    escaped: bool = False

    def feed(self, chunk: bytes) -> _Found:
        """Return where elements begin and end in the next chunk."""
        # Escaped characters are overwritten first (a run of backslashes escapes from its left), so that every quote left opens or closes a
        # string. One pass over all bytes then finds quotes and brackets; cumulated sums over these give depth and parity. `{` and `[` (`}`
        # and `]`) differ in one bit, which _FOLD sets, so that one comparison finds both.
        clean = b"_" + chunk[1:] if self.escaped and chunk[:1] in (b'"', b"\\") else chunk
        self.escaped = self.escaped and not chunk
        if b"\\" in clean:
            clean = clean.replace(b"\\\\", b"__").replace(b'\\"', b"__")
            self.escaped = clean.endswith(b"\\")
        data = np.frombuffer(clean, np.uint8)
        folded = data | _FOLD
        places = np.flatnonzero((folded == _OPEN) | (folded == _CLOSE) | (data == _QUOTE))
        kinds = folded[places]
        quotes = data[places] == _QUOTE
        outside = ((np.cumsum(quotes) + self.inside) & 1) == 0
        steps = ((kinds == _OPEN).astype(np.int64) - (kinds == _CLOSE)) * (outside & ~quotes)
        depths = self.depth + np.cumsum(steps)
        stops = places[(steps < 0) & (depths == self.base - 1)]
        stop = int(stops[0]) if len(stops) and self.base else -1
        upto = len(places) if stop < 0 else int(np.searchsorted(places, stop))
        starts = places[:upto][(steps[:upto] > 0) & (depths[:upto] == self.base + 1)]
        ends = places[:upto][(steps[:upto] < 0) & (depths[:upto] == self.base)]
        self.inside = (self.inside + int(np.count_nonzero(quotes))) & 1
        self.depth = int(depths[-1]) if len(depths) else self.depth
        return _Found(starts.tolist(), (ends + 1).tolist(), stop)


class _Reader:
    """Splits a document into elements. `row` is the number of the last element, `at` the offset after the last chunk.

    Of earlier chunks it keeps an element that has begun (`open`) or the text between two elements; of an element over the limit only the
    length is kept (`dropped`).
    """

    def __init__(self, layout: Layout, limit: int) -> None:
        self.row = self.at = 0
        self.outside = Unscanned()
        self._layout, self._limit = layout, limit
        self._before = b""
        self._held: list[bytes] = []
        self._holding = self._dropped = 0
        self._open = self._comma = False

    def rows(self, chunks: Iterator[bytes]) -> Iterator[RowLine]:
        """Yield every element as a line, or with the reason why it cannot be read; then entries for errors of the document."""
        # Bytes before the list are kept, elements are cut chunk by chunk, and after the end of the list the rest is checked.
        scanner = _Scanner(self._layout.depth, self._layout.depth)
        try:
            chunks = self._enter(chunks)
            for chunk in chunks:
                found = scanner.feed(chunk)
                yield from self._cut(chunk, found)
                if found.stop >= 0:
                    yield from self._leave(chain([chunk[found.stop + 1 :]], chunks))
                    return
            if self._layout.depth or self._open:
                yield self._torn(
                    "truncated", "the file ends inside this element" if self._open else "the file ends before the end of its list"
                )
            else:
                yield from self._gap(b"".join(self._held), self.at)
        except BrokenStream as error:
            yield self._torn(error.reason, error.detail)

    def _enter(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Return the chunks from the start of the list on; what precedes it is kept for `_around`."""
        left = self._layout.start
        for chunk in chunks:
            self._before += chunk[:left]
            self.at += min(left, len(chunk))
            if len(chunk) >= left:
                return chain([chunk[left:]], chunks)
            left -= len(chunk)
        return iter(())

    def _cut(self, chunk: bytes, found: _Found) -> Iterator[RowLine]:
        """Yield the elements that end in a chunk. The rest is kept for the next chunk, or dropped if it is longer than the row limit."""
        # `data` are the kept bytes and the chunk; positions of the scanner are relative to the chunk and shifted by `before`.
        end = len(chunk) if found.stop < 0 else found.stop
        if not (found.starts or found.ends or found.stop >= 0) and self._holding + len(chunk) <= self._limit:
            self._held.append(chunk)
            self._holding += len(chunk)
            self.at += len(chunk)
            return
        data = b"".join((*self._held, chunk[:end]))
        before, done = len(data) - end, 0
        zero = self.at - before
        starts = iter(found.starts)
        for last in found.ends:
            stop = last + before
            if not self._open:
                begin = next(starts) + before
                yield from self._gap(data[done:begin], zero + begin)
                done = begin
            yield self._element(data[done:stop], zero + done - self._dropped, stop - done + self._dropped)
            self._open, self._dropped, done = False, 0, stop
        if (begun := next(starts, None)) is not None:
            yield from self._gap(data[done : begun + before], zero + begun + before)
            self._open, done = True, begun + before
        self.at += end
        yield from self._hold(data[done:], ended=found.stop >= 0)

    def _hold(self, rest: bytes, *, ended: bool) -> Iterator[RowLine]:
        """Keep the bytes of an unfinished element in bounded memory, and report an element that is too long or incomplete."""
        self._held, self._holding = [rest] if rest else [], len(rest)
        if ended:
            yield from self._gap(rest, self.at)
            if self._comma:
                yield self._entry("no element follows the last comma")
        elif self._open and self._holding + self._dropped > self._limit:
            self._held, self._holding, self._dropped = [], 0, self._dropped + self._holding
        elif self._holding > self._limit:
            self._held, self._holding = [], 0
            yield self._entry(f"{len(rest):,} bytes without an object", "too-long")

    def _element(self, raw: bytes, start: int, length: int) -> RowLine:
        """Return one element as a line. Line ends between its parts are removed, because a line is a row."""
        self.row += 1
        missing, self._comma = self.row > 1 and self._layout.depth and not self._comma, False
        if length > self._limit:
            return make_too_long(self.row, self._limit, start, length)
        if missing:
            return RowLine(self.row, start, length, reason=BROKEN, detail="a comma is missing before this element")
        if b"\n" in raw:
            try:
                orjson.loads(raw)
            except orjson.JSONDecodeError as error:
                reason, detail = describe_error(raw, error)
                return RowLine(self.row, start, length, reason=reason, detail=detail)
            raw = _ENDS.sub(b"", raw)
        return RowLine(self.row, start, length, raw)

    def _gap(self, gap: bytes, end: int) -> Iterator[RowLine]:
        """Check the text between two objects, which ends at offset `end`: a comma, and values of other kinds, which are rows too."""
        kept = gap.strip()
        if not kept:
            return
        if kept == b"," and self.row and self._layout.depth and not self._comma:
            self._comma = True
            return
        for token in _GAP.finditer(gap):
            offset = end - len(gap) + token.start()
            if token[0] != b"," or not self._layout.depth:
                yield self._element(token[0], offset, len(token[0]))
            elif self._comma or not self.row:
                self.row += 1
                yield RowLine(self.row, offset, 1, reason=BROKEN, detail="no element precedes this comma")
            else:
                self._comma = True

    def _entry(self, detail: str, reason: str = BROKEN, length: int = 0) -> RowLine:
        """Return an entry for an error of the document outside of its elements."""
        self.row += 1
        return RowLine(self.row, self.at - length, length, reason=reason, detail=detail)

    def _torn(self, reason: str, detail: str) -> RowLine:
        """Return the entry for a document that breaks off; an element that had begun is lost."""
        return self._entry(detail, reason, self._holding + self._dropped if self._open else 0)

    def _leave(self, chunks: Iterator[bytes]) -> Iterator[RowLine]:
        """Check what follows the list: nothing, or the other members of the object around it, whose words are counted."""
        after, over = bytearray(), 0
        for chunk in chunks:
            after += chunk[: max(self._limit - len(after), 0)]
            over += len(chunk)
        self.at += 1
        if over > self._limit or (self._layout.depth == 1 and after.strip()):
            yield self._entry(f"{over:,} bytes after the end of the list were not read")
        elif self._layout.depth == 2:
            yield from self._around(bytes(after).strip())

    def _around(self, after: bytes) -> Iterator[RowLine]:
        """Count the words of the members before and after the list. A further list of objects is reported as rows that were not read."""
        # Both parts are completed to valid objects: the text before the list by "]}", the text after it by an opening brace.
        more = b"{" + after[1:] if after.startswith(b",") else b"{" + after
        try:
            members = [orjson.loads(self._before.removeprefix(UTF8_MARK) + b"]}"), orjson.loads(more)]
        except orjson.JSONDecodeError:
            yield self._entry("the text around the list is not JSON")
            return
        for at, found in enumerate(members):
            for key, value in found.items():
                if at == 0 and key == self._layout.key:
                    continue
                if isinstance(value, list) and any(isinstance(item, dict) for item in value):
                    yield self._entry(f"the list under {key[:40]!r} was not read: write each list of rows to a file of its own", "shape")
                else:
                    self._count(key, value)

    def _count(self, key: str, value: Any) -> None:
        """Count the words of a member around the list, once for the document."""
        fields: dict[str, int] = {}
        prose: dict[str, int] = {}
        for _, field, text in find_strings(value, key, key, {}):
            if said := classify_wording(text):
                fields[f"{field} {OUTSIDE}"] = 1
                if said is Wording.PROSE:
                    prose[f"{field} {OUTSIDE}"] = 1
        merge_counts(self.outside.fields, fields)
        merge_counts(self.outside.prose, prose)
