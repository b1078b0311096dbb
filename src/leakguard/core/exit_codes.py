"""Exit codes of the command line, and the choice of the exit code for a result or an error."""

from enum import IntEnum

from leakguard.core.errors import Stopped, TaskFailed, UsageError


class ExitCode(IntEnum):
    """The exit codes of all commands."""

    PASSED = 0
    FOUND = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 4
    INTERRUPTED = 130


def choose_exit_code(*, interrupted: bool = False, incomplete: bool = False, found: bool = False) -> ExitCode:
    """Return the exit code of a run: INTERRUPTED before INCOMPLETE before FOUND; PASSED if none applies.

    `incomplete`: some rows could not be read or checked. `found`: there are findings at or above `fail-on`, or a gate check failed.

    >>> choose_exit_code(incomplete=True, found=True)
    <ExitCode.INCOMPLETE: 3>
    """
    if interrupted:
        return ExitCode.INTERRUPTED
    if incomplete:
        return ExitCode.INCOMPLETE
    return ExitCode.FOUND if found else ExitCode.PASSED


WORDS = {
    ExitCode.PASSED: "passed",
    ExitCode.FOUND: "found",
    ExitCode.INCOMPLETE: "incomplete",
    ExitCode.INTERRUPTED: "interrupted",
}
"""The exit codes of a result -> a word for each."""


def name_exit_code(code: ExitCode) -> str:
    """Return an exit code with its word, for messages.

    >>> name_exit_code(ExitCode.INCOMPLETE)
    'exit code 3: incomplete'
    """
    return f"exit code {int(code)}: {WORDS[code]}"


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the exit code for an exception that ended a run.

    Errors of the operating system (a full disk, a deleted file) and lack of memory are INCOMPLETE; unexpected exceptions are INTERNAL.
    """
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    if isinstance(error, (Stopped, TaskFailed, OSError, MemoryError)):
        return ExitCode.INCOMPLETE
    return ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.INTERNAL
