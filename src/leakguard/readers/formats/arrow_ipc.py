"""Arrow's own format (streams, files, Feather 2): messages one after the other, read in bounded memory from any source of bytes.

A file is a stream between two marks, with a footer that says where its batches lie. So both are read from the start, and the footer must
name the batches that were read: another reader goes by it. How large a message is stands in its head, which is read before its body
(https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc).
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from leakguard.core.batch import Block
from leakguard.core.errors import reason_of
from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.arrow_batches import (
    EXTRA,
    ArrowPart,
    check_column_names,
    convert_parts,
    make_unreadable_file,
    make_unreadable_rows,
    split_batch,
)
from leakguard.readers.formats.row_lines import build_blocks

if TYPE_CHECKING:
    import pyarrow

MARK = b"ARROW1"
_HEADER = 8
_CONTINUED = b"\xff\xff\xff\xff"
_METADATA_MOST = 256 << 20
_BATCH_ROWS = 64
"""A batch may hold as many times the limit of a row."""
_DICTIONARY, _BATCH = 2, 3
_CODECS = {0: "lz4", 1: "zstd"}
_BLOCK = struct.Struct("<qi4xq")


class BadMessageError(ValueError):
    """Bytes that are no message of Arrow."""


def read_arrow(path: str, chunks: Iterator[bytes], limits: ReadLimits) -> Iterator[Block]:
    """Blocks of JSON lines, one for each row, counted from 1; there are no byte offsets."""
    yield from build_blocks(path, convert_parts(read_arrow_parts(MessageStream(chunks, limits)), limits), limits.block_size)


def read_arrow_parts(messages: "MessageStream") -> Iterator[ArrowPart]:
    """All rows in order, and what of them cannot be read."""
    try:
        from pyarrow import ArrowException, PythonFile, ipc
    except ImportError:
        yield make_unreadable_file(f"Arrow {EXTRA}")
        return
    row = 0
    try:
        with ipc.open_stream(PythonFile(messages, mode="r")) as reader:
            if flaw := check_column_names(reader.schema.names):
                yield flaw
                return
            messages.schema = reader.schema
            while True:
                batch = next(reader, None)
                for rows, detail in messages.take_skipped():
                    yield make_unreadable_rows(row, rows, "too-large", detail)
                    row += rows
                if batch is None:
                    break
                yield from split_batch(batch, row)
                row += batch.num_rows
        messages.check_end()
    except BrokenStream as error:
        yield make_unreadable_rows(row, 0, error.reason, error.detail)
    except (ArrowException, OSError, ValueError, MemoryError, struct.error) as error:
        broken = messages.broken
        reason, detail = (broken.reason, broken.detail) if broken else ("corrupt", f"Arrow: {reason_of(error)}; what follows was not read")
        yield make_unreadable_rows(row, 0, reason, detail) if row or messages.batches else make_unreadable_file(detail)


@dataclass(slots=True)
class _Head:
    """What the head of a message says: its kind, the rows of a batch, the bytes of its body, and where its buffers lie in it."""

    kind: int
    rows: int
    body: int
    buffers: list[tuple[int, int]]
    codec: str


class MessageStream(io.RawIOBase):
    """A source of bytes as a stream of messages, each checked before its body is handed out; batches that are too large are left out.

    `schema` are the columns, once they were read; `file` says that the stream is the inside of a file; `codec` is the compression of
    its batches; `batches` is how many were read.
    """

    def __init__(self, chunks: Iterator[bytes], limits: ReadLimits) -> None:
        super().__init__()
        self.file, self.codec, self.batches = False, "", 0
        self.schema: pyarrow.Schema | None = None
        self.broken: BrokenStream | None = None
        self._chunks, self._most, self._limit = chunks, _BATCH_ROWS * limits.row_limit, limits.row_limit
        self._held = bytearray()
        self._ready = memoryview(b"")
        self._places: list[int] = []
        self._lost: list[tuple[int, str]] = []
        self._at = 0
        self._begun = self._ended = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes of the next message; none behind the last."""
        if not self._ready and not self._ended:
            self._ready = memoryview(self._next())
        piece = self._ready[: size if size is not None and size >= 0 else None]
        self._ready = self._ready[len(piece) :]
        return bytes(piece)

    def take_skipped(self) -> list[tuple[int, str]]:
        """Rows of batches that were left out since the last call, and why."""
        found, self._lost = self._lost, []
        return found

    def check_end(self) -> None:
        """Raise BadMessage where something stands behind the end of a stream, or where the footer of a file names other batches."""
        rest = bytearray()
        for piece in chain([bytes(self._held)], self._chunks):
            rest += piece
            if len(rest) > _METADATA_MOST:
                raise BadMessageError("there are more data behind its end")
        if not self.file:
            if rest:
                raise BadMessageError(f"{len(rest):,} bytes behind its end were not read")
            return
        size = int.from_bytes(rest[-10:-6], "little") if len(rest) >= 10 else -1
        if not rest.endswith(MARK) or size != len(rest) - 10:
            raise BrokenStream("truncated", "Arrow: the file has no footer")
        if _batches_in(bytes(rest[:size])) != self._places:
            raise BadMessageError("its footer names other batches than the file holds")

    def _next(self) -> bytes:
        """The next message with its body; an empty one at the end."""
        try:
            if not self._begun:
                self._begin()
            while True:
                place = self._at
                head = self._exactly(_HEADER)
                size = int.from_bytes(head[4:], "little", signed=True)
                if head[:4] != _CONTINUED or not 0 <= size <= _METADATA_MOST:
                    raise BadMessageError("a message has no head")
                if not size:
                    self._ended = True
                    return head
                metadata = self._exactly(size)
                message = _head(metadata)
                if found := self._body(message):
                    self._places += [place] if message.kind == _BATCH else []
                    return b"".join((head, metadata, found[0]))
                self._places.append(place)
        except BrokenStream as error:
            self.broken = error
            raise OSError(error.detail) from error

    def _begin(self) -> None:
        self._begun = True
        self._fill(_HEADER)
        if self._held.startswith(MARK):
            self.file = True
            self._exactly(_HEADER)

    def _body(self, message: _Head) -> tuple[bytes] | None:
        """The body of a message; None for a batch that is too large, which is passed over."""
        size = max(message.body, 8 * message.rows)
        body = self._exactly(message.body) if size <= self._most else b""
        if body and message.codec:
            self.codec = message.codec
            size = max(size, sum(_unpacked(body, at, length) for at, length in message.buffers if length))
        if size <= self._most:
            self.batches += message.kind == _BATCH
            return (body,)
        words = f"{size:,} bytes, more than {_BATCH_ROWS} times the limit of {self._limit:,} bytes a row (--row-limit)"
        if message.kind != _BATCH:
            raise BrokenStream("too-large", f"Arrow: a dictionary has {words}; what follows was not read")
        self._lost.append((message.rows, f"a batch has {words}; its {message.rows:,} rows could not be read"))
        self._skip(message.body if not body else 0)
        return None

    def _exactly(self, size: int) -> bytes:
        self._fill(size)
        if len(self._held) < size:
            raise BrokenStream("truncated", "Arrow: the data end inside a message" if self._held else "Arrow: the data have no end mark")
        found = bytes(self._held[:size])
        del self._held[:size]
        self._at += size
        return found

    def _fill(self, size: int) -> None:
        while len(self._held) < size and (chunk := next(self._chunks, b"")):
            self._held += chunk

    def _skip(self, size: int) -> None:
        while size:
            self._fill(1)
            size -= len(self._exactly(min(size, max(len(self._held), 1))))


def _head(metadata: bytes) -> _Head:
    """The head of a message, a table of FlatBuffers."""
    message = _Table(metadata, int.from_bytes(metadata[:4], "little"))
    kind, body = message.number(1, "<B"), message.number(3, "<q")
    batch = message.table(2)
    if body < 0:
        raise BadMessageError("a body has no size")
    if kind == _DICTIONARY and batch:
        batch = batch.table(1)
    if kind not in (_DICTIONARY, _BATCH) or not batch:
        return _Head(kind, 0, body, [], "")
    codec = batch.table(3)
    rows = batch.number(0, "<q")
    if rows < 0:
        raise BadMessageError("a batch has no number of rows")
    return _Head(kind, rows, body, batch.pairs(2), _CODECS.get(codec.number(0, "<B"), "") if codec else "")


def _unpacked(body: bytes, at: int, length: int) -> int:
    """How many bytes a compressed buffer unpacks to, as its first eight bytes say; -1 stands for one that is not compressed."""
    if length < 8 or at < 0 or at + length > len(body):
        raise BadMessageError("a buffer lies outside of its message")
    size = int.from_bytes(body[at : at + 8], "little", signed=True)
    return length if size == -1 else max(size, 0)


def _batches_in(footer: bytes) -> list[int]:
    """Where the batches of a file lie, as its footer says."""
    found = _Table(footer, int.from_bytes(footer[:4], "little"))
    at, count = found.vector(3)
    return [_BLOCK.unpack_from(footer, at + number * _BLOCK.size)[0] for number in range(count)]


class _Table:
    """A table of FlatBuffers: fields by number, found over an index that stands in front. Raises struct.error outside of the data."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._index = at - self._read("<i", at)

    def number(self, field: int, form: str) -> int:
        """A number; 0 if it is not there."""
        at = self._place(field)
        return self._read(form, at) if at else 0

    def table(self, field: int) -> "_Table | None":
        """A table inside; None if it is not there."""
        at = self._place(field)
        return _Table(self._data, at + self._read("<I", at)) if at else None

    def vector(self, field: int) -> tuple[int, int]:
        """Where the elements of a vector begin, and how many there are."""
        at = self._place(field)
        if not at:
            return 0, 0
        start = at + self._read("<I", at)
        return start + 4, self._read("<I", start)

    def pairs(self, field: int) -> list[tuple[int, int]]:
        """A vector of pairs of numbers."""
        at, count = self.vector(field)
        return [struct.unpack_from("<qq", self._data, at + 16 * number) for number in range(count)]

    def _place(self, field: int) -> int:
        size = self._read("<H", self._index)
        offset = self._read("<H", self._index + 4 + 2 * field) if 4 + 2 * field < size else 0
        return self._at + offset if offset else 0

    def _read(self, form: str, at: int) -> int:
        if at < 0:
            raise BadMessageError("a message points outside of itself")
        found: tuple[Any, ...] = struct.unpack_from(form, self._data, at)
        return int(found[0])
