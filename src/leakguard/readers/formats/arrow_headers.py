"""Parse the headers of Arrow IPC messages, which are FlatBuffers tables: sizes and positions, before any data are read."""

import struct
from dataclasses import dataclass
from typing import Any

DICTIONARY, BATCH = 2, 3
"""Kinds of messages that have a batch."""
_CODECS = {0: "lz4", 1: "zstd"}
_BLOCK = struct.Struct("<qi4xq")


class BadMessageError(ValueError):
    """Bytes that are not a valid Arrow message."""


@dataclass(slots=True)
class MessageHeader:
    """The header of a message: its kind, the rows of a batch, the bytes of its body, the ranges of its buffers, and its compression."""

    kind: int
    rows: int
    body: int
    buffers: list[tuple[int, int]]
    codec: str


def parse_header(metadata: bytes) -> MessageHeader:
    """Parse the header of a message, which is a FlatBuffers table."""
    # Field numbers are those of Message.fbs and Schema.fbs of Arrow.
    message = _Table(metadata, int.from_bytes(metadata[:4], "little"))
    kind, body = message.number(1, "<B"), message.number(3, "<q")
    batch = message.table(2)
    if body < 0:
        raise BadMessageError("a body has no size")
    if kind == DICTIONARY and batch:
        batch = batch.table(1)
    if kind not in (DICTIONARY, BATCH) or not batch:
        return MessageHeader(kind, 0, body, [], "")
    codec = batch.table(3)
    rows = batch.number(0, "<q")
    if rows < 0:
        raise BadMessageError("a batch has no number of rows")
    return MessageHeader(kind, rows, body, batch.pairs(2), _CODECS.get(codec.number(0, "<B"), "") if codec else "")


def get_unpacked_size(body: bytes, at: int, length: int) -> int:
    """Return the unpacked size of a compressed buffer, which is in its first eight bytes; -1 there means that it is not compressed."""
    if length < 8 or at < 0 or at + length > len(body):
        raise BadMessageError("a buffer is outside of its message")
    size = int.from_bytes(body[at : at + 8], "little", signed=True)
    return length if size == -1 else max(size, 0)


def list_batches(footer: bytes) -> list[int]:
    """Return the offsets of the batches that the footer of a file lists."""
    found = _Table(footer, int.from_bytes(footer[:4], "little"))
    at, count = found.vector(3)
    return [_BLOCK.unpack_from(footer, at + number * _BLOCK.size)[0] for number in range(count)]


class _Table:
    """A FlatBuffers table: fields by number, located through its vtable. Raises struct.error for positions outside of the data."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._index = at - self._read("<i", at)

    def number(self, field: int, form: str) -> int:
        """Return a number; 0 if the field is missing."""
        at = self._place(field)
        return self._read(form, at) if at else 0

    def table(self, field: int) -> "_Table | None":
        """Return an inner table; None if the field is missing."""
        at = self._place(field)
        return _Table(self._data, at + self._read("<I", at)) if at else None

    def vector(self, field: int) -> tuple[int, int]:
        """Return the offset of the first element of a vector, and the number of elements."""
        at = self._place(field)
        if not at:
            return 0, 0
        start = at + self._read("<I", at)
        return start + 4, self._read("<I", start)

    def pairs(self, field: int) -> list[tuple[int, int]]:
        """Return a vector of pairs of 64-bit integers."""
        at, count = self.vector(field)
        return [struct.unpack_from("<qq", self._data, at + 16 * number) for number in range(count)]

    def _place(self, field: int) -> int:
        """Return the offset of a field; 0 if it is missing."""
        size = self._read("<H", self._index)
        offset = self._read("<H", self._index + 4 + 2 * field) if 4 + 2 * field < size else 0
        return self._at + offset if offset else 0

    def _read(self, form: str, at: int) -> int:
        """Unpack one value at an offset."""
        if at < 0:
            raise BadMessageError("a message points outside of itself")
        found: tuple[Any, ...] = struct.unpack_from(form, self._data, at)
        return int(found[0])
