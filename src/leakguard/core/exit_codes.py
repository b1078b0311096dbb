"""Exit codes of the command line, and which one a result or an error has. Every command and every report takes them from here."""

from enum import IntEnum

from leakguard.core.errors import Stopped, UsageError


class ExitCode(IntEnum):
    """What the command line says to a shell."""

    PASSED = 0
    FOUND = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 4
    INTERRUPTED = 130


def choose_exit_code(*, interrupted: bool = False, incomplete: bool = False, found: bool = False) -> ExitCode:
    """Return the exit code of a result: the first of these that holds, else PASSED.

    `incomplete` means that something could not be read or checked; `found`, that something is not allowed.

    >>> choose_exit_code(incomplete=True, found=True)
    <ExitCode.INCOMPLETE: 3>
    """
    if interrupted:
        return ExitCode.INTERRUPTED
    if incomplete:
        return ExitCode.INCOMPLETE
    return ExitCode.FOUND if found else ExitCode.PASSED


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the exit code for an error that ended a run.

    Errors of the system (a full disk, a lost file) and lack of memory leave a run incomplete; what leakguard does not expect is INTERNAL.
    """
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    if isinstance(error, (Stopped, OSError, MemoryError)):
        return ExitCode.INCOMPLETE
    return ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.INTERNAL
