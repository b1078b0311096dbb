"""A lock on the state file of a monitor: two processes that continue from one state would lose each other's rows."""

import os
import platform
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from leakguard.core.errors import UsageError


class StateLock:
    """An exclusive lock of this process on a state file, as a context, or from `take` until the object is deleted.

    The lock is a file beside the state, which stays there. Several locks of one process on one state do not exclude each other. On
    systems and disks without such locks nothing is locked. `state` None locks nothing.
    """

    def __init__(self, state: str | None) -> None:
        self._state = None if state is None else Path(state)
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def take(self) -> None:
        """Lock the state unless this object or another one of this process has the lock. Raises UsageError if another process has it."""
        # The holder writes its name into the file. It is only read while the file is locked, so that a process that ended without
        # unlocking it blocks no other.
        if self._state is None or self._file:
            return
        file = _open(self._state)
        name = f"{platform.node()} {os.getpid()}"
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read()
            file.close()
            if holder != name:
                raise UsageError(f"`state` {self._state}: another process uses it; wait for its end, or give another file") from None
            return
        except (ImportError, OSError):
            pass
        file.truncate(0)
        file.write(name)
        file.flush()
        self._file = file


def _open(state: Path) -> IO[str]:
    """Open the lock file of a state. Raises UsageError if it cannot be written."""
    if not state.absolute().parent.is_dir():
        raise UsageError(f"`state` {state}: there is no folder {state.absolute().parent}; make it first")
    try:
        return state.with_name(f".{state.name}.lock").open("a+", encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"`state` {state}: cannot be written: {error}") from error
