"""Read the unpacked sizes of the pages of a Parquet file from their headers, without unpacking anything.

A page is unpacked as a whole, so its size is a lower bound for the memory that reading it takes; a few kilobytes can unpack to
gigabytes. The metadata of the file have only the sizes of whole column chunks, and pyarrow does not expose page headers. These are
structs in Thrift's compact protocol (https://parquet.apache.org/docs/file-format/data-pages/).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import Any

_DICTIONARY = 2
_TYPE, _UNCOMPRESSED, _COMPRESSED = 1, 2, 3
_COUNTS = {5: 1, 7: 1, 8: 1}
"""Fields with the struct of a data page, a dictionary page and a data page of version 2; field 1 of each is the number of values."""
_HEADS = (1 << 10, 1 << 16, 1 << 20)
"""Numbers of bytes that are read, one after the other, until they contain a whole header; most fit in the first."""
_DEEPEST = 8
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)


class BadPageError(ValueError):
    """Error: bytes are not a valid page header."""


@dataclass(frozen=True, slots=True)
class ParquetPage:
    """A page of a column chunk: its unpacked size in bytes, its number of values, and whether it is the dictionary."""

    size: int
    values: int
    dictionary: bool


def read_pages(file: RawIOBase, start: int, length: int) -> Iterator[ParquetPage]:
    """Yield the pages in `length` bytes of a file from `start` on. Raises BadPageError and OSError."""
    at, end = start, start + length
    while at < end:
        header, size = _read_header(file, at)
        unpacked, packed = header.get(_UNCOMPRESSED, -1), header.get(_COMPRESSED, -1)
        if unpacked < 0 or packed < 0:
            raise BadPageError("a page has no size")
        counts = [header[field][number] for field, number in _COUNTS.items() if number in header.get(field, {})]
        yield ParquetPage(unpacked, counts[0] if counts else 0, header.get(_TYPE) == _DICTIONARY)
        at += size + packed


def _read_header(file: RawIOBase, at: int) -> tuple[dict[int, Any], int]:
    """Return the page header at an offset, as {field number: value}, and its size in bytes."""
    for most in _HEADS:
        file.seek(at)
        reader = _Compact(file.read(most))
        try:
            return reader.struct(), reader.at
        except IndexError:
            continue
    raise BadPageError("a page header has no end")


class _Compact:
    """Parser for Thrift's compact protocol. Raises IndexError where the bytes end too early, BadPageError for invalid data."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a struct by number: integers and structs as such, None for any other type."""
        if depth > _DEEPEST:
            raise BadPageError("a page header has no end")
        fields: dict[int, Any] = {}
        number = 0
        while kind := self._byte():
            step = kind >> 4
            number = number + step if step else self._zigzag()
            fields[number] = self._value(kind & 0x0F, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        """Return a value of this type, or skip it."""
        if kind in (_I16, _I32, _I64):
            return self._zigzag()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_BYTE, _DOUBLE):
            self._skip(1 if kind == _BYTE else 8)
        elif kind == _BINARY:
            self._skip(self._varint())
        elif kind not in (_TRUE, _FALSE):
            raise BadPageError("a page header has another format")
        return None

    def _byte(self) -> int:
        """Return the next byte."""
        byte = self._data[self.at]
        self.at += 1
        return byte

    def _skip(self, count: int) -> None:
        """Skip `count` bytes."""
        self.at += count
        if self.at > len(self._data):
            raise IndexError(self.at)

    def _varint(self) -> int:
        """Return a variable-length integer: seven bits per byte, lowest first."""
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise BadPageError("a page header has another format")

    def _zigzag(self) -> int:
        """Return a signed integer in zigzag encoding."""
        value = self._varint()
        return value >> 1 ^ -(value & 1)
