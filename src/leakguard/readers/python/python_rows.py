"""Rows that are objects in memory, not lines of a file: each becomes a line of canonical JSON, or unreadable with the reason."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO

import orjson

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.readers.files.line_blocks import BLOCK_ROWS, BLOCK_SIZE, ROW_LIMIT, describe_too_long
from leakguard.readers.python.json_values import convert_value, holds_media

NAME = "rows"
# Rows of a generator are kept in memory up to so many bytes, then on disk.
SPOOLED = 8 << 20
MEDIA_SIGN = b'"bytes":'


class UnwritableRowError(Exception):
    """A row that cannot be written as JSON: a reason as for unreadable rows, and a detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def encode_row(row: object) -> bytes:
    """The row as canonical JSON: keys sorted, keys without a value left out, bytes and pictures by their hash. Raises Unwritable.

    A table fills every key that a row lacks with nothing, so nothing and no key are the same here.
    """
    try:
        return orjson.dumps(convert_value(row), option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError) as error:
        words = str(error)
        reason = "lone-surrogate" if "surrogate" in words else "no-json"
        raise UnwritableRowError(reason, words or type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row on its way into a block: its place, and its line of JSON (empty: a blank line), or the reason why there is none."""

    row: int
    offset: int = 0
    length: int = 0
    line: bytes = b""
    reason: str = ""
    detail: str = ""


def make_row_line(row: int, value: object, offset: int = 0, length: int = 0, *, limit: int = ROW_LIMIT) -> RowLine:
    """The row as its line, or as the reason why it has none; one over `limit` bytes is not looked at."""
    try:
        line = encode_row(value)
    except UnwritableRowError as error:
        return RowLine(row, offset, length, reason=error.reason, detail=error.detail)
    if len(line) > limit:
        return make_too_long(row, limit, offset, length)
    return RowLine(row, offset, length, line)


def make_too_long(row: int, limit: int, offset: int = 0, length: int = 0) -> RowLine:
    """A row of more than `limit` bytes."""
    return RowLine(row, offset, length, reason="too-long", detail=describe_too_long(limit))


def find_duplicate(names: Sequence[str]) -> str | None:
    """The first of these names of columns that comes again, if any does."""
    if len(set(names)) == len(names):
        return None
    counted = Counter(names)
    return next(name for name in names if counted[name] > 1)


def build_blocks(name: str, rows: Iterable[RowLine], size: int = BLOCK_SIZE) -> Iterator[Block]:
    """Rows in order as blocks of about `size` bytes; each that has no line is an empty block of its own.

    Lines are put together at once: a line by itself keeps the buffer of several kilobytes in which it was written.
    """
    data, first = bytearray(), RowLine(0)
    offsets: list[int] = []
    for one in rows:
        full = len(data) >= size or len(offsets) >= BLOCK_ROWS
        if offsets and (one.reason or full or one.row != first.row + len(offsets)):
            yield _block(name, first, data, offsets)
            data, offsets = bytearray(), []
        if one.reason:
            lost = Unreadable(Origin(name, one.row, one.offset), one.reason, one.detail, one.length)
            yield Block(name, one.row, one.offset, 0, b"", (lost,))
            continue
        first = first if offsets else RowLine(one.row, one.offset)
        data += one.line
        data += b"\n"
        offsets.append(one.offset)
    if offsets:
        yield _block(name, first, data, offsets)


def _block(name: str, first: RowLine, data: bytearray, offsets: list[int]) -> Block:
    return Block(name, first.row, first.offset, len(data), bytes(data), offsets=tuple(offsets))


@dataclass(slots=True)
class PythonRows:
    """A source of rows in memory: counted from 1, and without byte offsets.

    With `once` the rows come only once (a generator): they are kept in a temporary file as they are read, and read from there
    the next time. `media` counts the rows that hold bytes or pictures, by their key, in the first reading.
    """

    rows: Iterable[object]
    name: str = NAME
    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT
    once: bool = False
    media: Counter[str] = field(default_factory=Counter)
    _spool: IO[bytes] | None = None
    _counted: bool = False

    def blocks(self) -> Iterator[Block]:
        """Blocks of canonical JSON."""
        told_rows = self._spooled(self._spool) if self._spool else self._read()
        yield from build_blocks(self.name, told_rows, self.block_size)

    def _read(self) -> Iterator[RowLine]:
        """The rows themselves; written into the spool line by line ("=" and the row, or "!" and why there is none) if need be."""
        spool = SpooledTemporaryFile(max_size=SPOOLED) if self.once else None  # noqa: SIM115
        for row, value in enumerate(self.rows, 1):
            one = make_row_line(row, value, limit=self.row_limit)
            if not self._counted and MEDIA_SIGN in one.line:
                self.media.update(key for key, item in orjson.loads(one.line).items() if holds_media(item))
            if spool:
                spool.write(b"!%b\n" % orjson.dumps([one.reason, one.detail]) if one.reason else b"=%b\n" % one.line)
            yield one
        self._spool, self._counted = spool, True

    def _spooled(self, spool: IO[bytes]) -> Iterator[RowLine]:
        spool.seek(0)
        for row, line in enumerate(spool, 1):
            body = line[1:-1]
            yield RowLine(row, line=body) if line[:1] == b"=" else RowLine(row, reason=(said := orjson.loads(body))[0], detail=said[1])
