"""Check the paths of output files: every name is allowed, and no link on the way leads out of the output folder."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from leakguard.core.policy import Fate

FOLDERS = tuple(fate.folder for fate in Fate)
MANIFEST, REASONS = "manifest.json", "reasons.jsonl"
OUTPUTS = (*FOLDERS, REASONS, MANIFEST)
"""The names in a folder that a clean writes."""


def refuse_name(name: str) -> None:
    """Raise ValueError unless the name is a valid output: a file inside one of the output sections, the reasons or the manifest."""
    parts = PurePosixPath(name).parts
    plain = "/".join(parts) == name and ".." not in parts and "\0" not in name and (os.sep == "/" or os.sep not in name)
    home = parts[0] if parts else ""
    if not plain or PurePosixPath(name).is_absolute() or not (name in (MANIFEST, REASONS) or (len(parts) > 1 and home in FOLDERS)):
        raise ValueError(f"{name[:80]!r} is not a valid name of an output file")
    os.fsencode(name)


def refuse_links(folder: Path, name: str) -> None:
    """Raise OSError if a part of the path `name` below `folder` is a link, or a file where a folder should be."""
    way = folder
    *above, last = PurePosixPath(name).parts
    for part in above:
        way /= part
        mode = get_mode(way)
        if mode is not None and not stat.S_ISDIR(mode):
            raise OSError(f"{way}: this is {_kind(mode)}, not a folder that leakguard created")
    mode = get_mode(way / last)
    if mode is not None and not stat.S_ISREG(mode):
        raise OSError(f"{way / last}: this is {_kind(mode)}, not a file that leakguard wrote")


def make_parents(folder: Path, name: str) -> None:
    """Create the folders above `name` below `folder`. Raises OSError if one of them is a link."""
    refuse_links(folder, name)
    way = folder
    for part in PurePosixPath(name).parts[:-1]:
        way /= part
        if get_mode(way) is None:
            way.mkdir(exist_ok=True)


def list_links(folder: Path) -> Iterator[Path]:
    """Yield every link below a folder, or the folder itself if it is one. No link is followed."""
    if folder.is_symlink():
        yield folder
        return
    for home, folders, names in os.walk(folder):
        yield from (Path(home, name) for name in (*folders, *names) if os.path.islink(os.path.join(home, name)))


def list_files(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder that is not a folder, including links. No link is followed."""
    for home, folders, names in os.walk(folder):
        yield from (Path(home, name) for name in names)
        yield from (Path(home, name) for name in folders if os.path.islink(os.path.join(home, name)))


def remove(path: Path) -> None:
    """Remove a file, a link (not its target) or a folder with everything in it, if it exists. Raises OSError."""
    mode = get_mode(path)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def get_mode(path: Path) -> int | None:
    """Return type and permissions of a file without following a link; None if it does not exist."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _kind(mode: int) -> str:
    """Name the type of a file."""
    return (
        "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "a file" if stat.S_ISREG(mode) else "not a regular file"
    )
