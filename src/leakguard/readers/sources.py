"""Read input files of any format as blocks of whole rows with row numbers and byte offsets."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import BinaryIO

from leakguard.core.batch import Block
from leakguard.core.record import Origin
from leakguard.core.store_address import find_address
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.format_detection import classify_head, detect_file_format, explain_refusal
from leakguard.readers.files.limits import BLOCK_SIZE, ROW_LIMIT, UNPACK_LIMIT, ReadLimits
from leakguard.readers.files.line_blocks import make_unreadable_block, open_chunks, split_lines
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.store_requests import CHANGED, StoreError
from leakguard.readers.files.stores import read_stamp
from leakguard.readers.files.streams import peek
from leakguard.readers.formats import FORMATS


@dataclass(frozen=True, slots=True)
class FileSource:
    """The input files of a run as one sequence of blocks, file after file."""

    paths: tuple[str, ...]
    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT
    inline: bool = True
    spool: str | None = None
    """The path of a file with a copy of standard input, which can be read only once."""
    unpack_limit: int = UNPACK_LIMIT
    unread: Mapping[str, str] = field(default_factory=dict)
    """Paths that are not read, with the reason: each counts as one unreadable row."""
    readings: Readings | None = None
    """The record of the bytes that are read, if kept. Blocks then contain their data, because workers do not record what they read."""

    def blocks(self) -> Iterator[Block]:
        """Yield every block of every file, in order."""
        limits = ReadLimits(self.block_size, self.row_limit, self.unpack_limit, self.readings)
        inline = self.inline or self.readings is not None
        with open(self.spool, "rb") if self.spool else nullcontext() as stdin:
            for path in self.paths:
                if path in self.unread:
                    yield make_unreadable_block(Origin(path, 0, 0), "unreadable-file", self.unread[path])
                    continue
                yield from read_blocks(path, limits, inline=inline, stdin=stdin)


def read_blocks(path: str, limits: ReadLimits = ReadLimits(), *, inline: bool = True, stdin: BinaryIO | None = None) -> Iterator[Block]:  # noqa: B008
    """Yield one input as blocks of whole rows. The format is detected from the name and the first bytes.

    `path` is a file, a member of an archive, the address of an object, or `-` for `stdin`. With `inline=False`, blocks of an
    uncompressed JSON Lines file of this machine carry no data: call `load_block` to read it. What cannot be read becomes an Unreadable
    in `Block.broken`, never an exception.
    """
    if not find_address(path):
        yield from _read_blocks(path, limits, inline, stdin)
        return
    # A store may replace an object at any time: its version must be the same before the first block and after the last.
    try:
        place = get_archive_path(path)
        before = read_stamp(place)
        yield from _read_blocks(path, limits, inline, stdin)
        if read_stamp(place) != before:
            raise StoreError(CHANGED)
    except StoreError as error:
        yield make_unreadable_block(Origin(path, 0, 0), "unreadable-file", str(error))


def _read_blocks(path: str, limits: ReadLimits, inline: bool, stdin: BinaryIO | None) -> Iterator[Block]:
    """Yield the blocks of one input."""
    # Formats of whole files (Parquet, CSV) open the file by themselves; all others are recognised in the stream and read from it.
    if name := detect_file_format(path):
        if limits.readings:
            limits.readings.note_format(path, name)
        yield from FORMATS[name].read_file(path, limits)
        return
    with open_chunks(path, limits, stdin) as found:
        if isinstance(found, Block):
            yield found
            return
        stream, chunks = found
        chunks, (head, whole) = peek(chunks)
        kind, layout = classify_head(path, head, whole=whole)
        if limits.readings:
            limits.readings.note_format(path, kind)
        if kind in FORMATS:
            yield from FORMATS[kind].read_stream(path, chunks, layout, limits)
        elif why := explain_refusal(kind):
            yield make_unreadable_block(Origin(path, 0, 0), "unreadable-file", why)
        else:
            yield from split_lines(path, chunks, limits.row_limit, inline=inline or not stream.plain)
