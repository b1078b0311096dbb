"""Read JSON Lines while they are written: from a file that still grows, or from a pipe as soon as lines arrive."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from leakguard.core.batch import Block
from leakguard.core.errors import Stopped
from leakguard.readers.files.format_detection import LINES, classify_head, detect_file_format
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import BOM, LineCutter
from leakguard.readers.files.regular_files import open_regular
from leakguard.readers.files.streams import WINDOW, InputStream

_PIECE = 1 << 16


def is_plain_lines(path: str) -> bool:
    """Return whether a file is plain JSON Lines (or empty): not compressed, not in another encoding, and of no other format."""
    if detect_file_format(path):
        return False
    try:
        stream = InputStream(path)
    except OSError:
        return False
    stream.close()
    with open_regular(path) as file:
        head = file.read(WINDOW)
    return stream.plain and classify_head(path, head, whole=len(head) < WINDOW)[0] == LINES


def ends_with_line_feed(path: str) -> bool:
    """Return whether a file is empty or its last byte is a line feed."""
    with open_regular(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) in (b"", b"\n")


def read_growing_lines(path: str, limits: ReadLimits) -> Iterator[Block | None]:
    """Yield the whole lines of a file of plain JSON Lines as blocks, and None whenever there are no more: ask again later.

    A last line without a line feed is not read until it is whole. Raises Stopped if the file is gone, shorter than what was read
    of it, or another file under the same name.
    """
    # The file stays open, so that a writer that replaces it is noticed by the number of its inode.
    cutter = LineCutter(path, limits.row_limit, inline=True)
    with open_regular(path) as file:
        opened = os.fstat(file.fileno())
        start: bytes | None = b""
        while True:
            if chunk := file.read(_PIECE if start is not None else limits.block_size):
                if start is None:
                    yield from cutter.feed(chunk)
                elif not BOM.startswith(start := start + chunk):
                    yield from cutter.feed(cutter.skip_bom(start))
                    start = None
                continue
            yield None
            _check_unchanged(path, opened, file.tell())


def read_arriving_lines(stream: BinaryIO, name: str, limits: ReadLimits) -> Iterator[Block]:
    """Yield the lines of a pipe as blocks, as soon as they arrive; the last one needs no line feed."""
    # `read1` returns what is there, while `read` would wait until a whole block has arrived.
    read = getattr(stream, "read1", stream.read)
    return LineCutter(name, limits.row_limit, inline=True).cut(iter(lambda: read(_PIECE), b""))


def _check_unchanged(path: str, opened: os.stat_result, done: int) -> None:
    """Raise Stopped unless the file of this name is the one that was opened, and at least as long as what was read."""
    try:
        now = os.stat(path)
    except OSError as error:
        raise Stopped(f"{path}: cannot be read any more: {error.strerror or error}") from error
    if (now.st_dev, now.st_ino) != (opened.st_dev, opened.st_ino):
        raise Stopped(f"{path}: was replaced by another file while it was read; only a file that grows can be followed")
    if now.st_size < done:
        raise Stopped(f"{path}: became shorter while it was read; only a file that grows can be followed")
