"""`leakguard init`: write a settings file."""

from pathlib import Path
from shlex import quote

import click

from leakguard.cli.options import Once, write_notes
from leakguard.cli.terminal import put, put_next
from leakguard.core.errors import UsageError

NOTES = write_notes({0: "the file is written", 2: "the file exists already"}, "leakguard init", "leakguard init strict.toml")


@click.command(cls=Once, short_help="Write a settings file with comments.", epilog=NOTES)
@click.argument("name", metavar="[FILE]", default="leakguard.toml")
def init(name: str) -> int:
    """Write FILE (default: leakguard.toml), a settings file that names every option with its default, as comments.

    It sets nothing until a line is uncommented. A file that exists is not changed.
    """
    from leakguard.reports.kit.escape import escape_text
    from leakguard.settings.starter_file import write_starter_file

    try:
        with Path(name).open("x", encoding="utf-8") as file:
            file.write(write_starter_file())
    except FileExistsError:
        raise UsageError(f"{name}: this file is there already; give another name") from None
    except OSError as error:
        raise UsageError(f"{name}: cannot be written: {error.strerror or error}") from error
    put(f"{escape_text(name)} written\n")
    put_next(("Uncomment what you want to set, then scan with it:", f"leakguard scan PATH... --config {quote(name)}"))
    return 0
