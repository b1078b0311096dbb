"""One error tree; a message says what, where, and what to do next."""


def reason_of(error: BaseException) -> str:
    """What an error says, in one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


class LeakguardError(Exception):
    """Anything that leakguard itself can explain in one line."""


class UsageError(LeakguardError):
    """What was asked for cannot be done as asked; nothing was scanned (exit code 2)."""


class SettingsError(UsageError):
    """A settings file or option has a value that means nothing."""


class PackError(UsageError):
    """A rule pack cannot be read, or its examples do not hold."""


class MissingExtra(UsageError):
    """A part of leakguard needs a package that is not installed."""


class Stopped(LeakguardError):
    """A disk, an input or a folder failed while work was under way: not everything was looked at (exit code 3)."""


class GateBlocked(LeakguardError):
    """Data did not pass a gate: training must not start."""


class NotClean(LeakguardError):
    """A scan with findings at or above `fail-on`, or in which not everything could be looked at."""
