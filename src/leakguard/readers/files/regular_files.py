"""Opening files that others may have made: nothing but a regular file is opened, and a document only up to a size."""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

MIB = 1 << 20
DOCUMENT_LIMIT = 256 * MIB


def open_regular(path: Path | str) -> BufferedReader:
    """Open a regular file for reading. Raises OSError for anything else: a pipe or a device could be read for ever.

    The type is looked up before opening (opening a device can have effects) and again on what was opened (it could be replaced).
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
    """The content of a regular file. Raises OSError, also for one of more than `limit` bytes."""
    with open_regular(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(f"it is larger than {limit // MIB} MiB, which is the most that is read of such a file")
    return data


def _refuse_irregular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
        raise OSError(f"this is {kind}, not a file")


def create_regular(path: Path, *, append: bool = False) -> BinaryIO:
    """Open a file for writing that nothing else can be reached through: a new one, or (`append`) one that is there.

    Raises OSError for a new file whose name is taken, and for an old one that is missing, a link, or known under a second name.
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
