"""The option --attest: write a statement of the result of a command, unsigned, as `leakguard attest create` does."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from leakguard.cli.terminal import tell

ATTEST = click.option(
    "--attest", metavar="FILE", help="Also write an unsigned statement of the result to this new file (docs/attest.md).  [none]"
)


def check_new(path: str | None) -> None:
    """Raise UsageError, before a run begins, if its statement could not be written to a new file of this name."""
    from leakguard.core.errors import UsageError

    if path is None:
        return
    place = Path(path)
    if place.exists() or place.is_symlink():
        raise UsageError(f"--attest {path}: this file exists already; give another path")
    if not place.parent.is_dir():
        raise UsageError(f"--attest {path}: there is no folder {place.parent}; make it first")


def write_statement(path: str | None, content: bytes, document: str | None) -> None:
    """Write the statement of a result, whose document has this content, to a new file; nothing without a path.

    `document` is the path or address of the saved document, which the statement names too; None if it is not saved. Raises UsageError.
    """
    from leakguard.core.store_address import find_address
    from leakguard.documents.attestation import statement_to_dict
    from leakguard.jobs.attest import attest_content, render_json

    if path is not None:
        place = (find_address(document) or Path(document)) if document else None
        attestation = attest_content(content, place, datetime.now(UTC))
        write_new(path, render_json(statement_to_dict(attestation)), "--attest")


def attest_report(path: str | None, render: Callable[[], str], outputs: Sequence[str]) -> None:
    """Write the statement of a result that `render` gives as JSON; it names the first output that is this JSON."""
    if path is not None:
        write_statement(path, render().encode(), next((name for name in outputs if Path(name).suffix.lower() == ".json"), None))


def attest_manifest(path: str | None, folder: str) -> None:
    """Write the statement of the manifest in a folder of outputs, of this machine or of a store."""
    from leakguard.core.store_address import find_folder
    from leakguard.documents.manifest import read_manifest_bytes
    from leakguard.readers.files.places import join_place
    from leakguard.readers.files.safe_paths import MANIFEST

    if path is not None:
        write_statement(path, read_manifest_bytes(join_place(find_folder(folder) or Path(folder), MANIFEST)), MANIFEST)


def write_new(path: str, content: bytes, option: str) -> None:
    """Write a whole file under a name that is not taken. Raises UsageError."""
    from leakguard.core.errors import UsageError
    from leakguard.outputs.new_file import create_whole

    try:
        create_whole(Path(path), content)
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror or error}") from error
    tell(f"wrote {path}")
