"""Functions that write to stdout and stderr, with text from data escaped."""

import os
import shutil
import sys
from typing import TypedDict

import click

PAGE, WIDEST, MOST = 120, 160, 4_000
UNDELIVERED = "leakguard.undelivered"


class Look(TypedDict):
    """Appearance of a page of text: whether it has colours, and its width in characters."""

    color: bool
    width: int


def look() -> Look:
    """Return colours and width of a page on stdout: the width of the terminal, at most 160 columns; 120 if stdout is no terminal.

    NO_COLOR and TERM=dumb switch colours off.
    """
    if not sys.stdout.isatty():
        return Look(color=False, width=PAGE)
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Look(color=color, width=min(shutil.get_terminal_size().columns, WIDEST))


def put(page: str, encoding: str | None = None) -> None:
    """Write a page to stdout in its encoding (or another); characters that it does not have are escaped."""
    sys.stdout.buffer.write(page.encode(encoding or sys.stdout.encoding, "backslashreplace"))


def put_next(*steps: tuple[str, str]) -> None:
    """Write next steps to stdout: for each its purpose and its command."""
    from leakguard.reports.kit.page import Page

    page = Page(**look())
    page.steps(steps)
    put(page.text)


def tell(message: str) -> None:
    """Write one line to stderr, with settings shown as flags; a line of thousands of characters is shortened."""
    from leakguard.core.store_address import hide_secrets_in
    from leakguard.core.suggest import shorten
    from leakguard.reports.kit.escape import escape_text

    if "`" in message:
        from leakguard.cli.flags import show_flags

        message = show_flags(message)
    complain(f"leakguard: {escape_text(shorten(hide_secrets_in(' '.join(message.split())), MOST))}")


def complain(text: str) -> None:
    """Write text to stderr. If that fails, the command continues, and the failure is stored in its context for the exit code."""
    try:
        click.echo(text, err=True)
    except OSError:
        context = click.get_current_context(silent=True)
        if context:
            context.meta[UNDELIVERED] = True
