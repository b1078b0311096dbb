"""Open named pipes with a time limit, and refuse devices with endless data."""

import os
import select
import stat
import time
from typing import BinaryIO

PATIENCE = 5.0
PAUSE = 0.02
HEAD = 16


def open_pipe(path: str, patience: float = PATIENCE) -> tuple[BinaryIO, bytes]:
    """Open a named pipe for reading; return it with the bytes that were read while waiting.

    Raises OSError if no program opens it for writing within `patience` seconds. After that, data may take any time.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        head = _first(handle, patience)
        os.set_blocking(handle, True)
        return os.fdopen(handle, "rb"), head
    except BaseException:
        os.close(handle)
        raise


def _first(handle: int, patience: float) -> bytes:
    """Wait until a program writes; return the bytes that had to be read to notice it.

    A non-blocking read of a pipe with a writer but no data raises BlockingIOError; one of a pipe without a writer returns b"".
    """
    # poll() reports data, and also a writer that has closed the pipe again.
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    until = time.monotonic() + patience
    while not poll.poll(0):
        try:
            if head := os.read(handle, HEAD):
                return head
        except BlockingIOError:
            break
        if time.monotonic() >= until:
            raise OSError(f"this is a pipe, and no program writes into it (waited {patience:g} seconds)")
        time.sleep(PAUSE)
    return b""


def refuse_endless(handle: int) -> None:
    """Raise OSError if an open file is a device without an end, such as /dev/zero. Terminals and /dev/null are allowed."""
    found = os.fstat(handle)
    bounded = found.st_rdev == os.stat(os.devnull).st_rdev or os.isatty(handle)
    if stat.S_ISBLK(found.st_mode) or (stat.S_ISCHR(found.st_mode) and not bounded):
        raise OSError("this is a device, and devices are not read: give a file")


def describe_file_type(mode: int) -> str:
    """Name the type of a file that is neither a regular file nor a folder."""
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))
    return next((name for test, name in kinds if test(mode)), "not a regular file")
