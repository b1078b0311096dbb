"""Where a settings file that nobody named is looked for, and which ones are passed over: data do not choose what they are checked with."""

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from itertools import takewhile
from pathlib import Path

from leakguard.core.errors import SettingsError
from leakguard.settings.files import NAME, SHARED, STDIN, holds_settings


@dataclass(frozen=True, slots=True)
class Search:
    """The settings file that was found, or None, and for each one that was passed over a line that says why."""

    file: Path | None
    passed_over: tuple[str, ...] = ()


def find(paths: Sequence[str], folder: Path) -> Search:
    """The nearest settings file upwards from `folder`, to the root of its repository; without a repository only `folder` counts.

    A file among the data in `paths`, and one that another user could have written, are passed over. Raises SettingsError where
    that cannot be told.
    """
    data: set[tuple[Path, bool]] = set()
    passed_over: list[str] = []
    for file in (home / name for home in _upwards(folder) for name in (NAME, SHARED)):
        if not os.path.lexists(file):
            continue
        # Asked for only where there is such a file: the folders of a glob are found by matching it.
        data = data or {place for path in paths if path != STDIN for place in _places(path, folder)}
        why = _among(file, data)
        if not why and not _stands(file):
            continue
        why = why or _foreign(file)
        if why and (file.name == NAME or _mentions_us(file)):
            passed_over.append(f"settings in {file} are not used: {why}; to use them, add `config` {file}")
        elif not why and (file.name == NAME or holds_settings(file)):
            return Search(file, tuple(passed_over))
    return Search(None, tuple(passed_over))


def _upwards(folder: Path) -> list[Path]:
    """The folder and those above it, up to the nearest one with a .git; the folder alone where there is none."""
    chain = [folder, *folder.parents]
    below = list(takewhile(lambda home: not (home / ".git").exists(), chain))
    return chain[: len(below) + 1] if len(below) < len(chain) else [folder]


def _places(path: str, folder: Path) -> Iterable[tuple[Path, bool]]:
    """The real folders that hold the data of a path, and whether all that is below each is data, too."""
    whole = os.path.join(folder, path)
    if os.path.isdir(whole):
        return [(Path(os.path.realpath(whole)), True)]
    if os.path.lexists(whole) or not has_magic(path):
        return [(Path(os.path.realpath(os.path.dirname(whole))), False), (Path(os.path.realpath(whole)).parent, False)]
    if "**" in Path(path).parts:
        fixed = takewhile(lambda part: not has_magic(part), Path(path).parts)
        return [(Path(os.path.realpath(folder.joinpath(*fixed))), True)]
    return {(Path(os.path.realpath(os.path.dirname(name))), False) for name in glob(whole)}


def _among(file: Path, data: Iterable[tuple[Path, bool]]) -> str:
    """Why the file, or what it links to, may have come with the data; "" if it lies elsewhere."""
    homes = {Path(os.path.realpath(file.parent)), Path(os.path.realpath(file)).parent}
    for place, whole in data:
        if whole and any(home.is_relative_to(place) for home in homes):
            return f"the file lies in {place}, a folder of the data"
        if place in homes:
            return "the file lies beside the data"
    return ""


def _stands(path: Path) -> bool:
    """Is there a settings file? A link that leads nowhere, or a pipe, is one: reading it says what is wrong. Raises SettingsError."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return path.is_symlink()
    except OSError as error:
        raise SettingsError(
            f"settings: cannot look for {path}: {error.strerror or error}; name a settings file with `config`, or use `no-config`"
        ) from error


def _mentions_us(file: Path) -> bool:
    """Does a pyproject.toml that is passed over hold settings? One that cannot be read needs no line: it is not used anyway."""
    try:
        return holds_settings(file)
    except SettingsError:
        return False


def _foreign(file: Path) -> str:
    """Why another user could have chosen what is in the file; "" if none could, and on systems without such owners."""
    if os.name != "posix":
        return ""
    try:
        real = Path(os.path.realpath(file))
        for link in {file, real}:
            if link.lstat().st_uid != os.geteuid():
                return "the file belongs to another user"
        if _open_to_others(real.stat()):
            return "other users can write to the file"
        for home in {file.parent, real.parent}:
            found = home.stat()
            if found.st_uid not in (0, os.geteuid()) or _open_to_others(found):
                return f"other users can write to its folder {home}"
    except FileNotFoundError:
        return ""
    return ""


def _open_to_others(found: os.stat_result) -> bool:
    """Writable by everyone, or by a group that is not this user's own (many systems give every user one)."""
    return bool(found.st_mode & stat.S_IWOTH) or bool(found.st_mode & stat.S_IWGRP and not _own_group(found.st_gid))


def _own_group(group: int) -> bool:
    import grp
    import pwd

    try:
        me, named = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return me.pw_gid == group and named.gr_name == me.pw_name and set(named.gr_mem) <= {me.pw_name}
