"""Flags of options, and the replacement of setting names by flags in messages of lower layers."""

from leakguard.core.setting_names import show_names
from leakguard.settings.option import field_name
from leakguard.settings.options import DEFAULTS, OPTIONS

_ARGUMENTS = frozenset((
    "add", "allow", "config", "dry-run", "manifest", "no-config", "no-resume", "overwrite", "reason", "require", "spool",
    "budget", "cache", "dtype", "endpoint", "key-env", "neutral", "tell", "block", "follow", "monitor", "source", "state",
    "anchors", "base", "category", "method", "mitigated", "model", "set", "trait",
))  # fmt: skip
"""Names, in messages of lower layers, of flags that belong to a command and are no settings."""


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


def describe_default(key: str) -> str:
    """Return the default value of an option in words; "" if it has none.

    >>> describe_default("fail-on"), describe_default("follow-links"), describe_default("limit")
    ('error', 'no', '')
    """
    value = getattr(DEFAULTS, field_name(key))
    words = "no" if value is False else str(value) if isinstance(value, (str, int, float)) else ""
    return OPTIONS[key].default_text or words


def show_flags(message: str) -> str:
    """Replace setting names in backticks by flags in a message (`fail-on` by --fail-on), if a command has such a flag."""
    return show_names(message, _flag)


def _flag(name: str) -> str | None:
    if name in OPTIONS:
        return flags_of(name)[0]
    return f"--{name}" if name in _ARGUMENTS else None
