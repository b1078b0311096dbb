"""Inputs cut into blocks of whole lines, with row numbers and byte offsets; only a line feed ends a row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.io.readings import Readings
from leakguard.io.streams import UNPACK_LIMIT, Stream, open_stream
from leakguard.io.unpacking import BrokenStream

if TYPE_CHECKING:
    from leakguard.io.formats import Limits

# Parsing alone likes a quarter of a megabyte (it fits the cache), arrays like more rows at once: two megabytes are best for both.
BLOCK_SIZE = 1 << 21
BLOCK_ROWS = 1 << 16  # What nobody can read takes half a kilobyte of memory a row, and a row may be a byte.
ROW_LIMIT = 16 << 20
BOM = b"\xef\xbb\xbf"
SMALLEST = 16  # the first piece must be able to hold a byte order mark


@dataclass(frozen=True, slots=True)
class Files:
    """The inputs of a scan as one source of blocks, file after file."""

    paths: tuple[str, ...]
    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT
    inline: bool = True
    spool: str | None = None
    """A file that standard input was copied into, for it can be read only once."""
    unpack_limit: int = UNPACK_LIMIT
    unread: Mapping[str, str] = field(default_factory=dict)
    """Why some of the paths are not to be read: each counts as one unreadable row."""
    readings: Readings | None = None
    """Where all that is read is noted. Then blocks hold their data: what is read later, elsewhere, would not be noted."""

    def blocks(self) -> Iterator[Block]:
        """Every block of every file, in order."""
        limits = {"row_limit": self.row_limit, "unpack_limit": self.unpack_limit}
        inline = self.inline or self.readings is not None
        with open(self.spool, "rb") if self.spool else nullcontext() as stdin:
            for path in self.paths:
                if path in self.unread:
                    yield _broken(Origin(path, 0, 0), "unreadable-file", self.unread[path])
                    continue
                yield from blocks(path, block_size=self.block_size, inline=inline, stdin=stdin, readings=self.readings, **limits)


def blocks(
    path: str,
    *,
    block_size: int = BLOCK_SIZE,
    row_limit: int = ROW_LIMIT,
    inline: bool = True,
    stdin: BinaryIO | None = None,
    unpack_limit: int = UNPACK_LIMIT,
    readings: Readings | None = None,
) -> Iterator[Block]:
    """One input (`-`: `stdin`) as blocks of whole rows of about `block_size` bytes, whatever its format is.

    With `inline=False` the blocks of a plain file of JSON Lines carry no data: whoever gets one calls `load`.
    What cannot be read becomes an Unreadable in `Block.broken` of an empty block, never an exception.
    """
    # Tables are read with the means of this module.
    from leakguard.io.formats import FORMATS, STREAMED, Limits, format_of
    from leakguard.io.sniffing import first_bytes, kind_of, refusal

    limits = Limits(block_size, row_limit, unpack_limit, readings)
    if table := format_of(path):
        if readings:
            readings.taken_for(path, table)
        yield from FORMATS[table](path, limits)
        return
    with opened(path, limits, stdin) as found:
        if isinstance(found, Block):
            yield found
            return
        stream, chunks = found
        chunks, (head, whole) = first_bytes(chunks)
        kind, layout = kind_of(path, head, whole=whole)
        if readings:
            readings.taken_for(path, kind)
        if kind in STREAMED:
            yield from STREAMED[kind](path, chunks, layout, limits)
        elif why := refusal(kind):
            yield _broken(Origin(path, 0, 0), "unreadable-file", why)
        else:
            yield from _Cutter(path, row_limit, inline or not stream.plain).cut(chunks)


@contextmanager
def opened(path: str, limits: "Limits", stdin: BinaryIO | None = None, place: str = "") -> Iterator[tuple[Stream, Iterator[bytes]] | Block]:
    """An input, which lies at `place` if not under its name, and its text in chunks; or the block that says why it cannot be opened."""
    try:
        stream = open_stream(path, place, limits.readings, stdin)
    except OSError as error:
        yield _broken(Origin(path, 0, 0), "unreadable-file", error.strerror or str(error))
        return
    try:
        yield stream, stream.chunks(max(limits.block, SMALLEST), limits.unpacked)
    finally:
        stream.close()


def cut_lines(path: str, chunks: Iterator[bytes], row_limit: int) -> Iterator[Block]:
    """The chunks as blocks of whole lines, whatever they hold; memory is bounded by `row_limit`."""
    return _Cutter(path, row_limit, True).cut(chunks)


def over(limit: int) -> str:
    """What is wrong with a row of more than `limit` bytes."""
    return f"the row is longer than the limit of {limit:,} bytes"


def load(block: Block) -> bytes:
    """The bytes of a block; raises OSError if the file cannot be read any more or has become shorter."""
    if block.data is not None:
        return block.data
    with open(block.file, "rb", buffering=0) as file:
        file.seek(block.offset)
        data = file.read(block.length)
    if len(data) != block.length:
        raise OSError("the file changed while it was being read")
    return data


class Extents:
    """Reads stretches of inputs, unpacked; those of one file in rising order, so that it is gone through once."""

    def __init__(self, places: Mapping[str, str], readings: Readings | None = None) -> None:
        """`places` says where an input lies that does not lie under its name; `readings` notes what is read."""
        self._places, self._readings = places, readings
        self._file = ""
        self._at = 0
        self._held = b""
        self._chunks: Iterator[bytes] = iter(())
        self._stream: Stream | None = None

    def read(self, path: str, offset: int, length: int, end: bytes = b"\n") -> Iterator[bytes]:
        """Bytes `offset` to `offset + length` in pieces, ended by `end`; raises OSError where the file is not what it was."""
        if path != self._file:
            self._open(path)
        last = end
        while length > 0:
            if not self._held:
                self._held = next(self._chunks, b"")
                if not self._held:
                    raise OSError(f"{path} changed while it was being read")
            skipped = min(max(offset - self._at, 0), len(self._held))
            piece = self._held[skipped : skipped + length] if self._at + skipped >= offset else b""
            self._at += skipped + len(piece)
            self._held = self._held[skipped + len(piece) :]
            offset, length = max(offset, self._at), length - len(piece)
            if piece:
                last = piece[-1:]
                yield piece
        if last != end and end:
            yield end

    def _open(self, path: str) -> None:
        if self._stream:
            self._stream.close()
        self._stream = open_stream(path, self._places.get(path, path), self._readings)
        self._file, self._at, self._held, self._chunks = path, 0, b"", _unbroken(self._stream.chunks(BLOCK_SIZE))


def _unbroken(chunks: Iterator[bytes]) -> Iterator[bytes]:
    with suppress(BrokenStream):
        yield from chunks


def _broken(origin: Origin, reason: str, detail: str, length: int = 0) -> Block:
    return Block(origin.file, origin.row, origin.offset, 0, b"", (Unreadable(origin, reason, detail, length),))


@dataclass(slots=True)
class _Cutter:
    """Cuts pieces of bytes at line ends. `row` and `offset` are those of the first row that has not been handed out."""

    file: str
    limit: int
    inline: bool
    row: int = 1
    offset: int = 0
    held: list[bytes] = field(default_factory=list)
    holding: int = 0
    skipped: int = 0

    def cut(self, chunks: Iterator[bytes]) -> Iterator[Block]:
        """Blocks of whole lines; the last line needs no line feed, but a stream that breaks off takes its partial line along."""
        try:
            first = next(chunks, b"")
            yield from self._feed(self._without_bom(first))
            for chunk in chunks:
                yield from self._feed(chunk)
        except BrokenStream as error:
            yield _broken(Origin(self.file, self.row, self.offset), error.reason, error.detail, self.holding + self.skipped)
            return
        if self.skipped:
            yield self._too_long(self.skipped)
        elif self.held:
            yield from self._whole(b"".join(self.held))

    def _without_bom(self, first: bytes) -> bytes:
        if not first.startswith(BOM):
            return first
        self.offset = len(BOM)
        return first[len(BOM) :]

    def _feed(self, chunk: bytes) -> Iterator[Block]:
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
        """The block of these whole lines; several of very many lines, and what is left of it between rows over the limit."""
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
        block = Block(self.file, self.row, self.offset, len(data), data if self.inline else None)
        self.row += rows
        self.offset += len(data)
        return block

    def _too_long(self, length: int) -> Block:
        block = _broken(Origin(self.file, self.row, self.offset), "too-long", over(self.limit), length)
        self.row += 1
        self.offset += length
        self.skipped = 0
        return block
