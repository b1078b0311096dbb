"""Search for a settings file upwards from the working folder. Files that may have come with the data are not used."""

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
class SettingsSearch:
    """The result of the search: the settings file (or None), and a message for each file that was found and not used."""

    file: Path | None
    passed_over: tuple[str, ...] = ()


def find_settings(paths: Sequence[str], folder: Path) -> SettingsSearch:
    """Return the nearest settings file upwards from `folder` to the root of its repository; without a repository, only in `folder`.

    A file among the data in `paths`, and one that another user could have written, are not used. Raises SettingsError where that
    cannot be decided.
    """
    data: set[tuple[Path, bool]] = set()
    passed_over: list[str] = []
    for file in (home / name for home in _list_parents(folder) for name in (NAME, SHARED)):
        if not os.path.lexists(file):
            continue
        # Computed only if there is such a file: finding the folders of a glob means matching it.
        data = data or {place for path in paths if path != STDIN for place in _find_data_folders(path, folder)}
        why = _find_data_beside(file, data)
        if not why and not _is_file(file):
            continue
        why = why or _find_other_author(file)
        if why and (file.name == NAME or _has_table(file)):
            passed_over.append(f"settings in {file} are not used: {why}; to use them, add `config` {file}")
        elif not why and (file.name == NAME or holds_settings(file)):
            return SettingsSearch(file, tuple(passed_over))
    return SettingsSearch(None, tuple(passed_over))


def _list_parents(folder: Path) -> list[Path]:
    """Return the folder and those above it, up to the nearest one with a .git; the folder alone if there is none."""
    chain = [folder, *folder.parents]
    below = list(takewhile(lambda home: not (home / ".git").exists(), chain))
    return chain[: len(below) + 1] if len(below) < len(chain) else [folder]


def _find_data_folders(path: str, folder: Path) -> Iterable[tuple[Path, bool]]:
    """Return the real folders that hold the data of a path, and whether everything below each is data, too."""
    whole = os.path.join(folder, path)
    if os.path.isdir(whole):
        return [(Path(os.path.realpath(whole)), True)]
    if os.path.lexists(whole) or not has_magic(path):
        return [(Path(os.path.realpath(os.path.dirname(whole))), False), (Path(os.path.realpath(whole)).parent, False)]
    if "**" in Path(path).parts:
        fixed = takewhile(lambda part: not has_magic(part), Path(path).parts)
        return [(Path(os.path.realpath(folder.joinpath(*fixed))), True)]
    return {(Path(os.path.realpath(os.path.dirname(name))), False) for name in glob(whole)}


def _find_data_beside(file: Path, data: Iterable[tuple[Path, bool]]) -> str:
    """Return why the file, or what it links to, may have come with the data; "" if it is elsewhere."""
    homes = {Path(os.path.realpath(file.parent)), Path(os.path.realpath(file)).parent}
    for place, whole in data:
        if whole and any(home.is_relative_to(place) for home in homes):
            return f"the file lies in {place}, a folder of the data"
        if place in homes:
            return "the file lies beside the data"
    return ""


def _is_file(path: Path) -> bool:
    """Return whether a path exists and is no folder. Broken links and pipes count, so that reading reports them. Raises SettingsError."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return path.is_symlink()
    except OSError as error:
        raise SettingsError(
            f"settings: cannot look for {path}: {error.strerror or error}; name a settings file with `config`, or use `no-config`"
        ) from error


def _has_table(file: Path) -> bool:
    """Return whether a pyproject.toml that is not used has settings; False if it cannot be read."""
    try:
        return holds_settings(file)
    except SettingsError:
        return False


def _find_other_author(file: Path) -> str:
    """Return why another user could have written the file; "" if none could, and on systems without such owners."""
    if os.name != "posix":
        return ""
    # The file, the file that a link leads to, and their folders must belong to this user (folders: or to root).
    try:
        real = Path(os.path.realpath(file))
        for link in {file, real}:
            if link.lstat().st_uid != os.geteuid():
                return "the file belongs to another user"
        if _is_open_to_others(real.stat()):
            return "other users can write to the file"
        for home in {file.parent, real.parent}:
            found = home.stat()
            if found.st_uid not in (0, os.geteuid()) or _is_open_to_others(found):
                return f"other users can write to its folder {home}"
    except FileNotFoundError:
        return ""
    return ""


def _is_open_to_others(found: os.stat_result) -> bool:
    """Return whether all users, or a group other than the user's own (many systems give each user one), may write to a file."""
    return bool(found.st_mode & stat.S_IWOTH) or bool(found.st_mode & stat.S_IWGRP and not _is_own_group(found.st_gid))


def _is_own_group(group: int) -> bool:
    import grp
    import pwd

    try:
        me, named = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return me.pw_gid == group and named.gr_name == me.pw_name and set(named.gr_mem) <= {me.pw_name}
