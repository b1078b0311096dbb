"""Rows of any format as lines of JSON: one line for each row that can be read, or the reason why it cannot."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.readers.files.limits import BLOCK_SIZE, ROW_LIMIT
from leakguard.readers.files.line_blocks import BLOCK_ROWS, describe_too_long
from leakguard.readers.python.json_values import convert_value


class UnwritableRowError(Exception):
    """Error: a row cannot be written as JSON; with the reason code of an unreadable row, and a detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of an input: its number, offset and length in bytes, and its line of JSON or the reason why it cannot be read.

    An empty `line` without a `reason` is a blank line.
    """

    row: int
    offset: int = 0
    length: int = 0
    line: bytes = b""
    reason: str = ""
    detail: str = ""


def encode_row(row: object) -> bytes:
    """Return a row as canonical JSON: sorted keys, no keys without a value, hashes in place of bytes and pictures.

    A null is treated as a missing key, because tables fill missing keys with null. Raises UnwritableRowError.
    """
    try:
        return orjson.dumps(convert_value(row), option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError) as error:
        words = str(error)
        reason = "lone-surrogate" if "surrogate" in words else "no-json"
        raise UnwritableRowError(reason, words or type(error).__name__) from error


def make_row_line(row: int, value: object, offset: int = 0, length: int = 0, *, limit: int = ROW_LIMIT) -> RowLine:
    """Return a row as a line of at most `limit` bytes of JSON, or with the reason why it cannot be written."""
    try:
        line = encode_row(value)
    except UnwritableRowError as error:
        return RowLine(row, offset, length, reason=error.reason, detail=error.detail)
    if len(line) > limit:
        return make_too_long(row, limit, offset, length)
    return RowLine(row, offset, length, line)


def make_too_long(row: int, limit: int, offset: int = 0, length: int = 0) -> RowLine:
    """Return the entry for a row of more than `limit` bytes."""
    return RowLine(row, offset, length, reason="too-long", detail=describe_too_long(limit))


def find_duplicate(names: Sequence[str]) -> str | None:
    """Return the first column name that occurs twice, or None."""
    if len(set(names)) == len(names):
        return None
    counts = Counter(names)
    return next(name for name in names if counts[name] > 1)


def build_blocks(name: str, rows: Iterable[RowLine], size: int = BLOCK_SIZE) -> Iterator[Block]:
    """Yield rows in order as blocks of about `size` bytes. A row without a line becomes an empty block of its own."""
    # Lines are appended to one buffer, because a line kept as an object of its own holds on to a buffer of several kilobytes.
    # A block ends when it is full, before an unreadable row, and where a row number is skipped.
    data, first = bytearray(), RowLine(0)
    offsets: list[int] = []
    for one in rows:
        full = len(data) >= size or len(offsets) >= BLOCK_ROWS
        if offsets and (one.reason or full or one.row != first.row + len(offsets)):
            yield _make_block(name, first, data, offsets)
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
        yield _make_block(name, first, data, offsets)


def _make_block(name: str, first: RowLine, data: bytearray, offsets: list[int]) -> Block:
    return Block(name, first.row, first.offset, len(data), bytes(data), offsets=tuple(offsets))
