"""Search folders for data: each file is read, cannot be read for a reason, or is left out and counted."""

import errno
import os
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from leakguard.core.results import Ignored
from leakguard.core.store_address import StoreAddress, find_address
from leakguard.readers.files.archives import MEMBER_MARK, SUFFIX, get_archive_path, join_member, list_members
from leakguard.readers.files.format_detection import detect_format
from leakguard.readers.files.non_data import FOLDERS, has_non_data_name, is_non_data
from leakguard.readers.files.pipes import describe_file_type
from leakguard.readers.files.signatures import ZIP, explain_unread

FIRST = 5
NO_DATA = ""
NESTED = "an archive inside an archive is not read: unpack the outer one first"


@dataclass(frozen=True, slots=True)
class SearchRoot:
    """A folder that was named, with links resolved. Links may lead anywhere inside it, and into `blobs` if it is part of a Hub cache."""

    real: str
    blobs: str

    @classmethod
    def find(cls, folder: str) -> "SearchRoot":
        """Return the search root of a folder. In a Hugging Face Hub cache, files of snapshots/REVISION are links into blobs beside it."""
        real = os.path.realpath(folder)
        at = real
        while at != os.path.dirname(at):
            blobs = os.path.join(os.path.dirname(at), "blobs")
            if os.path.basename(at) == "snapshots" and os.path.isdir(blobs) and not os.path.islink(blobs):
                return cls(real, blobs)
            at = os.path.dirname(at)
        return cls(real, "")

    def contains(self, real: str) -> bool:
        """Return whether a path without links is inside this root."""
        return any(_within(real, folder) for folder in (self.real, self.blobs) if folder)


def _within(real: str, folder: str) -> bool:
    """Return whether a path is the folder or below it."""
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)


@dataclass(slots=True)
class FolderSearch:
    """The files found so far. `read` maps resolved paths to names, `unread` names to reasons.

    `taken` counts files that are read, unread or left out by a pattern, including files that were found before.
    """

    ignore: tuple[str, ...] = ()
    follow_links: bool = False
    read: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    taken: int = 0
    _ignored: dict[str, list[str]] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """The files that were left out, by pattern; files known to contain no data come first."""
        return tuple(Ignored(key, len(names), tuple(sorted(names)[:FIRST])) for key, names in sorted(self._ignored.items()))

    def add_folder(self, folder: str, home: SearchRoot, under: str = "") -> None:
        """Add everything below a folder; `under` is its path below the folder that was named.

        The search is depth first and sorted. Each folder is entered once, so a link to a parent folder ends there.
        """
        # An explicit stack in place of recursion; its top is the next folder in sorted order.
        todo, visited = [(folder, under)], set()
        while todo:
            here, below = todo.pop()
            if (real := os.path.realpath(here)) in visited:
                continue
            visited.add(real)
            try:
                names = sorted(os.listdir(here))
            except OSError as error:
                self.add_unread(here, f"this folder cannot be listed: {error.strerror or error}")
                continue
            places = [(os.path.join(here, name), os.path.join(below, name)) for name in names]
            todo += reversed([(path, relative) for path, relative in places if self.add_entry(path, relative, home)])

    def add_entry(self, path: str, relative: str, home: SearchRoot) -> bool:
        """Add an entry of a folder or a match of a glob; return True if it is a folder that should be searched."""
        # Order: paths that lead nowhere, folders, entries left out by a pattern, links out of the folder, pipes and devices, files.
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            if not self._is_ignored(path, relative):
                self.add_unread(path, describe_path_error(path, error))
            return False
        real = os.path.realpath(path)
        outside = not self.follow_links and not home.contains(real)
        if stat.S_ISDIR(mode) and not outside:
            return not self._is_plumbing(relative)
        if self._is_ignored(path, relative):
            return False
        if outside:
            self.add_unread(path, f"a link that leads outside of the folder (to {real}) is not read: set follow-links to read it")
        elif not stat.S_ISREG(mode):
            self.add_unread(
                path, f"{describe_file_type(mode)} in a folder is not read: name it directly, or leave it out with ignore-files"
            )
        else:
            self.add_file(path, relative, named=False)
        return False

    def add_file(self, path: str, relative: str, *, named: bool) -> None:
        """Add one regular file. A file that was named directly is left out by a pattern only, not because it contains no data."""
        # A zip archive adds its members. Any other file is added by its format: as holding no data, as unread, or as read.
        if named and self._is_ignored(path, relative):
            return
        try:
            format = detect_format(path)
            if format == ZIP and path.lower().endswith(SUFFIX):
                self._add_members(path, relative)
                return
            no_data = not named and is_non_data(path, format)
        except OSError as error:
            self.add_unread(path, error.strerror or str(error))
            return
        if no_data:
            self._ignored.setdefault(NO_DATA, []).append(relative)
        elif why := explain_unread(format):
            self.add_unread(path, why)
        else:
            self.add(path)

    def add_object(self, address: StoreAddress, relative: str) -> None:
        """Add an object that a folder or a glob of a store led to; `relative` is its path below it."""
        # Stores have no folders: each object below a folder that holds no data is counted with that folder.
        folders = [relative[:at] for at, letter in enumerate(relative) if letter == "/"]
        if home := next((folder for folder in folders if is_plumbing(folder)), ""):
            self._ignored.setdefault(NO_DATA, []).append(f"{home}/")
        elif not self._is_ignored(address, relative):
            self.add_file(address, relative, named=False)

    def add_unread(self, path: str, why: str) -> None:
        """Add a file that cannot be read, once for all paths that lead to it."""
        folder, name = os.path.split(path)
        place = path if find_address(path) else os.path.join(os.path.realpath(folder), name)
        if place not in self._left:
            self._left.add(place)
            self.unread[path] = why
        self.taken += 1

    def _add_members(self, path: str, relative: str) -> None:
        """Add each file of an archive. Files without data are recognised by name and format alone."""
        # A member inside a nested archive is never read; a flaw of the entry comes before its format.
        for member in list_members(path):
            name, below = join_member(path, member.name), f"{relative}{MEMBER_MARK}{member.name}"
            if self._is_ignored(name, below):
                continue
            try:
                why, format = member.flaw, "" if member.flaw else detect_format(name)
            except OSError as error:
                why, format = error.strerror or str(error), ""
            why = why or (NESTED if format == ZIP else explain_unread(format))
            if why and has_non_data_name(member.name, format):
                self._ignored.setdefault(NO_DATA, []).append(below)
            elif why:
                self.add_unread(name, why)
            else:
                self.add(name)

    def add(self, path: str) -> None:
        """Add a file, a pipe, a member of an archive or an object to be read."""
        if find_address(path):
            self.read.setdefault(path, path)
            self.taken += 1
            return
        real = os.path.realpath(get_archive_path(path))
        self.read.setdefault(real + path[len(get_archive_path(path)) :], path)
        self.taken += 1

    def _is_ignored(self, path: str, relative: str) -> bool:
        """Return whether a pattern leaves a file out; it is then counted under that pattern."""
        names = (relative, os.path.basename(path))
        pattern = next((pattern for pattern in self.ignore if any(matches_pattern(name, pattern) for name in names)), None)
        if pattern is None:
            return False
        self._ignored.setdefault(pattern, []).append(relative)
        self.taken += 1
        return True

    def _is_plumbing(self, relative: str) -> bool:
        """Return whether a folder belongs to git or to a download cache; it is then counted as holding no data."""
        if not is_plumbing(relative):
            return False
        self._ignored.setdefault(NO_DATA, []).append(f"{relative}/")
        return True


def is_plumbing(relative: str) -> bool:
    """Return whether a folder belongs to git or to a download cache."""
    return any(f"/{relative}".endswith(f"/{name}") for name in FOLDERS)


def matches_pattern(name: str, pattern: str) -> bool:
    """Return whether a path matches a pattern of ignore-files.

    `*` also matches `/`; a pattern that ends in / matches everything below such folders.
    """
    if pattern.endswith("/"):
        return fnmatchcase(f"/{name}", f"/{pattern}*") or fnmatchcase(f"/{name}", f"*/{pattern}*")
    return fnmatchcase(name, pattern)


def describe_path_error(path: str, error: OSError) -> str:
    """Describe why a path does not lead to a file."""
    if not os.path.islink(path):
        return error.strerror or str(error)
    if error.errno == errno.ELOOP:
        return "a link that leads to itself"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"a broken link (to {os.readlink(path)})"
    return f"a link to {os.readlink(path)}: {error.strerror or error}"
