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
    """Raise MemoryError if the memory limit (`ulimit -v`) is too low for any command, because libraries would exit without a message."""
    try:
        mmap(-1, _LEAST_MEMORY).close()
    except OSError as error:
        raise MemoryError from error


def keep_memory() -> None:
    """Make glibc keep freed memory, because returning and allocating megabytes again for each block takes up to a tenth of a scan."""
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
    """Connect standard streams that were closed by the caller with the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def flush(stream: TextIO) -> bool:
    """Flush a stream and return whether everything was delivered. If not, the rest is dropped, because Python would exit with 120."""
    try:
        stream.flush()
    except OSError:
        silence(stream)
        return False
    return True


def silence(stream: TextIO) -> None:
    """Send the buffered text of a stream to the null device, so that Python does not try to write it again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
