"""The process that a command line runs in: its memory, its signals, and its standard streams."""

import ctypes
import os
import signal
import sys
from mmap import mmap
from typing import TextIO

_LEAST_MEMORY = 112 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def check_memory() -> None:
    """Raise MemoryError where this process may not have what any command needs (`ulimit -v`): libraries would end it without a message."""
    try:
        mmap(-1, _LEAST_MEMORY).close()
    except OSError as error:
        raise MemoryError from error


def keep_memory() -> None:
    """Make glibc keep freed memory: giving back arrays of megabytes with every block, and asking again, costs up to a tenth of a scan."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, 64 << 20)
        mallopt(_M_TRIM_THRESHOLD, 512 << 20)


def interrupt_on_signals() -> None:
    """Let SIGTERM and SIGHUP end a run as Ctrl-C does: unfinished files are removed, a clean keeps its checkpoint, exit code 130.

    A signal that the caller has switched off (nohup) stays so.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def open_closed_streams() -> None:
    """Connect standard streams that the caller has closed with the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def flush(stream: TextIO) -> bool:
    """Return whether everything written to the stream was delivered. If not, the rest is dropped: Python would exit with 120 for it."""
    try:
        stream.flush()
    except OSError:
        silence(stream)
        return False
    return True


def silence(stream: TextIO) -> None:
    """Send what the stream still holds to the null device, so that Python does not try to deliver it again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
