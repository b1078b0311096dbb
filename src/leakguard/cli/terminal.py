"""What stdout and stderr can take; nothing that came from data reaches a terminal raw."""

import os
import shutil
import sys
from typing import TypedDict

import click

PAGE, WIDEST, MOST = 120, 160, 4_000
UNDELIVERED = "leakguard.undelivered"


class Look(TypedDict):
    """Colour or not, and how many characters fit into a line."""

    color: bool
    width: int


def look() -> Look:
    """How a page on stdout may look: as wide as the terminal, 160 columns at most, and 120 elsewhere; NO_COLOR and TERM=dumb count."""
    if not sys.stdout.isatty():
        return Look(color=False, width=PAGE)
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Look(color=color, width=min(shutil.get_terminal_size().columns, WIDEST))


def put(page: str, encoding: str | None = None) -> None:
    """Write a finished page to stdout in its encoding (or another); what that cannot spell is escaped."""
    sys.stdout.buffer.write(page.encode(encoding or sys.stdout.encoding, "backslashreplace"))


def put_next(*steps: tuple[str, str]) -> None:
    """Write the next steps to stdout: what each is for, and its command."""
    from leakguard.reports.kit.page import Page

    page = Page(**look())
    page.steps(steps)
    put(page.text)


def tell(message: str) -> None:
    """One line for people, on stderr; a name or value in it that is thousands of characters long is cut."""
    from leakguard.core.suggest import shorten
    from leakguard.reports.kit.escape import escape_text

    if "`" in message:
        from leakguard.cli.flags import show_flags

        message = show_flags(message)
    complain(f"leakguard: {escape_text(shorten(' '.join(message.split()), MOST))}")


def complain(text: str) -> None:
    """Write text to stderr. Where stderr takes nothing the work goes on, and the command's context notes it for the exit code."""
    try:
        click.echo(text, err=True)
    except OSError:
        context = click.get_current_context(silent=True)
        if context:
            context.meta[UNDELIVERED] = True
