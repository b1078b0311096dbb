"""Texts in UTF-16 and UTF-32 as UTF-8 and back. Valid and invalid data alike come back byte for byte."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from leakguard.readers.files.compression import BrokenStream, compress

MARK = "\ufeff"
UTF8_MARK = MARK.encode()
BY_MARK = (
    ("utf-32-le", codecs.BOM_UTF32_LE),
    ("utf-32-be", codecs.BOM_UTF32_BE),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
)
_PLAIN = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))
_PROBE = 8


@dataclass(frozen=True, slots=True)
class FileEncoding:
    """How the text of a file is stored: its compression, its encoding ("" for UTF-8) and whether a byte order mark begins it."""

    compression: str = ""
    encoding: str = ""
    has_mark: bool = False

    def __bool__(self) -> bool:
        """Whether the file's bytes are not those of its text in UTF-8."""
        return bool(self.compression or self.encoding)

    def encode(self, text: bytes) -> bytes:
        """Text in UTF-8, whole characters, as the file would store it: each call gives data that can be appended to others."""
        return compress(
            self.compression, text.decode("utf-8", "surrogatepass").encode(self.encoding, "surrogatepass") if self.encoding else text
        )

    @property
    def byte_order_mark(self) -> bytes:
        """What a file in another encoding than UTF-8 begins with, in UTF-8: without its mark it would not be known again."""
        return UTF8_MARK if self.encoding and self.has_mark else b""


def detect_encoding(head: bytes) -> tuple[str, bool]:
    """The encoding of data with these first bytes, "" for UTF-8 or none, and whether a byte order mark says so.

    Without a mark, every second byte of the first eight must be zero and the others ASCII, as in a table or JSON.
    """
    for name, mark in BY_MARK:
        if head.startswith(mark):
            return name, True
    first = head[:_PROBE]
    if len(first) == _PROBE:
        for name, zeros, letters in (("utf-16-le", first[1::2], first[::2]), ("utf-16-be", first[::2], first[1::2])):
            if not any(zeros) and _PLAIN.issuperset(letters):
                return name, False
    return "", False


def decode_pieces(encoding: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The data in UTF-8, each piece of whole characters; half of a surrogate pair becomes bytes that are not UTF-8.

    Raises BrokenStream where the data end inside a character or hold a number that is none.
    """
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for piece in pieces:
            yield decoder.decode(piece).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        cut = "truncated" in error.reason or "end of data" in error.reason
        raise BrokenStream("truncated" if cut else "corrupt", f"{encoding.upper()}: {error.reason}") from error
