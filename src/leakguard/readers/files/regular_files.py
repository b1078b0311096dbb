"""Open files that other users may have created: only regular files are opened, and documents only up to a size."""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

MIB = 1 << 20
DOCUMENT_LIMIT = 256 * MIB


def open_regular(path: Path | str) -> BufferedReader:
    """Open a regular file for reading. Raises OSError for anything else, because a pipe or a device could be read for ever.

    The type is checked before opening (opening a device can have effects) and again afterwards (the file could have been replaced).
    """
    _refuse_irregular(os.stat(path).st_mode)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    file = os.fdopen(handle, "rb")
    try:
        _refuse_irregular(os.fstat(handle).st_mode)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: Path | str, limit: int = DOCUMENT_LIMIT) -> bytes:
    """Return the content of a regular file. Raises OSError, also for a file of more than `limit` bytes."""
    with open_regular(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(f"it is larger than the limit of {limit // MIB} MiB for such files")
    return data


def _refuse_irregular(mode: int) -> None:
    """Raise OSError unless the mode is that of a regular file."""
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
        raise OSError(f"this is {kind}, not a file")


def create_regular(path: Path, *, append: bool = False) -> BinaryIO:
    """Open a file for writing: a new one, or with `append` an existing one. No link can redirect the output.

    Raises OSError if a new file exists already, and if an existing one is missing, a link, or has a second name (hard link).
    """
    how = os.O_APPEND if append else os.O_CREAT | os.O_EXCL
    flags = os.O_WRONLY | how | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    if append:
        _refuse_irregular(os.lstat(path).st_mode)
    file = os.fdopen(os.open(path, flags, 0o666), "ab" if append else "wb")
    if append and os.fstat(file.fileno()).st_nlink != 1:
        file.close()
        raise OSError(f"{path}: the file has a second name (a hard link), so writing to it could change another file")
    return file
