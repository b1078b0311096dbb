"""Split the bytes of an input into blocks of whole lines, with row numbers and byte offsets. Only a line feed ends a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.streams import InputStream, open_stream

BLOCK_ROWS = 1 << 16  # An unreadable row takes half a kilobyte of memory and may be a single byte in the file.
BOM = b"\xef\xbb\xbf"
SMALLEST = 16  # the first chunk must have room for a byte order mark


@contextmanager
def open_chunks(
    path: str, limits: ReadLimits, stdin: BinaryIO | None = None, place: str = ""
) -> Iterator[tuple[InputStream, Iterator[bytes]] | Block]:
    """Open an input and yield its stream with its unpacked text in chunks, or a block with the reason why it cannot be opened.

    The data are at `place`, if given, and else under the name `path`.
    """
    try:
        stream = open_stream(path, place, limits.readings, stdin)
    except OSError as error:
        yield make_unreadable_block(Origin(path, 0, 0), "unreadable-file", error.strerror or str(error))
        return
    try:
        yield stream, stream.chunks(max(limits.block_size, SMALLEST), limits.unpack_limit)
    finally:
        stream.close()


def split_lines(path: str, chunks: Iterator[bytes], row_limit: int, *, inline: bool = True) -> Iterator[Block]:
    """Yield blocks of whole lines; with `inline=False` they carry no data. Memory is bounded by `row_limit` bytes."""
    return LineCutter(path, row_limit, inline).cut(chunks)


def describe_too_long(limit: int) -> str:
    """Return the detail for a row of more than `limit` bytes."""
    return f"the row is longer than the limit of {limit:,} bytes"


def load_block(block: Block) -> bytes:
    """Return the bytes of a block. Raises OSError if the file cannot be read any more or has become shorter."""
    if block.data is not None:
        return block.data
    with open(block.file, "rb", buffering=0) as file:
        file.seek(block.offset)
        data = file.read(block.length)
    if len(data) != block.length:
        raise OSError("the file changed while it was being read")
    return data


def make_unreadable_block(origin: Origin, reason: str, detail: str, length: int = 0) -> Block:
    """Return an empty block that reports one unreadable row of `length` bytes at `origin`."""
    return Block(origin.file, origin.row, origin.offset, 0, b"", (Unreadable(origin, reason, detail, length),))


@dataclass(slots=True)
class LineCutter:
    """Splits pieces of bytes at line ends. `row` and `offset` belong to the first row that was not yielded yet.

    `held` are pieces of an unfinished line, `holding` is their size, and `skipped` the number of dropped bytes of a line over the limit.
    """

    file: str
    limit: int
    inline: bool
    row: int = 1
    offset: int = 0
    held: list[bytes] = field(default_factory=list)
    holding: int = 0
    skipped: int = 0

    def cut(self, chunks: Iterator[bytes]) -> Iterator[Block]:
        """Yield blocks of whole lines. The last line needs no line feed, but of a damaged stream the partial last line is unreadable."""
        try:
            first = next(chunks, b"")
            yield from self.feed(self.skip_bom(first))
            for chunk in chunks:
                yield from self.feed(chunk)
        except BrokenStream as error:
            yield make_unreadable_block(Origin(self.file, self.row, self.offset), error.reason, error.detail, self.holding + self.skipped)
            return
        if self.skipped:
            yield self._too_long(self.skipped)
        elif self.held:
            yield from self._whole(b"".join(self.held))

    def skip_bom(self, first: bytes) -> bytes:
        """Return the first chunk without a byte order mark, and count its bytes."""
        if not first.startswith(BOM):
            return first
        self.offset = len(BOM)
        return first[len(BOM) :]

    def feed(self, chunk: bytes) -> Iterator[Block]:
        """Yield the blocks that end in this chunk, and keep the rest of it for the next chunk."""
        # The pieces of a line over the limit are dropped; only its length is kept until its line feed.
        if self.skipped:
            end = chunk.find(b"\n") + 1
            self.skipped += end or len(chunk)
            if not end:
                return
            yield self._too_long(self.skipped)
            chunk = chunk[end:]
        end = chunk.rfind(b"\n") + 1
        if end:
            yield from self._whole(b"".join((*self.held, chunk[:end])) if self.held else chunk[:end])
            self.held, self.holding = [], 0
        if end < len(chunk):
            self.held.append(chunk[end:])
            self.holding += len(chunk) - end
        if self.holding > self.limit:
            self.held, self.holding, self.skipped = [], 0, self.holding

    def _whole(self, data: bytes) -> Iterator[Block]:
        """Yield these whole lines as one block; as several if there are very many lines or lines over the limit."""
        # numpy finds all line feeds at once. The slow path splits at lines over the limit and after every BLOCK_ROWS lines.
        newlines = np.frombuffer(data, np.uint8) == ord("\n")
        rows = int(np.count_nonzero(newlines))
        if len(data) <= self.limit + 1 and rows <= BLOCK_ROWS:
            yield self._block(data, rows)
            return
        ends = np.append(np.flatnonzero(newlines) + 1, len(data))
        starts = np.append(0, ends[:-1])
        done = 0
        for row in [*np.flatnonzero(ends[:rows] - starts[:rows] > self.limit + 1).tolist(), rows]:
            for first in range(done, row, BLOCK_ROWS):
                last = min(first + BLOCK_ROWS, row)
                yield self._block(data[starts[first] : starts[last]], last - first)
            if row < rows:
                yield self._too_long(int(ends[row] - starts[row]))
            done = row + 1

    def _block(self, data: bytes, rows: int) -> Block:
        """Return the block of these lines and advance row and offset."""
        block = Block(self.file, self.row, self.offset, len(data), data if self.inline else None)
        self.row += rows
        self.offset += len(data)
        return block

    def _too_long(self, length: int) -> Block:
        """Return the entry of a line over the limit and advance row and offset."""
        block = make_unreadable_block(Origin(self.file, self.row, self.offset), "too-long", describe_too_long(self.limit), length)
        self.row += 1
        self.offset += length
        self.skipped = 0
        return block
