"""Rows that are objects in memory, not lines of a file: each becomes a line of canonical JSON, or unreadable with the reason."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from pathlib import PurePath
from typing import Any
from uuid import UUID

import orjson

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.io.sources import BLOCK_ROWS, BLOCK_SIZE, ROW_LIMIT

NAME = "rows"
PLAIN = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS
SPOKEN = (Decimal, datetime.datetime, datetime.timedelta, PurePath, UUID)


class Unwritable(Exception):
    """A row that cannot be written as JSON: a reason as for unreadable rows, and a detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def line_of(row: object) -> bytes:
    """The row as canonical JSON: keys sorted, keys without a value left out, bytes by their hash. Raises Unwritable.

    A table fills every key that a row lacks with nothing, so nothing and no key are the same here.
    """
    try:
        return orjson.dumps(without_nulls(row), _plain, PLAIN)
    except (TypeError, RecursionError) as error:
        # Of an object that it was handed to translate, orjson says only that it could not; why stands in the cause.
        words = str(error.__cause__ or error)
        reason = "lone-surrogate" if "surrogate" in words else "no-json"
        raise Unwritable(reason, words or type(error).__name__) from error


def line_or_nothing(row: object) -> bytes:
    """The same, and empty for a row that JSON cannot say."""
    try:
        return line_of(row)
    except Unwritable:
        return b""


def without_nulls(value: Any) -> Any:
    """The value without the keys of objects that hold None, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [without_nulls(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Told:
    """One row on its way into a block: its place, and its line of JSON (empty: a blank line), or the reason why there is none."""

    row: int
    offset: int = 0
    length: int = 0
    line: bytes = b""
    reason: str = ""
    detail: str = ""


def told(row: int, value: object, offset: int = 0, length: int = 0, *, limit: int = ROW_LIMIT) -> Told:
    """The row as its line, or as the reason why it has none; one over `limit` bytes is not looked at."""
    try:
        line = line_of(value)
    except Unwritable as error:
        return Told(row, offset, length, reason=error.reason, detail=error.detail)
    if len(line) > limit:
        return Told(row, offset, length, reason="too-long", detail=f"the row is longer than the limit of {limit:,} bytes")
    return Told(row, offset, length, line)


def named_twice(names: Sequence[str]) -> str | None:
    """The first of these names of columns that comes again, if any does."""
    if len(set(names)) == len(names):
        return None
    counted = Counter(names)
    return next(name for name in names if counted[name] > 1)


def gathered(name: str, rows: Iterable[Told], size: int = BLOCK_SIZE) -> Iterator[Block]:
    """Rows in order as blocks of about `size` bytes; each that has no line is an empty block of its own.

    Lines are put together at once: a line by itself keeps the buffer of several kilobytes in which it was written.
    """
    data, first = bytearray(), Told(0)
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
        first = first if offsets else Told(one.row, one.offset)
        data += one.line
        data += b"\n"
        offsets.append(one.offset)
    if offsets:
        yield _block(name, first, data, offsets)


def _block(name: str, first: Told, data: bytearray, offsets: list[int]) -> Block:
    return Block(name, first.row, first.offset, len(data), bytes(data), offsets=tuple(offsets))


@dataclass(frozen=True, slots=True)
class Objects:
    """A source of rows in memory: counted from 1, and without byte offsets."""

    rows: Iterable[object]
    name: str = NAME
    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT

    def blocks(self) -> Iterator[Block]:
        """Blocks of canonical JSON."""
        rows = (told(row, value, limit=self.row_limit) for row, value in enumerate(self.rows, 1))
        yield from gathered(self.name, rows, self.block_size)


def _plain(value: object) -> object:
    """What stands for a value that JSON does not know; pictures and sounds are bytes, and have no words."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": blake2b(value, digest_size=16).hexdigest()}
    if isinstance(value, SPOKEN):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} is no JSON")
