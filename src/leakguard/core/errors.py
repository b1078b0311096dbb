"""The exception classes of leakguard. A message names the problem, its place, and what to do next."""


def reason_of(error: BaseException) -> str:
    """Return the message of an exception as one line of at most 200 characters; its class name if the message is empty."""
    return " ".join(str(error).split())[:200] or type(error).__name__


class LeakguardError(Exception):
    """Base class of all errors that leakguard raises with a message for the user."""


class UsageError(LeakguardError):
    """Error in the arguments, settings or rule files of a call, raised before anything is scanned (exit code 2)."""


class SettingsError(UsageError):
    """Error: a settings file or option has an invalid value."""


class PackError(UsageError):
    """Error: a rule pack cannot be parsed, or fails the check by its own examples."""


class MissingExtra(UsageError):
    """Error: an optional dependency (an extra) is not installed."""


class Stopped(LeakguardError):
    """Error: a read or write failed in the middle of a run, so that the run is incomplete (exit code 3)."""


class TaskFailed(LeakguardError):
    """Error: a task of a cluster failed for good, so the run is incomplete (exit code 3). What is finished is kept for the next run."""


class NotPassed(LeakguardError):
    """Base class of what `raise_for_status()` raises. `exit_code` is that of the command: 1 found, 3 incomplete, 130 interrupted."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class GateBlocked(NotPassed):
    """Error: the data did not pass a gate, so training must not start."""


class NotClean(NotPassed):
    """Error: a scan or clean left findings at or above `fail-on`, an audit found drift or a leak, or something could not be checked."""


def describe_failure(error: OSError | Stopped) -> str:
    """Return the message of a failed read or write, with the name of its file if it has one."""
    if isinstance(error, Stopped):
        return str(error)
    words = error.strerror or str(error)
    return f"{error.filename}: {words}" if error.filename else words
