"""Rows that are objects in memory, not lines of a file: each becomes a line of canonical JSON, or unreadable with the reason."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from pathlib import PurePath
from typing import Any
from uuid import UUID

import orjson

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.io.sources import BLOCK_SIZE, ROW_LIMIT

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


def without_nulls(value: Any) -> Any:
    """The value without the keys of objects that hold None, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [without_nulls(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Objects:
    """A source of rows in memory; row numbers count from `first`, and there are no byte offsets."""

    rows: Iterable[object]
    name: str = NAME
    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT
    first: int = 1

    def blocks(self) -> Iterator[Block]:
        """Blocks of about `block_size` bytes of canonical JSON."""
        lines: list[bytes] = []
        size, start = 0, self.first
        for row, value in enumerate(self.rows, self.first):
            try:
                line = _short(line_of(value), self.row_limit)
            except Unwritable as error:
                yield from _block(self.name, start, lines)
                yield broken(self.name, row, error.reason, error.detail)
                lines, size, start = [], 0, row + 1
                continue
            lines.append(line)
            size += len(line) + 1
            if size >= self.block_size:
                yield from _block(self.name, start, lines)
                lines, size, start = [], 0, row + 1
        yield from _block(self.name, start, lines)


def broken(name: str, row: int, reason: str, detail: str) -> Block:
    """An empty block that stands for one row that nobody can read."""
    return Block(name, row, 0, 0, b"", (Unreadable(Origin(name, row, 0), reason, detail),))


def _short(line: bytes, limit: int) -> bytes:
    if len(line) > limit:
        raise Unwritable("too-long", f"the row is longer than the limit of {limit:,} bytes")
    return line


def _block(name: str, start: int, lines: list[bytes]) -> Iterator[Block]:
    if lines:
        data = b"\n".join(lines) + b"\n"
        yield Block(name, start, 0, len(data), data)


def _plain(value: object) -> object:
    """What stands for a value that JSON does not know; pictures and sounds are bytes, and have no words."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": blake2b(value, digest_size=16).hexdigest()}
    if isinstance(value, SPOKEN):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} is no JSON")
