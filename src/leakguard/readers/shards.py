"""Shards: the parts of an input that the tasks of a cluster read by themselves. Names and byte ranges travel, rows do not."""

import platform
from collections.abc import Iterator
from dataclasses import dataclass, replace

from leakguard.core.batch import Block
from leakguard.core.errors import Stopped
from leakguard.core.store_address import find_address
from leakguard.core.tasks import Divide, Task
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.format_detection import LINES, detect_stored_format
from leakguard.readers.files.line_blocks import load_block
from leakguard.readers.files.readings import FileReading
from leakguard.readers.files.store_requests import Stamp
from leakguard.readers.files.stores import read_stamp
from leakguard.readers.files.streams import InputStream
from leakguard.readers.sources import FileSource

SHARD_BYTES = 64 << 20
"""Files of JSON Lines that are larger are divided into ranges of about so many bytes."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One input file as a whole, or a range of its lines.

    `source` reads the file; pickled for a worker, it has a record of its own of what is read. `tasks` are the blocks of the range by
    tasks, without their data (() for a whole file). `stamp` is what the file was like when the run began, None for a file that is not read.
    """

    source: FileSource
    stamp: Stamp | None
    tasks: tuple[tuple[Block, ...], ...] = ()

    @property
    def file(self) -> str:
        """The name of the input."""
        return self.source.paths[0]

    def check(self) -> None:
        """Raise Stopped if the file is not reached here, or is not what it was when the run began."""
        if self.stamp is None:
            return
        try:
            now = stamp_input(self.file)
        except OSError as error:
            raise Stopped(
                f"{self.file}: {platform.node()} does not reach it ({error.strerror or error}); every machine of the cluster must find "
                "the inputs under the same paths"
            ) from error
        if now != self.stamp:
            raise Stopped(f"{self.file}: changed or vanished while it was being read; nothing was written")

    def read_tasks(self, divide: Divide) -> Iterator[Task]:
        """Yield the tasks with their data, and record what is read. Raises OSError if the file has become shorter."""
        if not self.tasks:
            yield from divide(self.source.blocks())
            return
        # Blocks follow one another in the file, except where a row was too long: one hash is recorded for each run of them.
        readings = self.source.readings
        reading, start, end = FileReading(), self.tasks[0][0].offset, self.tasks[0][0].offset
        for task in self.tasks:
            loaded = [replace(block, data=load_block(block)) for block in task]
            for block in loaded:
                if block.offset != end and readings:
                    readings.note_reading(self.file, start, reading)
                    reading, start = FileReading(), block.offset
                reading.note(block.data or b"")
                end = block.offset + block.length
            yield loaded
        if readings:
            readings.note_reading(self.file, start, reading)


def stamp_input(name: str) -> Stamp:
    """Return what shows cheaply whether an input has changed, the same on every machine: size and time, or what its store says."""
    return read_stamp(name) if find_address(name) else read_stamp(get_archive_path(name))[:2]


def cut_shards(source: FileSource, divide: Divide) -> Iterator[Shard]:
    """Yield the shards of all files in order: ranges of large uncompressed JSON Lines of this file system, every other file as a whole.

    Tasks hold the same rows in both cases. Raises Stopped if a file vanishes.
    """
    for path in source.paths:
        one = replace(source, paths=(path,), inline=True)
        if path in source.unread:
            yield Shard(one, None)
            continue
        try:
            stamp = stamp_input(path)
            whole = int(stamp[0]) <= SHARD_BYTES or not has_ranges(path)
        except OSError as error:
            raise Stopped(f"{path}: cannot be read any more: {error.strerror or error}") from error
        yield from [Shard(one, stamp)] if whole else _cut_ranges(one, stamp, divide)


def has_ranges(path: str) -> bool:
    """Return whether a file can be read from the middle: it is on this file system, is not packed, and has a row on each line.

    Raises OSError.
    """
    if find_address(path) or get_archive_path(path) != path or detect_stored_format(path, path) != LINES:
        return False
    stream = InputStream(path)
    stream.close()
    return stream.plain


def _cut_ranges(source: FileSource, stamp: Stamp, divide: Divide) -> Iterator[Shard]:
    """Read a file to find where its tasks begin, and yield shards of about SHARD_BYTES."""
    held: list[tuple[Block, ...]] = []
    holding = 0
    for task in divide(replace(source, readings=None).blocks()):
        held.append(tuple(replace(block, data=None) for block in task))
        holding += sum(block.length for block in task)
        if holding >= SHARD_BYTES:
            yield Shard(source, stamp, tuple(held))
            held, holding = [], 0
    if held:
        yield Shard(source, stamp, tuple(held))
