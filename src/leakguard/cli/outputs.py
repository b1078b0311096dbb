"""Output files of commands: paths are checked before a scan, files written under a temporary name, and renamed or uploaded at the end."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, BinaryIO

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.store_address import StoreAddress, find_address
from leakguard.core.suggest import suggest_names
from leakguard.reports import SUFFIXES
from leakguard.reports.kit.style import Style

Report = Callable[[Any, Style], str]
"""Builds a report of a result as text."""


def name_today() -> str:
    """Return the date of today as web pages show it: "30 November 2026"."""
    today = date.today()
    return f"{today.day} {today:%B %Y}"


def read_format(path: str, formats: Iterable[str] = tuple(SUFFIXES.values())) -> str:
    """Return the report format for the suffix of a path. Raises UsageError, with the suffixes of `formats`."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        known = [name for name, shape in SUFFIXES.items() if shape in formats]
        raise UsageError(f"--output {path}: the suffix says the format, and {suffix!r} is none; {suggest_names(suffix, known)}")
    return SUFFIXES[suffix]


def check_format(formats: Iterable[str], name: str, option: str) -> str:
    """Return the name of a report format if it is valid. Raises UsageError with the nearest valid name."""
    known = tuple(formats)
    if name not in known:
        raise UsageError(f"{option} cannot be {name!r}; {suggest_names(name, known)}")
    return name


def choose_reports(reports: Mapping[str, Report], shape: str, outputs: Iterable[str]) -> tuple[Report, list[Report]]:
    """Return the builder of the report on stdout, and one for each output by its suffix. Raises UsageError for an unknown format."""
    shown = reports[check_format(reports, shape, "--format")]
    return shown, [reports[check_format(reports, read_format(path, reports), f"--output {path}: the format")] for path in outputs]


@contextmanager
def stage_files(paths: Sequence[str], inputs: Sequence[str]) -> Iterator[list[BinaryIO]]:
    """Yield an open file for each path; they get their names when the block ends without an exception, and are removed otherwise.

    A file for an address of a store is uploaded then. Raises UsageError, and Stopped for a failed upload, whose file is kept here.
    """
    _check(paths, inputs)
    with ExitStack() as stack:
        parts = [_part(path) for path in paths]
        files: list[BinaryIO] = []
        for path, part in zip(paths, parts, strict=True):
            stack.callback(_discard, path, part)
            files.append(stack.enter_context(_opened(path, part)))
        yield files
        remote: list[tuple[StoreAddress, Path]] = []
        for path, part, file in zip(paths, parts, files, strict=True):
            file.close()
            if address := find_address(path):
                remote.append((address, part))
            else:
                part.replace(path)
        if lost := [line for address, part in remote if (line := _upload(address, part))]:
            raise Stopped("; ".join(lost))


def _upload(address: StoreAddress, part: Path) -> str:
    """Upload a file; if that fails, keep it in another folder for temporary files, and return a line about it."""
    from leakguard.outputs.uploads import upload_file
    from leakguard.readers.files.store_requests import StoreError

    try:
        upload_file(part, address)
    except StoreError as error:
        kept = Path(mkdtemp(prefix="leakguard-")) / part.name
        part.replace(kept)
        return f"{address}: cannot be written: {error}; it is kept in {kept}"
    return ""


def _check(paths: Sequence[str], inputs: Sequence[str]) -> None:
    # Unlike Path.resolve, realpath also takes a link that leads to itself.
    taken = {Path(os.path.realpath(path)): "an input file" for path in inputs}
    for path in paths:
        if address := find_address(path):
            _check_address(address, taken)
            continue
        place = Path(os.path.realpath(path))
        if place in taken:
            raise UsageError(f"--output {path}: this is {taken[place]} already; give another path")
        if place.is_dir():
            raise UsageError(f"--output {path}: this is a folder; give the path of a file")
        if not place.parent.is_dir():
            raise UsageError(f"--output {path}: there is no folder {place.parent}; make it first")
        taken[place] = "an output file"


def _check_address(address: StoreAddress, taken: dict[Path, str]) -> None:
    """Raise UsageError for an address that is an input or another output, or that cannot be written to, and Stopped if the store fails."""
    from leakguard.outputs.uploads import check_write, refuse_address

    refuse_address(address)
    if (name := Path(os.path.realpath(address))) in taken:
        raise UsageError(f"--output {address}: this is {taken[name]} already; give another address")
    folder, _, last = address.url.rpartition("/")
    if not last or folder.endswith("/"):
        raise UsageError(f"--output {address}: this is a folder; give the name of an object")
    taken[name] = "an output file"
    check_write(StoreAddress(folder))


def _part(path: str) -> Path:
    if address := find_address(path):
        # In a folder that other users of this machine cannot read.
        return Path(mkdtemp(prefix="leakguard-")) / (address.path.rpartition("/")[2] or "output")
    place = Path(path)
    return place.with_name(f".{place.name}.{os.getpid()}.part")


def _discard(path: str, part: Path) -> None:
    """Remove a file that was not given its name, and the folder that was made for it."""
    part.unlink(missing_ok=True)
    if find_address(path):
        part.parent.rmdir()


def _opened(path: str, part: Path) -> BinaryIO:
    try:
        # Remove the file of a killed run with the same process id, and a link, which must not be written through.
        part.unlink(missing_ok=True)
        return part.open("xb")
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be written: {error.strerror or error}") from error
