"""The inputs of a clean: each is hashed before its first row is read, and gets the name of its outputs."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.store_address import WEB, StoreAddress, find_address
from leakguard.outputs.checkpoint import WORK
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.encodings import FileEncoding
from leakguard.readers.files.format_detection import LINES, detect_file_format, detect_stored_format
from leakguard.readers.files.format_names import ARROW, JSON, PARQUET
from leakguard.readers.files.hashes import FileDigest, hash_file
from leakguard.readers.files.inputs import STDIN, list_readable, list_unread
from leakguard.readers.files.places import ResultPlace
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.regular_files import create_regular
from leakguard.readers.files.safe_paths import FOLDERS
from leakguard.readers.files.stores import read_stamp
from leakguard.readers.files.streams import WINDOW, open_stream

SPOOLED = "stdin.jsonl"
APART = "clean them one after the other, or leave one out with `ignore-files`"
STDIN_AS = {LINES: SPOOLED, JSON: "stdin.json", ARROW: "stdin.arrow"}
"""Format of standard input -> name of its outputs."""


@dataclass(frozen=True, slots=True)
class HashedInput:
    """An input of a clean with its digest.

    `name`: as the user wrote it. `path`: the file with its bytes, which `digest` is about. `place`: where the input is read: that file, or
    an entry of that archive. `output`: the name of its outputs inside of the folders. `wrapping`: how its text is stored.
    """

    name: str
    path: Path | StoreAddress
    place: str
    output: str
    wrapping: FileEncoding
    digest: FileDigest

    def described(self, place: ResultPlace) -> dict[str, Any]:
        """Return the input as a manifest in `place` lists it; standard input has no path."""
        path = None if self.name == STDIN else relative_input(self.path, place)
        return {"name": self.name, "path": path, "sha256": self.digest.sha256, "bytes": self.digest.bytes}

    def check(self, readings: Readings) -> None:
        """Raise Stopped if the file has changed since it was hashed, or if other bytes were read of it than those that were hashed."""
        try:
            same = read_stamp(self.path) == self.digest.changed
            if same and not readings.matches(self.name, self.digest):
                same = readings.confirm(self.name, self.path).sha256 == self.digest.sha256
        except OSError:
            same = False
        if not same:
            raise Stopped(f"{self.name}: changed or vanished while it was being read; nothing was written")


def find_outside(place: str, paths: Sequence[str]) -> None:
    """Raise UsageError if the output folder `place` is below one of the folders `paths`, whose next scan would read it, or is not named."""
    if not place:
        raise UsageError("`output`: no folder is named; give one, such as cleaned")
    if address := find_address(place):
        for found in filter(None, map(find_address, paths)):
            if _is_below(address, found):
                raise UsageError(
                    f"`output` {address}: it lies in {found}, so what comes out would be data the next time; give another folder"
                )
        return
    out = Path(os.path.realpath(place))
    for path in paths:
        if os.path.isdir(path) and out.is_relative_to(os.path.realpath(path)):
            raise UsageError(f"`output` {place}: it lies in {path}, so what comes out would be data the next time; give a folder elsewhere")


def refuse_overlap(files: Sequence[str], place: ResultPlace) -> None:
    """Raise UsageError if one of the files is an output of an earlier run into `place`."""
    for file in files:
        parts = _list_parts_below(file, place)
        if len(parts) > 1 and parts[0] in (*FOLDERS, WORK):
            raise UsageError(f"`output` {place}: {file} lies in it and was made by an earlier run; give another folder")


@contextmanager
def spool_stdin(files: Sequence[str], stdin: BinaryIO) -> Iterator[str | None]:
    """Context manager: the path of a temporary copy of standard input if it is among the files, else None. It can be read only once."""
    if STDIN not in files:
        yield None
        return
    with TemporaryDirectory(prefix="leakguard-") as folder:
        yield str(_copied(stdin, Path(folder)))


def _copied(stdin: BinaryIO, folder: Path) -> Path:
    """Return the path of a copy of standard input in the folder."""
    path = folder / SPOOLED
    with create_regular(path) as spool:
        shutil.copyfileobj(stdin, spool)
    return path


def hash_inputs(files: Sequence[str], place: ResultPlace, work: Path, stdin: BinaryIO) -> list[HashedInput]:
    """Return all inputs that can be read, with their digests; standard input is copied into `work` first, because it can be read only once.

    Raises UsageError if outputs would overlap inputs, and for a file that cannot be read any more.
    """
    refuse_overlap(files, place)
    names = _output_names(list_readable(files))
    return [_taken_in(file, names[file], work, stdin) for file in list_readable(files)]


def describe_unread(files: Sequence[str], place: ResultPlace) -> list[dict[str, Any]]:
    """Return the files that were not read, with the reasons, as a manifest in `place` lists them."""
    unread = list_unread(files)
    paths = {name: _locate(name) for name in unread}
    return [
        {"name": name, "path": relative_input(paths[name], place), "reason": "unreadable-file", "detail": why}
        for name, why in unread.items()
    ]


def _taken_in(file: str, output: str, work: Path, stdin: BinaryIO) -> HashedInput:
    """Return one input with its digest. Raises UsageError if it cannot be read, or only once."""
    place = str(_copied(stdin, work)) if file == STDIN else file
    path = _locate(place)
    output = STDIN_AS.get(detect_stored_format(STDIN, place), SPOOLED) if file == STDIN else output
    try:
        if isinstance(path, Path) and not path.is_file():
            raise OSError("this is no regular file; a clean needs one that it can read twice")
        return HashedInput(
            file, path, place, output, FileEncoding() if detect_file_format(place) == PARQUET else _wrapping(place), hash_file(path)
        )
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}; nothing was cleaned") from error


def _locate(place: str) -> ResultPlace:
    """Return the file or object with the bytes of an input: of a member of an archive, the archive."""
    path = get_archive_path(place)
    return find_address(path) or Path(path)


def relative_input(path: ResultPlace, place: ResultPlace) -> str:
    """Return the path of an input relative to the folder of outputs, and an absolute path if that is in a store; an address as it is."""
    if isinstance(path, StoreAddress):
        return str(path)
    return Path(os.path.abspath(path) if isinstance(place, StoreAddress) else os.path.relpath(path, place)).as_posix()


def _wrapping(place: str) -> FileEncoding:
    """Return how a file stores its text, from its first bytes."""
    stream = open_stream(place)
    try:
        with suppress(BrokenStream):
            next(stream.chunks(WINDOW), b"")
        return stream.encoding
    finally:
        stream.close()


def _list_parts_below(file: str, place: ResultPlace) -> tuple[str, ...]:
    """Return the parts of the path of an input below a folder; none for one that is not below it."""
    address = find_address(file)
    if isinstance(place, StoreAddress):
        return tuple(address.url[len(place.url) :].strip("/").split("/")) if address and _is_below(address, place) else ()
    path = Path(os.path.abspath(file))
    inside = file != STDIN and not address and path.is_relative_to(place.absolute())
    return path.relative_to(place.absolute()).parts if inside else ()


def _is_below(address: StoreAddress, folder: StoreAddress) -> bool:
    """Return whether an address is a folder of a store or below it."""
    return f"{address.url.rstrip('/')}/".startswith(f"{folder.url.rstrip('/')}/")


def _output_path(file: str) -> str:
    """Return the absolute path that stands for an input in the names of outputs: of an address, its path below a folder of its scheme."""
    # On a web server a query follows the path; in the key of an object, "?" is a character like any other.
    address = find_address(file)
    if not address:
        return os.path.abspath(file)
    return os.path.normpath(f"/{address.scheme}/{address.path.partition('?')[0] if address.scheme in WEB else address.path}")


def _output_names(files: Sequence[str]) -> dict[str, str]:
    """Return input -> name of its outputs: its path below the common folder of all inputs.

    Raises UsageError for two equal names, and for a name that is a folder above another: stores have such keys (a, a/b, a//b, a/../b).
    """
    paths = {file: _output_path(file) for file in files if file != STDIN}
    homes = [os.path.dirname(path) for path in paths.values()]
    common = os.path.commonpath(homes) if homes else ""
    names = {file: Path(os.path.relpath(path, common)).as_posix() for file, path in paths.items()}
    owners: dict[str, str] = {}
    for file, name in names.items():
        if (other := owners.setdefault(name, file)) != file:
            raise UsageError(f"{other}, {file}: the outputs of both would be called {name}; {APART}")
    for name, file in owners.items():
        for above in PurePosixPath(name).parents:
            if inside := owners.get(str(above)):
                raise UsageError(f"{inside}, {file}: the outputs of one would be the folder of the other's ({above}); {APART}")
    if STDIN in files:
        if taken := sorted({*STDIN_AS.values()} & {*names.values()}):
            raise UsageError(f"{STDIN}: its outputs may be called {taken[0]}, and so is an input; {APART}")
        names[STDIN] = SPOOLED
    return names
