"""Convert UTF-16 and UTF-32 text to UTF-8 and back without changing any byte, also where the data are invalid."""

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
    """The encoding of a file: compression, character encoding ("" for UTF-8), and whether it begins with a byte order mark."""

    compression: str = ""
    encoding: str = ""
    has_mark: bool = False

    def __bool__(self) -> bool:
        """Return whether the bytes of the file differ from its text in UTF-8."""
        return bool(self.compression or self.encoding)

    def encode(self, text: bytes) -> bytes:
        """Convert UTF-8 text (of whole characters) to the file's encoding. The results of several calls can be concatenated."""
        return compress(
            self.compression, text.decode("utf-8", "surrogatepass").encode(self.encoding, "surrogatepass") if self.encoding else text
        )

    @property
    def byte_order_mark(self) -> bytes:
        """The byte order mark (in UTF-8) that a copy of the file must begin with to be recognised again; b"" for none."""
        return UTF8_MARK if self.encoding and self.has_mark else b""


def detect_encoding(head: bytes) -> tuple[str, bool]:
    """Return the encoding of data with these first bytes ("" for UTF-8 or unknown), and whether a byte order mark shows it.

    Without a mark, data are UTF-16 if every second one of the first eight bytes is zero and the others are ASCII, as in JSON or a table.
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
    """Yield the data in UTF-8, each piece of whole characters. Unpaired surrogates become bytes that are not valid UTF-8.

    Raises BrokenStream where the data end inside a character or are not valid in the encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for piece in pieces:
            yield decoder.decode(piece).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        cut = "truncated" in error.reason or "end of data" in error.reason
        raise BrokenStream("truncated" if cut else "corrupt", f"{encoding.upper()}: {error.reason}") from error
