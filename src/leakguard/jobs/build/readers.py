"""Build what reads the rows of a run: input files, their source and parser, and the number of worker processes."""

import os
from collections.abc import Sequence
from dataclasses import replace

from leakguard.jobs.guard import RunData
from leakguard.pipeline.executor import TASK_BYTES
from leakguard.readers.files.format_detection import detect_file_format
from leakguard.readers.files.inputs import Inputs, find_inputs, list_readable, list_unread
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.streams import InputStream
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.settings.plan import ReadPlan

# Most worker processes if the number of tasks is not known.
MOST_WORKERS = 64


def build_parser(read: ReadPlan) -> RowParser:
    """Return the parser of rows. Raises UsageError for unknown names of schemas or roles."""
    return RowParser(read.schema, read.fields, ",".join(read.roles), read.columns)


def expand_paths(read: ReadPlan, paths: Sequence[str]) -> Inputs:
    """Return the files that paths, folders and globs name. Raises UsageError if there are none."""
    return find_inputs(paths, ignore=read.ignore_files, follow_links=read.follow_links)


def build_data(read: ReadPlan, files: Sequence[str], spool: str | None = None, readings: Readings | None = None) -> RunData:
    """Return the rows of the files for learners; arguments as for build_source. Raises UsageError for unknown names of schemas or roles."""

    def divide(size: int) -> tuple[FileSource, int]:
        workers = choose_workers(read, files, size)
        inline = read.limit is not None or workers == 1
        return replace(build_source(read, files, spool, readings), block_size=size, inline=inline), workers

    return RunData(build_source(read, files, spool, readings), build_parser(read), read.limit, divide)


def build_source(read: ReadPlan, files: Sequence[str], spool: str | None = None, readings: Readings | None = None) -> FileSource:
    """Return the source of the files' blocks; `spool` is the path of a copy of standard input, `readings` records all that is read."""
    inline = read.limit is not None or choose_workers(read, files) == 1
    limits = {"row_limit": read.row_limit, "unpack_limit": read.unpack_limit}
    return FileSource(tuple(files), inline=inline, spool=spool, readings=readings, unread=list_unread(files), **limits)


def choose_workers(read: ReadPlan, files: Sequence[str], task: int = TASK_BYTES) -> int:
    """Return the number of worker processes: as the plan says, else one per core; never more than there are tasks of `task` bytes."""
    total = measure_inputs(files)
    tasks = total // task + 1 if total is not None else None
    if read.workers:
        return min(read.workers, tasks or MOST_WORKERS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, tasks) if tasks else cores


def measure_inputs(files: Sequence[str]) -> int | None:
    """Return the number of bytes to read, or None for pipes, compressed files and tables, where it is not known in advance."""
    read = list_readable(files)
    if not all(os.path.isfile(file) and not detect_file_format(file) and _is_plain(file) for file in read):
        return None
    return sum(os.path.getsize(file) for file in read)


def _is_plain(file: str) -> bool:
    """Return whether a file can be opened and is neither compressed nor in another encoding than UTF-8."""
    try:
        stream = InputStream(file)
    except OSError:
        return False
    stream.close()
    return stream.plain
