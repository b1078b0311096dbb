"""The inputs of a clean: each hashed before the first row is read, with the name that its outputs will have."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from leakguard.core.errors import Stopped, UsageError
from leakguard.outputs.checkpoint import WORK
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.encodings import FileEncoding
from leakguard.readers.files.format_detection import LINES, detect_file_format, detect_stored_format
from leakguard.readers.files.format_names import ARROW, JSON, PARQUET
from leakguard.readers.files.hashes import FileDigest, hash_file, read_stamp
from leakguard.readers.files.inputs import STDIN, list_readable, list_unread
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.regular_files import create_regular
from leakguard.readers.files.safe_paths import FOLDERS
from leakguard.readers.files.streams import WINDOW, open_stream

SPOOLED = "stdin.jsonl"
STDIN_AS = {LINES: SPOOLED, JSON: "stdin.json", ARROW: "stdin.arrow"}
"""The name of standard input's outputs, by its format."""


@dataclass(frozen=True, slots=True)
class HashedInput:
    """An input as the user named it: the file with its bytes and the file's digest, and where the input lies (the file, or in it).

    `output` is the name of its outputs inside the folders, `wrapping` how its text is stored.
    """

    name: str
    path: Path
    place: str
    output: str
    wrapping: FileEncoding
    digest: FileDigest

    def described(self, place: Path) -> dict[str, Any]:
        """The input as a manifest in `place` names it; standard input has no path."""
        path = None if self.name == STDIN else Path(os.path.relpath(self.path, place)).as_posix()
        return {"name": self.name, "path": path, "sha256": self.digest.sha256, "bytes": self.digest.bytes}

    def check(self, readings: Readings) -> None:
        """Raise Stopped if the file is not what was hashed, or anything that was read of it is not part of what was hashed."""
        try:
            same = read_stamp(self.path) == self.digest.changed
            if same and not readings.matches(self.name, self.digest):
                same = readings.confirm(self.name, self.path).sha256 == self.digest.sha256
        except OSError:
            same = False
        if not same:
            raise Stopped(f"{self.name}: changed or vanished while it was being read; nothing was written")


def find_outside(place: str, paths: Sequence[str]) -> None:
    """Raise UsageError if outputs in the folder `place` would be found as data the next time, or if no folder is named."""
    if not place:
        raise UsageError("--output: no folder is named; give one, such as cleaned")
    out = Path(os.path.realpath(place))
    for path in paths:
        if os.path.isdir(path) and out.is_relative_to(os.path.realpath(path)):
            raise UsageError(f"--output {place}: it lies in {path}, so what comes out would be data the next time; give a folder elsewhere")


def refuse_overlap(files: Sequence[str], place: Path) -> None:
    """Raise UsageError where outputs would lie among the inputs, so that the next run would read them."""
    for file in files:
        parts = Path(os.path.abspath(file)).relative_to(place.absolute()).parts if _inside(file, place) else ()
        if len(parts) > 1 and parts[0] in (*FOLDERS, WORK):
            raise UsageError(f"--output {place}: {file} lies in it and was made by an earlier run; give another folder")


@contextmanager
def spool_stdin(files: Sequence[str], stdin: BinaryIO) -> Iterator[str | None]:
    """A temporary copy of standard input, where it is among the files: it can be read only once."""
    if STDIN not in files:
        yield None
        return
    with TemporaryDirectory(prefix="leakguard-") as folder:
        yield str(_copied(stdin, Path(folder)))


def _copied(stdin: BinaryIO, folder: Path) -> Path:
    path = folder / SPOOLED
    with create_regular(path) as spool:
        shutil.copyfileobj(stdin, spool)
    return path


def hash_inputs(files: Sequence[str], place: Path, work: Path, stdin: BinaryIO) -> list[HashedInput]:
    """All inputs that can be read, hashed; standard input is first copied into `work`, for it can be read only once.

    Raises UsageError for one that could be read when it was found and cannot any more.
    """
    refuse_overlap(files, place)
    names = _output_names(list_readable(files))
    return [_taken_in(file, names[file], work, stdin) for file in list_readable(files)]


def describe_unread(files: Sequence[str], place: Path) -> list[dict[str, Any]]:
    """The files that were not read as a manifest in `place` names them, each with the reason; their content is in no output."""
    return [
        {"name": name, "path": Path(os.path.relpath(get_archive_path(name), place)).as_posix(), "reason": "unreadable-file", "detail": why}
        for name, why in list_unread(files).items()
    ]


def _taken_in(file: str, output: str, work: Path, stdin: BinaryIO) -> HashedInput:
    place = str(_copied(stdin, work)) if file == STDIN else file
    path = Path(get_archive_path(place))
    output = STDIN_AS.get(detect_stored_format(STDIN, place), SPOOLED) if file == STDIN else output
    try:
        if not path.is_file():
            raise OSError("this is no regular file; a clean needs one that it can read twice")
        return HashedInput(
            file, path, place, output, FileEncoding() if detect_file_format(place) == PARQUET else _wrapping(place), hash_file(path)
        )
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}; nothing was cleaned") from error


def _wrapping(place: str) -> FileEncoding:
    stream = open_stream(place)
    try:
        with suppress(BrokenStream):
            next(stream.chunks(WINDOW), b"")
        return stream.encoding
    finally:
        stream.close()


def _inside(file: str, place: Path) -> bool:
    return file != STDIN and Path(os.path.abspath(file)).is_relative_to(place.absolute())


def _output_names(files: Sequence[str]) -> dict[str, str]:
    """Each input's path below the folder that holds them all; standard input is a file of its own."""
    homes = [os.path.dirname(os.path.abspath(file)) for file in files if file != STDIN]
    common = os.path.commonpath(homes) if homes else ""
    names = {file: Path(os.path.relpath(os.path.abspath(file), common)).as_posix() for file in files if file != STDIN}
    if STDIN in files:
        if taken := sorted({*STDIN_AS.values()} & {*names.values()}):
            raise UsageError(f"{STDIN}: its outputs may be called {taken[0]}, and so is an input; clean them one after the other")
        names[STDIN] = SPOOLED
    return names
