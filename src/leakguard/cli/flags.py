"""Flags of options, and flags in place of the names of settings that messages of lower layers use."""

from leakguard.core.setting_names import show_names
from leakguard.settings.options import OPTIONS

_ARGUMENTS = frozenset((
    "add", "allow", "config", "dry-run", "manifest", "no-config", "no-resume", "overwrite", "reason", "require",
    "budget", "cache", "dtype", "endpoint", "key-env", "neutral", "tell",
))  # fmt: skip
"""Flags of commands that are no settings, as messages of lower layers name them."""


def flags_of(key: str) -> list[str]:
    """Return the flags that give an option of the table, the long ones first.

    >>> flags_of("semantic"), flags_of("workers")
    (['--semantic', '--no-semantic'], ['--workers', '-j'])
    """
    option = OPTIONS[key]
    if option.reader.flag is bool:
        return [f"--{key}", f"--no-{key}"]
    names = sorted(option.flags or (key,), key=lambda name: len(name) == 1)
    return [f"{'-' if len(name) == 1 else '--'}{name}" for name in names]


def show_flags(message: str) -> str:
    """Return the message with `fail-on` as --fail-on, for every name that a command has a flag for."""
    return show_names(message, _flag)


def _flag(name: str) -> str | None:
    if name in OPTIONS:
        return flags_of(name)[0]
    return f"--{name}" if name in _ARGUMENTS else None
