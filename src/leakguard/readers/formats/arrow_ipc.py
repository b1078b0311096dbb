"""Read Arrow IPC streams and files (Feather 2) in bounded memory, from any source of bytes.

A file is a stream between two marks, with a footer that lists its batches. Both are read from the start; the footer must list the
batches that were read, because other readers use it. The size of a message is in its header, which is read before its body
(https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc).
"""

import io
import struct
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from leakguard.core.batch import Block
from leakguard.core.errors import reason_of
from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.arrow_batches import (
    ArrowPart,
    check_column_names,
    convert_parts,
    describe_missing,
    make_unreadable_file,
    make_unreadable_rows,
    split_batch,
)
from leakguard.readers.formats.arrow_headers import BATCH, BadMessageError, MessageHeader, get_unpacked_size, list_batches, parse_header
from leakguard.readers.formats.row_lines import build_blocks

if TYPE_CHECKING:
    import pyarrow

MARK = b"ARROW1"
_HEADER = 8
_CONTINUED = b"\xff\xff\xff\xff"
_METADATA_MOST = 256 << 20
_BATCH_ROWS = 64
"""The size limit of a batch, in multiples of the row limit."""


def read_arrow(path: str, chunks: Iterator[bytes], limits: ReadLimits) -> Iterator[Block]:
    """Yield blocks of JSON lines, one line for each row, numbered from 1. There are no byte offsets."""
    yield from build_blocks(path, convert_parts(read_arrow_parts(MessageStream(chunks, limits)), limits), limits.block_size)


def read_arrow_parts(messages: "MessageStream") -> Iterator[ArrowPart]:
    """Yield all rows in order, and entries for the rows that cannot be read."""
    # pyarrow reads from MessageStream, which checks each message first and drops batches that are too large; these are reported
    # before the batch behind them. Any error ends the file: rows behind it cannot be located.
    try:
        from pyarrow import ArrowException, PythonFile, ipc
    except ImportError:
        yield make_unreadable_file(describe_missing("Arrow"))
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
        reason, detail = (broken.reason, broken.detail) if broken else ("corrupt", f"Arrow: {reason_of(error)}; the rest was not read")
        yield make_unreadable_rows(row, 0, reason, detail) if row or messages.batches else make_unreadable_file(detail)


class MessageStream(io.RawIOBase):
    """A file object that passes on Arrow messages, each checked before its body is returned. Batches that are too large are left out.

    `schema` is set by the caller after the columns were read; `file`: the stream is inside an Arrow file; `codec` is the compression of its
    batches; `batches` counts those that were passed on.
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
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Read at most `size` bytes of the current message; b"" after the last one."""
        if not self._ready and not self._ended:
            self._ready = memoryview(self._next())
        piece = self._ready[: size if size is not None and size >= 0 else None]
        self._ready = self._ready[len(piece) :]
        return bytes(piece)

    def take_skipped(self) -> list[tuple[int, str]]:
        """Return and clear the numbers of rows of batches that were left out, with the reasons."""
        found, self._lost = self._lost, []
        return found

    def check_end(self) -> None:
        """Raise BadMessageError if data follow the end of a stream, or if the footer of a file lists other batches.

        Raises BrokenStream for a file without a footer.
        """
        # A file ends with: footer, its size in four bytes, and the mark of six bytes.
        rest = bytearray()
        for piece in chain([bytes(self._held)], self._chunks):
            rest += piece
            if len(rest) > _METADATA_MOST:
                raise BadMessageError("more data follow its end")
        if not self.file:
            if rest:
                raise BadMessageError(f"{len(rest):,} bytes after its end were not read")
            return
        size = int.from_bytes(rest[-10:-6], "little") if len(rest) >= 10 else -1
        if not rest.endswith(MARK) or size != len(rest) - 10:
            raise BrokenStream("truncated", "Arrow: the file has no footer")
        if list_batches(bytes(rest[:size])) != self._places:
            raise BadMessageError("its footer lists other batches than the file contains")

    def _next(self) -> bytes:
        """Return the next message with its body, or the end mark."""
        # A message is: a continuation marker, the size of the metadata, the metadata, the body. A size of zero ends the stream.
        try:
            if not self._begun:
                self._begin()
            while True:
                place = self._at
                head = self._take(_HEADER)
                size = int.from_bytes(head[4:], "little", signed=True)
                if head[:4] != _CONTINUED or not 0 <= size <= _METADATA_MOST:
                    raise BadMessageError("a message has no header")
                if not size:
                    self._ended = True
                    return head
                metadata = self._take(size)
                message = parse_header(metadata)
                if found := self._body(message):
                    self._places += [place] if message.kind == BATCH else []
                    return b"".join((head, metadata, found[0]))
                self._places.append(place)
        except BrokenStream as error:
            self.broken = error
            raise OSError(error.detail) from error

    def _begin(self) -> None:
        """Skip the mark and padding at the start of an Arrow file."""
        self._begun = True
        self._fill(_HEADER)
        if self._held.startswith(MARK):
            self.file = True
            self._take(_HEADER)

    def _body(self, message: MessageHeader) -> tuple[bytes] | None:
        """Return the body of a message in a tuple; None for a batch that is too large, which is skipped."""
        # Two checks: the size in the header before the body is read, and the sizes that compressed buffers unpack to afterwards.
        size = max(message.body, 8 * message.rows)
        body = self._take(message.body) if size <= self._most else b""
        if body and message.codec:
            self.codec = message.codec
            size = max(size, sum(get_unpacked_size(body, at, length) for at, length in message.buffers if length))
        if size <= self._most:
            self.batches += message.kind == BATCH
            return (body,)
        words = f"{size:,} bytes, more than {_BATCH_ROWS} times the limit of {self._limit:,} bytes a row (row-limit)"
        if message.kind != BATCH:
            raise BrokenStream("too-large", f"Arrow: a dictionary has {words}; the rest was not read")
        self._lost.append((message.rows, f"a batch has {words}; its {message.rows:,} rows could not be read"))
        self._skip(message.body if not body else 0)
        return None

    def _take(self, size: int) -> bytes:
        """Return the next `size` bytes. Raises BrokenStream if there are fewer."""
        self._fill(size)
        if len(self._held) < size:
            raise BrokenStream("truncated", "Arrow: the data end inside a message" if self._held else "Arrow: the data have no end mark")
        found = bytes(self._held[:size])
        del self._held[:size]
        self._at += size
        return found

    def _fill(self, size: int) -> None:
        """Read chunks until `size` bytes are held or the data end."""
        while len(self._held) < size and (chunk := next(self._chunks, b"")):
            self._held += chunk

    def _skip(self, size: int) -> None:
        """Drop the next `size` bytes."""
        while size:
            self._fill(1)
            size -= len(self._take(min(size, max(len(self._held), 1))))
