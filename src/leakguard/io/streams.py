"""The bytes of one input in pieces of bounded size, unpacked if its content is gzip or zstd; names play no part in that."""

import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from leakguard.io.readings import Reading

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"
FOREIGN = {b"PAR1\x15": "Parquet", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip", b"ARROW1\x00\x00": "Arrow"}
HEAD = 16
READ = 1 << 16
# One kibibyte of zstd can unpack to 32 MiB (a block of 128 KiB takes four bytes): the most that a bomb can make us hold.
SIP = 1 << 10
TAIL = 1 << 12
UNPACK_LIMIT = 256 << 30


class BrokenStream(Exception):
    """The input ends here, too early; what came before has been handed out."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Stream:
    """One open input. `packing` is "gzip", "zstd" or ""; `plain` says that it is a regular file whose bytes stand in it as they are."""

    def __init__(self, path: str, stdin: BinaryIO | None = None, reading: Reading | None = None) -> None:
        """`reading` notes all that is read. Raises OSError, also for a file of another format."""
        self._file: BinaryIO | io.FileIO = (stdin or sys.stdin.buffer) if path == "-" else _open(path)
        self._owned = path != "-"
        regular = self._owned and stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        self._head = self._file.read(HEAD)
        self.packing = _packing(path, self._head)
        self.plain = regular and not self.packing
        self._reading = reading
        if self.packing not in ("", "gzip", "zstd"):
            self.close()
            if reading:
                reading.note(self._head)
            if self.packing == "Parquet":
                raise OSError("Parquet is read from a file, not from a stream: give the file's name")
            raise OSError(f"this is {self.packing} data: only JSON Lines is read, plain, gzip or zstd")

    def chunks(self, size: int, unpack_limit: int = UNPACK_LIMIT) -> Iterator[bytes]:
        """Pieces of at most `size` bytes; raises BrokenStream after the last good one, and where more than the limit is unpacked."""
        try:
            if self.plain:
                yield from self._noted(_aligned(self._file, size, self._head))
            elif self.packing:
                yield from _gather(_limited(self._unpacked(), unpack_limit), size)
            else:
                yield from self._raw(size)
        except OSError as error:
            raise BrokenStream("unreadable-file", error.strerror or str(error)) from error

    def close(self) -> None:
        """Close what was opened here; standard input is the caller's."""
        if self._owned:
            self._file.close()

    def _raw(self, size: int) -> Iterator[bytes]:
        return self._noted(chain([self._head], iter(lambda: self._file.read(size), b"")))

    def _noted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        return self._reading.over(pieces) if self._reading else pieces

    def _unpacked(self) -> Iterator[bytes]:
        return (_gunzip if self.packing == "gzip" else _unzstd)(self._raw(READ))


def _open(path: str) -> BinaryIO | io.FileIO:
    # Unbuffered where reads are large and placed by us; a pipe may hand out less than was asked for, which a buffer hides.
    return open(path, "rb", buffering=0 if os.path.isfile(path) else -1)


def _packing(path: str, head: bytes) -> str:
    """What the content is packed with ("" for nothing). An empty file named .gz or .zst is one whose download failed."""
    for name, suffix, magic in (("gzip", ".gz", GZIP), ("zstd", ".zst", ZSTD)):
        if head.startswith(magic) or (path.lower().endswith(suffix) and magic.startswith(head)):
            return name
    if head[1:4] == SKIPPABLE and head[0] >> 4 == 5:
        return "zstd"
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return "bzip2"
    return next((name for magic, name in FOREIGN.items() if head.startswith(magic)), "")


def _aligned(file: BinaryIO | io.FileIO, size: int, head: bytes) -> Iterator[bytes]:
    """Reads of a regular file that end with a newline where one is near, so that a block of whole lines needs no copy.

    Raises OSError where the file does not begin with `head`, by which its packing was told.
    """
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
    """The same bytes in pieces of `size`; what is in hand when the stream breaks is handed out first."""
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
    """The first `most` bytes: a few of a packed file can stand for more than anybody has time or room for."""
    left = most
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            raise BrokenStream("too-large", f"it unpacks to more than the limit of {most:,} bytes (--unpack-limit)")
        left -= len(piece)
        yield piece


def _gunzip(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Every member of a gzip stream; zero padding after a member is allowed, as gzip itself allows it."""
    inflate = zlib.decompressobj(31)
    for data in raw:
        rest, more = data, False
        while rest or more:
            if inflate.eof:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                inflate = zlib.decompressobj(31)
            before = inflate.copy()
            try:
                piece = inflate.decompress(rest, READ)
            except zlib.error as error:
                yield from _up_to_error(before, rest)
                raise BrokenStream("corrupt", f"gzip: {error}") from error
            yield piece
            more = len(piece) == READ and not inflate.eof
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not inflate.eof:
        raise BrokenStream("truncated", "gzip data ends before its end mark")


def _up_to_error(inflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """What zlib can still unpack of data that it refuses as a whole."""
    try:
        for at in range(len(data)):
            yield inflate.decompress(data[at : at + 1])
    except zlib.error:
        return


def _unzstd(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Every frame of a zstd stream, skippable ones included."""
    from zstandard import ZstdDecompressor, ZstdError

    unpack = ZstdDecompressor().decompressobj(write_size=1 << 15)
    for data in raw:
        for at in range(0, len(data), SIP):
            rest = data[at : at + SIP]
            while rest:
                if unpack.eof:
                    unpack = ZstdDecompressor().decompressobj(write_size=1 << 15)
                try:
                    yield unpack.decompress(rest)
                except ZstdError as error:
                    raise BrokenStream("corrupt", f"zstd: {str(error).removeprefix('zstd decompressor error: ')}") from error
                rest = unpack.unused_data if unpack.eof else b""
    if not unpack.eof:
        raise BrokenStream("truncated", "zstd data ends before its end mark")
