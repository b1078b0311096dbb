"""Locks of the files of a review: two reviews of one baseline take turns, and notice that a file was removed meanwhile."""

import os
from pathlib import Path
from typing import Any


def is_at(file: Any, path: Path) -> bool:
    """Return whether an open file is the one that a path names now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def lock_file(file: Any, *, wait: bool) -> bool:
    """Lock an open file until it is closed, and return whether that was possible; True on systems without such locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
