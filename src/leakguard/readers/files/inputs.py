"""Find the input files at the paths of a command: files to read, files that cannot be read, and files that are ignored."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from glob import glob, has_magic
from typing import overload

from leakguard.core.errors import UsageError
from leakguard.core.results import Ignored
from leakguard.core.store_address import SCHEMES, find_address, get_scheme, hide_secrets
from leakguard.readers.files.archives import split_member
from leakguard.readers.files.object_search import add_objects
from leakguard.readers.files.pipes import describe_file_type, refuse_endless
from leakguard.readers.files.search import FolderSearch, SearchRoot, describe_path_error

STDIN = "-"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Inputs(Sequence[str]):
    """The sorted names of all input files of a run.

    `unread` maps the names of files that cannot be read to the reason; each makes the run incomplete. `ignored` are the files that were
    left out by a pattern or because they are known to hold no data.
    """

    names: tuple[str, ...]
    unread: dict[str, str] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        """Return the name at an index."""
        return self.names[at]

    def __len__(self) -> int:
        """Return the number of files, read or not."""
        return len(self.names)


def list_unread(files: Sequence[str]) -> dict[str, str]:
    """Return why files cannot be read, by name; empty for names that did not come from `find_inputs`."""
    return files.unread if isinstance(files, Inputs) else {}


def list_ignored(files: Sequence[str]) -> tuple[Ignored, ...]:
    """Return the files that were left out when these files were found."""
    return files.ignored if isinstance(files, Inputs) else ()


def list_readable(files: Sequence[str]) -> tuple[str, ...]:
    """Return the files that can be read."""
    unread = list_unread(files)
    return tuple(name for name in files if name not in unread)


def find_inputs(paths: Sequence[str], *, ignore: Sequence[str] = (), follow_links: bool = False) -> Inputs:
    """Find every file at these paths, once.

    A path is a file, a folder, a glob, a member of an archive, the address of a store, or `-` for standard input.

    Every file below a folder is read, listed in `unread` with the reason, or counted in `ignored`: because its path below the folder or its
    name matches a pattern of `ignore`, or because it is known to hold no data (README, dataset_info.json; see non_data.py). Links that
    lead out of a folder are followed only with `follow_links`.

    Raises UsageError for a name that does not exist, a broken link, a device, a glob without matches, and a folder without data.
    """
    search = FolderSearch(tuple(ignore), follow_links)
    for path in paths:
        _take(path, search)
    if not search.read and not search.unread:
        patterns = " ".join(f"'{pattern}'" for pattern in ignore)
        shown = ", ".join(find_address(path) or path for path in paths)
        raise UsageError(f"{shown}: every file is left out by `ignore-files` {patterns}; nothing is left to read")
    # A link that leads outside of a folder is read if it is also one of the paths.
    unread = {name: why for name, why in search.unread.items() if os.path.realpath(name) not in search.read}
    return Inputs(tuple(sorted({*search.read.values(), *unread})), unread, search.ignored)


def _take(path: str, search: FolderSearch) -> None:
    """Add the file, or the files, at a path to the search. Raises UsageError."""
    if path == STDIN:
        search.read[STDIN] = STDIN
    elif address := find_address(path):
        add_objects(address, search)
    elif os.path.isdir(path):
        _take_folder(path, search)
    elif os.path.lexists(path):
        _take_file(path, search)
    elif split_member(path):
        search.add_file(path, os.path.normpath(path), named=True)
    elif has_magic(path):
        _take_glob(path, search)
    elif scheme := get_scheme(path):
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise UsageError(f"{hide_secrets(path)}: addresses of {scheme}:// are not read; those of {known} are")
    else:
        raise UsageError(f"{path}: {_missing(path)}{_nearest(path)}")


def _take_folder(path: str, search: FolderSearch) -> None:
    """Add the files below a folder. Raises UsageError if there are none."""
    before = search.taken
    search.add_folder(path, SearchRoot.find(path))
    if search.taken == before:
        raise UsageError(f"{path}: no data in this folder: {_held(path)}")


def _held(path: str) -> str:
    """Describe the contents of a folder without data, for the end of a message."""
    names = sorted(os.listdir(path))
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"it contains {', '.join(names[:SHOWN])}{more}, none of which is data (see docs/reading.md)" if names else "it is empty"


def _take_file(path: str, search: FolderSearch) -> None:
    """Add one file that was named directly. It may be a pipe, such as a shell's <(...)."""
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
    """Add the files that a glob matches, and those below folders that it matches.

    Links may lead anywhere below the part of the glob without wildcards.
    """
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
    """Describe why a path does not exist."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "no such file or folder"
    except OSError as error:
        return error.strerror or str(error)
    return "it was created while leakguard started: run the command again"


def _nearest(path: str) -> str:
    """Suggest the existing name most like the missing one, for the end of a message."""
    parent, name = os.path.split(path.rstrip(os.sep))
    while parent and not os.path.isdir(parent):
        parent, name = os.path.split(parent)
    try:
        names = os.listdir(parent or ".")
    except OSError:
        return ""
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {os.path.join(parent, close[0])}?" if close else ""
