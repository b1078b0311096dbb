"""Inputs of any format as one source of blocks of whole rows, with row numbers and byte offsets."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import BinaryIO

from leakguard.core.batch import Block
from leakguard.core.record import Origin
from leakguard.readers.files.format_detection import classify_head, explain_refusal, peek
from leakguard.readers.files.format_names import detect_table_format
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import BLOCK_SIZE, ROW_LIMIT, make_unreadable_block, open_chunks, split_lines
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.streams import UNPACK_LIMIT
from leakguard.readers.formats import FORMATS, STREAMED


@dataclass(frozen=True, slots=True)
class FileSource:
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
                    yield make_unreadable_block(Origin(path, 0, 0), "unreadable-file", self.unread[path])
                    continue
                yield from read_blocks(path, block_size=self.block_size, inline=inline, stdin=stdin, readings=self.readings, **limits)


def read_blocks(
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
    limits = ReadLimits(block_size, row_limit, unpack_limit, readings)
    if table := detect_table_format(path):
        if readings:
            readings.note_format(path, table)
        yield from FORMATS[table](path, limits)
        return
    with open_chunks(path, limits, stdin) as found:
        if isinstance(found, Block):
            yield found
            return
        stream, chunks = found
        chunks, (head, whole) = peek(chunks)
        kind, layout = classify_head(path, head, whole=whole)
        if readings:
            readings.note_format(path, kind)
        if kind in STREAMED:
            yield from STREAMED[kind](path, chunks, layout, limits)
        elif why := explain_refusal(kind):
            yield make_unreadable_block(Origin(path, 0, 0), "unreadable-file", why)
        else:
            yield from split_lines(path, chunks, row_limit, inline=inline or not stream.plain)
