"""From the paths that were named to the files of a run: those that are read, those that cannot be, and those that are left out."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from glob import glob, has_magic
from typing import overload

from leakguard.core.errors import UsageError
from leakguard.core.results import Ignored
from leakguard.readers.files.archives import split_member
from leakguard.readers.files.pipes import describe_file_type, refuse_endless
from leakguard.readers.files.search import FolderSearch, SearchRoot, describe_path_error

STDIN = "-"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Inputs(Sequence[str]):
    """The names of all files of a run, sorted. `unread` says of some of them why they cannot be read: each makes the run incomplete.

    `ignored` are files that were left out by a pattern, or that are known to hold no data.
    """

    names: tuple[str, ...]
    unread: dict[str, str] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        """The name at a place."""
        return self.names[at]

    def __len__(self) -> int:
        """How many files there are, read or not."""
        return len(self.names)


def list_unread(files: Sequence[str]) -> dict[str, str]:
    """Why some of the files cannot be read; nothing of names that did not come from `find_inputs`."""
    return files.unread if isinstance(files, Inputs) else {}


def list_ignored(files: Sequence[str]) -> tuple[Ignored, ...]:
    """The files that were left out when these were found."""
    return files.ignored if isinstance(files, Inputs) else ()


def list_readable(files: Sequence[str]) -> tuple[str, ...]:
    """The files without those that cannot be read."""
    unread = list_unread(files)
    return tuple(name for name in files if name not in unread)


def find_inputs(paths: Sequence[str], *, ignore: Sequence[str] = (), follow_links: bool = False) -> Inputs:
    """Every file that the paths name, once. A path is a file, a folder, a glob, a member of an archive, or `-`
    for standard input.

    Every file below a folder is read, or is in `unread` with the reason, or counted in `ignored`: because its path below the
    folder or its name matches a pattern of `ignore`, or because it is known to hold no data (README, dataset_info.json; see
    nodata). Links that lead out of a folder are not followed, unless `follow_links` says so.

    Raises UsageError for a name that does not exist, a link that leads nowhere, a device, a glob that matches nothing, and a
    folder without data.
    """
    search = FolderSearch(tuple(ignore), follow_links)
    for path in paths:
        _take(path, search)
    if not search.read and not search.unread:
        patterns = " ".join(f"'{pattern}'" for pattern in ignore)
        raise UsageError(f"{', '.join(paths)}: every file is left out by --ignore-files {patterns}; nothing is left to read")
    # A link that leads outside of a folder may be named itself as well, and is read then.
    unread = {name: why for name, why in search.unread.items() if os.path.realpath(name) not in search.read}
    return Inputs(tuple(sorted({*search.read.values(), *unread})), unread, search.ignored)


def _take(path: str, search: FolderSearch) -> None:
    """Put what a path stands for into the search. Raises UsageError."""
    if path == STDIN:
        search.read[STDIN] = STDIN
    elif os.path.isdir(path):
        _take_folder(path, search)
    elif os.path.lexists(path):
        _take_file(path, search)
    elif split_member(path):
        search.add_file(path, os.path.normpath(path), named=True)
    elif has_magic(path):
        _take_glob(path, search)
    else:
        raise UsageError(f"{path}: {_missing(path)}{_nearest(path)}")


def _take_folder(path: str, search: FolderSearch) -> None:
    before = search.taken
    search.add_folder(path, SearchRoot.find(path))
    if search.taken == before:
        raise UsageError(f"{path}: no data in this folder: {_held(path)}")


def _held(path: str) -> str:
    """What lies in a folder without data, as the end of a message."""
    names = sorted(os.listdir(path))
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"it holds {', '.join(names[:SHOWN])}{more}, none of which is data (docs/reading.md)" if names else "it is empty"


def _take_file(path: str, search: FolderSearch) -> None:
    """One file that was named itself. It may be a pipe, such as a shell's <(...), which is read to its end."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISCHR(mode):
            _refuse_endless(path)
    except OSError as error:
        raise UsageError(f"{path}: {describe_path_error(path, error)}") from error
    if stat.S_ISREG(mode):
        search.add_file(path, os.path.normpath(path), named=True)
    elif stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        search.add(path)
    else:
        raise UsageError(f"{path}: this is {describe_file_type(mode)}, which is not read: give a file")


def _refuse_endless(path: str) -> None:
    """Raise OSError for a device without an end."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        refuse_endless(handle)
    finally:
        os.close(handle)


def _take_glob(path: str, search: FolderSearch) -> None:
    """Files that a glob matches are found below its part without wildcards; folders that it matches are searched."""
    root = path
    while has_magic(root):
        root = os.path.dirname(root)
    home = SearchRoot.find(root or os.curdir)
    matches = sorted(glob(path, recursive=True))
    before = search.taken
    for name in matches:
        relative = os.path.relpath(name, root or os.curdir)
        if search.add_entry(name, relative, home):
            search.add_folder(name, home, relative)
    if search.taken == before:
        raise UsageError(f"{path}: no file matches{_nearest(path)}")


def _missing(path: str) -> str:
    """Why there is nothing under a name, in words."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "no such file or folder"
    except OSError as error:
        return error.strerror or str(error)
    return "it appeared while leakguard started: run it again"


def _nearest(path: str) -> str:
    """The existing name that looks most like the one asked for, as the end of a message."""
    parent, name = os.path.split(path.rstrip(os.sep))
    while parent and not os.path.isdir(parent):
        parent, name = os.path.split(parent)
    try:
        names = os.listdir(parent or ".")
    except OSError:
        return ""
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {os.path.join(parent, close[0])}?" if close else ""
