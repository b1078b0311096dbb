"""Options of `leakguard clean` for metadata of the cleaned data in the Croissant format, which are written beside its manifest."""

import click

from leakguard.cli.options import under
from leakguard.cli.terminal import tell

CROISSANT = under(
    "Output",
    click.option("--croissant", is_flag=True, help="Also write croissant.json, metadata in the format Croissant 1.1, to DIR."),
    click.option("--written-by", metavar="MODEL", default="", help="Model that wrote the data, for croissant.json.  [not named]"),
)
NAME = "croissant.json"


def check_croissant(folder: str, *, overwrite: bool, wanted: bool) -> None:
    """Raise UsageError, before a clean begins, if a file that no clean wrote has the name of its metadata, unless `overwrite`."""
    from pathlib import Path

    from leakguard.core.errors import UsageError
    from leakguard.core.store_address import find_folder
    from leakguard.readers.files.places import join_place, list_present
    from leakguard.readers.files.safe_paths import MANIFEST

    place = find_folder(folder) or Path(folder)
    if wanted and not overwrite and list_present(place, [NAME]) and not list_present(place, [MANIFEST]):
        raise UsageError(f"{join_place(place, NAME)}: exists, and no clean wrote it; delete it, or `overwrite`")


def write_croissant(folder: str, writer: str, *, overwrite: bool, wanted: bool = True) -> None:
    """Write croissant.json, if it is `wanted`, from the manifest in a folder of outputs, of this machine or of a store.

    If it is not, but a file of an earlier clean is in a folder of this machine, a message says so. Raises UsageError if another file has
    this name there, unless `overwrite`.
    """
    from dataclasses import replace
    from pathlib import Path

    from leakguard.cli.outputs import stage_files
    from leakguard.core.errors import UsageError
    from leakguard.core.store_address import find_folder
    from leakguard.documents.cleaned_data import read_content
    from leakguard.documents.manifest import read_manifest_bytes
    from leakguard.readers.files.places import join_place, list_present, read_document
    from leakguard.readers.files.safe_paths import MANIFEST
    from leakguard.reports.cleaned.croissant import render
    from leakguard.reports.kit.style import Style

    if not wanted:
        if (Path(folder) / NAME).is_file():
            tell(f"{Path(folder) / NAME} was not written again: it may describe an earlier clean (--croissant)")
        return
    # The manifest is written last by a clean; this file names its hash, so it can be made again at any time.
    place = find_folder(folder) or Path(folder)
    data = read_content(read_manifest_bytes(join_place(place, MANIFEST)), str(join_place(place, MANIFEST)))
    content = render(replace(data, writer=writer), Style()).encode()
    target = join_place(place, NAME)
    if list_present(place, [NAME]) and not overwrite:
        if read_document(target) != content:
            raise UsageError(f"{target}: exists, with other content; delete it, or `overwrite`")
        return
    with stage_files([str(target)], []) as (file,):
        file.write(content)
    tell(f"wrote {target}")
