"""Names of settings in messages: written `fail-on` in the source, shown as flags by the command line and as keywords by the Python API."""

import re
from collections.abc import Callable

_NAME = re.compile(r"`([a-z][a-z0-9-]*)`")


def show_names(message: str, show: Callable[[str], str | None]) -> str:
    """Return the message with each name in backticks as `show` writes it; None leaves it as it is.

    >>> show_names("`fail-on`: cannot be 'eror'", lambda name: f"--{name}")
    "--fail-on: cannot be 'eror'"
    """
    return _NAME.sub(lambda match: show(match[1]) or match[0], message)
