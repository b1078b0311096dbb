"""Names of settings in messages: written `fail-on` in the source, shown as flags by the command line and as keywords by the Python API."""

import re
from collections.abc import Callable

_NAME = re.compile(r"`([a-z][a-z0-9-]*)`")


def show_names(message: str, show: Callable[[str], str | None]) -> str:
    """Replace each name in backticks in a message by the result of `show`; if it is None, the name stays as it is.

    >>> show_names("`fail-on`: cannot be 'eror'", lambda name: f"--{name}")
    "--fail-on: cannot be 'eror'"
    """
    return _NAME.sub(lambda match: show(match[1]) or match[0], message)
