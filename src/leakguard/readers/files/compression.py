"""Decompress gzip, zstd, xz, lzma and bzip2 data piece by piece, and compress outputs in the format of their input."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

READ_SIZE = 1 << 16
# One kibibyte of zstd can unpack to 32 MiB (a block of 128 KiB takes four bytes), which bounds the memory for a decompression bomb.
ZSTD_READ_SIZE = 1 << 10
LARGEST_WINDOW = 1 << 31
"""The largest zstd window and xz dictionary that are allowed, in bytes. Memory is used only as the data fill it."""
GZIP, ZSTD, XZ, LZMA, BZIP2 = "gzip", "zstd", "xz", "lzma", "bzip2"
COMPRESSIONS = {
    GZIP: ((".gz", ".gzip"), b"\x1f\x8b"),
    ZSTD: ((".zst", ".zstd"), b"\x28\xb5\x2f\xfd"),
    XZ: ((".xz",), b"\xfd7zXZ\x00"),
    BZIP2: ((".bz2",), b"BZh"),
}
"""Suffixes and first bytes of each compression. LZMA has no first bytes of its own."""
LZMA_SUFFIX, LZMA_HEAD = ".lzma", b"\x5d\x00\x00"
COMPRESSED_SUFFIXES = (*(suffix for suffixes, _ in COMPRESSIONS.values() for suffix in suffixes), LZMA_SUFFIX)
SKIPPABLE = b"\x2a\x4d\x18"
GZIP_LEVEL, XZ_LEVEL = 6, 2


class BrokenStream(Exception):
    """Error: compressed data are damaged or end too early. All data before this point were returned."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def detect_compression(path: str, head: bytes) -> str:
    """Return the compression of a file with these first bytes; "" for none.

    An empty file with the suffix of a compression counts as compressed, because it is probably a failed download.
    """
    name = path.lower()
    for packing, (suffixes, sign) in COMPRESSIONS.items():
        if head.startswith(sign) and (packing != BZIP2 or head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")):
            return packing
        if name.endswith(suffixes) and sign.startswith(head):
            return packing
    if name.endswith(LZMA_SUFFIX) and (head.startswith(LZMA_HEAD) or not head):
        return LZMA
    return ZSTD if head[1:4] == SKIPPABLE and head[0] >> 4 == 5 else ""


def decompress(packing: str, raw: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the decompressed bytes in pieces. Raises BrokenStream after the last good piece if the data are damaged or end too early."""
    if packing == GZIP:
        return _gunzip(raw)
    if packing == ZSTD:
        return _unzstd(raw)
    if packing == BZIP2:
        return _decompress(raw, bz2.BZ2Decompressor, "bzip2")
    return _decompress(raw, lambda: lzma.LZMADecompressor(memlimit=LARGEST_WINDOW), "xz")


def compress(packing: str, data: bytes) -> bytes:
    """Return the data as one complete gzip member, zstd frame, or xz or bzip2 stream; the same bytes for the same data.

    For lzma the result is an xz stream, because streams can be appended to xz.
    """
    if packing == GZIP:
        import gzip

        return gzip.compress(data, GZIP_LEVEL, mtime=0)
    if packing == ZSTD:
        from zstandard import ZstdCompressor

        return ZstdCompressor().compress(data)
    if packing in (XZ, LZMA):
        return lzma.compress(data, preset=XZ_LEVEL)
    return bz2.compress(data) if packing == BZIP2 else data


def _gunzip(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress every member of a gzip stream. Zero padding after a member is allowed, as in gzip itself."""
    # One input piece can unpack to many output pieces: `more` is true if zlib still has output when its input is used up.
    # The state before each piece is copied, so that a damaged piece can be decompressed again up to the damage.
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
                piece = inflate.decompress(rest, READ_SIZE)
            except zlib.error as error:
                yield from _up_to_error(before, rest)
                raise BrokenStream("corrupt", f"gzip: {error}") from error
            yield piece
            more = len(piece) == READ_SIZE and not inflate.eof
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not inflate.eof:
        raise BrokenStream("truncated", "gzip data ends before its end mark")


def _up_to_error(inflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """Decompress data byte by byte, up to the first byte at which zlib raises an error."""
    try:
        for at in range(len(data)):
            yield inflate.decompress(data[at : at + 1])
    except zlib.error:
        return


def _unzstd(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress every frame of a zstd stream; skippable frames are skipped."""
    # The input is fed in pieces of ZSTD_READ_SIZE, which bounds the output of one step; what follows a frame begins the next one.
    from zstandard import ZstdDecompressor, ZstdError

    def begin() -> Any:
        return ZstdDecompressor(max_window_size=LARGEST_WINDOW).decompressobj(write_size=1 << 15)

    frame = begin()
    for data in raw:
        for at in range(0, len(data), ZSTD_READ_SIZE):
            rest = data[at : at + ZSTD_READ_SIZE]
            while rest:
                if frame.eof:
                    frame = begin()
                try:
                    yield frame.decompress(rest)
                except (ZstdError, MemoryError) as error:
                    raise _zstd_flaw(str(error).removeprefix("zstd decompressor error: ")) from error
                rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise BrokenStream("truncated", "zstd data ends before its end mark")


def _zstd_flaw(said: str) -> BrokenStream:
    """Describe an error of zstd. Data that need more memory than allowed are reported as too large, not as damaged."""
    if "memory" in said.lower() or not said:
        detail = f"zstd: it needs a window of 2 GiB or more ({said or 'no memory'}); unpack it first (zstd -d --long=31)"
        return BrokenStream("too-large", detail)
    return BrokenStream("corrupt", f"zstd: {said}")


def _decompress(raw: Iterator[bytes], begin: Callable[[], Any], name: str) -> Iterator[bytes]:
    """Decompress every stream of xz, lzma or bzip2 data. Zero padding between streams is allowed."""
    # Each step returns at most READ_SIZE bytes: the decompressor keeps the rest of its input and is asked again with no new data.
    stream = begin()
    for piece in raw:
        data = piece
        while data or not (stream.eof or stream.needs_input):
            if stream.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                stream = begin()
            try:
                unpacked = stream.decompress(data, READ_SIZE)
            except (lzma.LZMAError, OSError, MemoryError) as error:
                full = isinstance(error, MemoryError) or "emory" in str(error)
                remedy = "; unpack it first" if full else ""
                raise BrokenStream("too-large" if full else "corrupt", f"{name}: {error}{remedy}") from error
            yield unpacked
            data = stream.unused_data if stream.eof else b""
    if not stream.eof:
        raise BrokenStream("truncated", f"{name} data ends before its end mark")
