"""The text of a first leakguard.toml: every option of the table with its help and default, as comments."""

from textwrap import wrap

from leakguard.settings.files import write_value
from leakguard.settings.option import Option, field_name
from leakguard.settings.options import DEFAULTS, OPTIONS

WIDTH = 100
OPENING = """\
# Settings of leakguard. Remove the # before a line to set it; every line shows the default, which holds without it.
# One settings file is used: the one named with `config`, else the nearest from the working folder upwards to the repository's
# root. A flag on the command line replaces a value. Paths are relative to this file.
"""
TABLES = ("gate",)


def write_starter_file() -> str:
    """Return the text of a settings file that sets nothing: options by group, each with its help and its default, all as comments.

    Without a default, a line has a placeholder in capital letters.
    """
    groups: dict[str, list[str]] = {}
    for key, option in OPTIONS.items():
        if key not in TABLES:
            groups.setdefault(option.group.heading, []).append(_describe(key, option))
    parts = [OPENING, *(f"# --- {heading} ---\n\n{''.join(entries)}" for heading, entries in groups.items())]
    return "\n".join([*parts, "# The table [gate] says what a gate allows: see docs/gate.md.\n"])


def _describe(key: str, option: Option) -> str:
    """Return the lines of one option: its help in lines of limited width, then the key with its default or a placeholder."""
    page = f" See docs/{option.page}." if option.page else ""
    lines = [f"# {line}" for line in wrap(option.help + page, WIDTH, break_long_words=False, break_on_hyphens=False)]
    default = option.to_plain(getattr(DEFAULTS, field_name(key)))
    if default in (None, [], {}):
        placeholder = option.metavar or option.reader.metavar or "VALUE"
        return "\n".join([*lines, f"# {key} = {placeholder}  (default: {option.default_text or 'none'})", "", ""])
    return "\n".join([*lines, f"# {key} = {write_value(default)}", "", ""])
