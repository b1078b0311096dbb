"""Limits in bytes on reading an input: size of blocks, length of rows, unpacked size of files."""

from dataclasses import dataclass

from leakguard.readers.files.readings import Readings

# Parsing alone is fastest with a quarter of a megabyte (it fits the cache), numpy with more rows at once: two megabytes suit both.
BLOCK_SIZE = 1 << 21
ROW_LIMIT = 16 << 20
UNPACK_LIMIT = 256 << 30


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits in bytes for reading one input.

    `block_size` is the size of a block of rows, `row_limit` the size of the longest row that is read, `unpack_limit` how much one
    compressed file may unpack to. What is read is recorded in `readings`, if given.
    """

    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT
    unpack_limit: int = UNPACK_LIMIT
    readings: Readings | None = None


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """An input whose rows are read a second time: its name, the path of the data, its format, and the limits of the first reading."""

    name: str
    path: str
    format: str
    limits: ReadLimits
