"""Read one input as pieces of UTF-8 text of bounded size, decompressed and decoded."""

import io
import os
import stat
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from leakguard.core.store_address import find_address
from leakguard.readers.files.archives import MemberFile, open_member, split_member
from leakguard.readers.files.compression import READ_SIZE, BrokenStream, decompress, detect_compression
from leakguard.readers.files.encodings import FileEncoding, decode_pieces, detect_encoding
from leakguard.readers.files.limits import UNPACK_LIMIT
from leakguard.readers.files.pipes import open_pipe, refuse_endless
from leakguard.readers.files.readings import FileReading, Readings
from leakguard.readers.files.remote_files import RemoteFile
from leakguard.readers.files.signatures import PARQUET, explain_unread, match_signature
from leakguard.readers.files.stores import open_input

HEAD = 16
TAIL = 1 << 12
WINDOW = 1 << 16
"""How many bytes `peek` reads to detect a format."""


class InputStream:
    """One open input. `plain`: it is a regular file whose bytes are its text. `encoding` is its compression and character encoding.

    The character encoding of compressed data is known after the first chunk was read.
    """

    def __init__(
        self, path: str, stdin: BinaryIO | None = None, reading: FileReading | None = None, member: MemberFile | None = None
    ) -> None:
        """Open `path`, or read `member` in its place; `reading` records what is read.

        Raises OSError if the input cannot be opened or its format is not read from a stream.
        """
        # The first HEAD bytes decide compression, encoding and format; they are prepended again when the data are read.
        self._owned = path != "-"
        self._file: Any
        self._file, begun = (member, b"") if member else _open(path) if self._owned else (stdin or sys.stdin.buffer, b"")
        self._reading, self._member = reading, member
        try:
            remote = isinstance(self._file, RemoteFile)
            regular = self._owned and not member and not remote and stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
            if not regular and not remote:
                _refuse_endless(self._file)
            self._head = begun + self._file.read(HEAD - len(begun))
            packing = detect_compression(path, self._head)
            self.encoding = FileEncoding(packing) if packing else FileEncoding("", *detect_encoding(self._head))
            self.plain = regular and not self.encoding
            if not packing:
                _refuse_unread(self._head)
        except (OSError, BrokenStream) as error:
            self.close()
            if reading:
                reading.note(self._head)
            raise error if isinstance(error, OSError) else OSError(error.detail) from error

    def chunks(self, size: int, unpack_limit: int = UNPACK_LIMIT) -> Iterator[bytes]:
        """Yield the text of the input in pieces of about `size` bytes.

        Raises BrokenStream after the last good piece, and if more than `unpack_limit` bytes are unpacked.
        """
        try:
            if self.plain:
                yield from self._noted(_aligned(self._file, size, self._head))
            elif self.encoding.compression:
                unpacked = _limited(decompress(self.encoding.compression, self._raw(READ_SIZE, unpack_limit)), unpack_limit)
                yield from self._decoded(_gather(unpacked, size))
            else:
                raw = self._raw(size, unpack_limit)
                yield from self._decoded(_gather(raw, size) if self._member else raw)
        except OSError as error:
            raise BrokenStream("unreadable-file", error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the file; standard input belongs to the caller and stays open."""
        if self._owned:
            self._file.close()

    def _raw(self, size: int, unpack_limit: int) -> Iterator[bytes]:
        """Yield the bytes as they are stored."""
        pieces = chain([self._head], iter(lambda: self._file.read(size) or b"", b""))
        return _limited(pieces, unpack_limit) if self._member else self._noted(pieces)

    def _noted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces and record them, if a record is kept."""
        return self._reading.hash_pieces(pieces) if self._reading else pieces

    def _decoded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces in UTF-8. The first one has at least HEAD bytes, unless the data are shorter."""
        first = next(pieces, b"")
        self.encoding = FileEncoding(self.encoding.compression, *detect_encoding(first))
        whole = chain([first], pieces)
        return decode_pieces(self.encoding.encoding, whole) if self.encoding.encoding else whole


def open_stream(name: str, place: str = "", readings: Readings | None = None, stdin: BinaryIO | None = None) -> InputStream:
    """Open an input whose data are at `place`, or else under its name: a file, or a member of an archive. Raises OSError."""
    if found := split_member(place or name):
        return InputStream(place or name, member=open_member(*found, name, readings))
    return InputStream(place or name, stdin, readings.start(name) if readings else None)


def _open(path: str) -> tuple[BinaryIO | io.RawIOBase, bytes]:
    """Open a file; return it with the bytes that had to be read to open it (of a pipe)."""
    if find_address(path):
        return open_input(path), b""
    if stat.S_ISFIFO(os.stat(path).st_mode):
        return open_pipe(path)
    # Regular files are read in large pieces without a buffer; a device may return less than was asked for, which a buffer hides.
    return open(path, "rb", buffering=0 if os.path.isfile(path) else -1), b""


def _refuse_endless(file: BinaryIO | io.FileIO) -> None:
    """Raise OSError for a device without an end."""
    try:
        handle = file.fileno()
    except (OSError, AttributeError):
        # Standard input without a file descriptor, such as bytes in memory.
        return
    refuse_endless(handle)


def _refuse_unread(head: bytes) -> None:
    """Raise OSError for data of a format that is not read from a stream."""
    found = match_signature(head)
    if found == PARQUET:
        raise OSError("Parquet is read from a file, not from a stream: give the file's name")
    if why := explain_unread(found):
        raise OSError(why)


def _aligned(file: BinaryIO | io.FileIO, size: int, head: bytes) -> Iterator[bytes]:
    """Yield reads of a regular file that end with a line feed where one is near, so that a block of whole lines needs no copy.

    Raises OSError if the file no longer begins with `head`, from which its format was detected.
    """
    # The last TAIL bytes of each piece are read first, to find its last line feed; then the piece is read up to there.
    at, tail = 0, min(TAIL, size)
    while True:
        file.seek(at + size - tail)
        end = file.read(tail).rfind(b"\n") + 1
        file.seek(at)
        data = file.read(size - tail + end if end else size)
        if at == 0 and data[:HEAD] != head[: len(data)]:
            raise OSError("the file changed while it was being read")
        if not data:
            return
        at += len(data)
        yield data


def _gather(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the bytes of other pieces in pieces of `size`. If the stream breaks, the bytes collected so far are yielded first."""
    held = bytearray()
    try:
        for piece in pieces:
            held += piece
            while len(held) >= size:
                yield bytes(held[:size])
                del held[:size]
    except (BrokenStream, OSError):
        yield bytes(held)
        raise
    yield bytes(held)


def _limited(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield at most `most` bytes, and raise BrokenStream if there are more: a small file can unpack to more than memory or disk."""
    left = most
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            raise BrokenStream("too-large", f"it unpacks to more than the limit of {most:,} bytes (unpack-limit)")
        left -= len(piece)
        yield piece


def peek(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], tuple[bytes, bool]]:
    """Return the same chunks, and their first WINDOW bytes or so with whether the data end there.

    A BrokenStream in these bytes is raised later, when the returned chunks are read.
    """
    taken: list[bytes] = []
    size, broken = 0, None
    try:
        while size < WINDOW and (chunk := next(chunks, b"")):
            taken.append(chunk)
            size += len(chunk)
    except BrokenStream as error:
        broken = error
    head = b"".join(taken) if size < WINDOW else b"".join(taken)[:WINDOW]
    return _replay(taken, chunks, broken), (head, size < WINDOW and not broken)


def _replay(taken: list[bytes], chunks: Iterator[bytes], broken: BrokenStream | None) -> Iterator[bytes]:
    """Yield the peeked chunks, then the rest; raise the error that was met while peeking."""
    yield from taken
    taken.clear()
    if broken:
        raise broken
    yield from chunks
