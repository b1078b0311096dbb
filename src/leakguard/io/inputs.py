"""From what the user typed to the files that are read: names, globs, folders, and `-` for standard input."""

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from glob import glob, has_magic

from leakguard.core.errors import UsageError
from leakguard.io.formats import PACKED
from leakguard.io.formats import SUFFIXES as TABLES

STDIN = "-"
SUFFIXES = (*(suffix + packed for suffix in (".jsonl", ".ndjson", ".json") for packed in ("", *PACKED)), *TABLES)


def find_inputs(paths: Sequence[str]) -> list[str]:
    """Every input once, sorted; folders are searched for data files, hidden names left out as a shell would.

    Raises UsageError for a name that does not exist, a glob that matches nothing, and a folder without data.
    """
    found: dict[str, str] = {}
    for path in paths:
        for name in _expand(path):
            found.setdefault(name if name == STDIN else os.path.realpath(name), name)
    return sorted(found.values())


def _expand(path: str) -> Iterator[str]:
    if path == STDIN or (os.path.exists(path) and not os.path.isdir(path)):
        yield path
    elif os.path.isdir(path):
        yield from _folder(path)
    elif has_magic(path):
        matches = [name for name in glob(path, recursive=True) if not os.path.isdir(name)]
        if not matches:
            raise UsageError(f"{path}: no file matches{_nearest(path)}")
        yield from matches
    else:
        raise UsageError(f"{path}: no such file or folder{_nearest(path)}")


def _folder(path: str) -> list[str]:
    found: list[str] = []
    visited: set[str] = set()

    def unlisted(error: OSError) -> None:
        """A folder that cannot be listed becomes an input that cannot be read, so that it is reported and counted."""
        found.append(str(error.filename))

    for folder, folders, names in os.walk(path, followlinks=True, onerror=unlisted):
        # A link that leads back up would be walked for ever.
        visited.add(os.path.realpath(folder))
        folders[:] = [name for name in folders if name[0] != "." and os.path.realpath(os.path.join(folder, name)) not in visited]
        found += [_file(os.path.join(folder, name)) for name in names if name[0] != "." and name.lower().endswith(SUFFIXES)]
    if not found:
        raise UsageError(f"{path}: no data in this folder: expected .jsonl, .ndjson, .json, .csv or .tsv (.gz, .zst) or .parquet")
    return sorted(found)


def _file(path: str) -> str:
    """The path, unless waiting for its bytes could take for ever. A link that leads nowhere is reported by whoever reads it."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{path}: a pipe, socket or device in a folder of data is not read; name it itself, or take it away")
    return path


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
