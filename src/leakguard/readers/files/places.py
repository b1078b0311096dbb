"""Folders that hold a result: a folder of this machine or of an object store. Names in them are paths with `/`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leakguard.core.store_address import StoreAddress
from leakguard.readers.files.regular_files import DOCUMENT_LIMIT, MIB, read_regular
from leakguard.readers.files.safe_paths import get_mode, list_files
from leakguard.readers.files.store_requests import StoreRetries, look_up, open_filesystem
from leakguard.readers.files.stores import open_whole

ResultPlace = Path | StoreAddress
"""The path of a file or folder on this machine, or an address."""


def join_place(place: ResultPlace, name: str) -> ResultPlace:
    """Return the place of `name` in a folder.

    >>> join_place(StoreAddress("s3://bucket/out/"), "kept/a.jsonl")
    's3://bucket/out/kept/a.jsonl'
    """
    return place / name if isinstance(place, Path) else StoreAddress(f"{place.url.rstrip('/')}/{name}")


def get_parent(place: ResultPlace) -> ResultPlace:
    """Return the folder that a file or an object is in."""
    return place.parent if isinstance(place, Path) else StoreAddress(place.url.rstrip("/").rpartition("/")[0])


def read_document(place: Path | str, limit: int = DOCUMENT_LIMIT) -> bytes:
    """Return the content of a regular file or an object. Raises OSError, also for one of more than `limit` bytes."""
    if not isinstance(place, StoreAddress):
        return read_regular(place, limit)
    with open_whole(place) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(f"it is larger than the limit of {limit // MIB} MiB for such files")
    return data


def list_present(place: ResultPlace, names: Iterable[str]) -> list[str]:
    """Return which of these names exist in a folder, as files or folders. Raises OSError."""
    if isinstance(place, Path):
        return [name for name in names if get_mode(place / name) is not None]
    there = {str(entry["name"]).rstrip("/").rpartition("/")[2] for entry in _ask(place, "ls")}
    return [name for name in names if name in there]


def list_names(place: ResultPlace, folder: str) -> list[str]:
    """Return the names in `place` of all files below one of its folders, sorted. Raises OSError."""
    if isinstance(place, Path):
        home = place / folder
        return [folder] if home.is_symlink() else sorted(path.relative_to(place).as_posix() for path in list_files(home))
    below = join_place(place, folder)
    assert isinstance(below, StoreAddress)
    start = len(str(open_filesystem(below)._strip_protocol(place.url)).rstrip("/")) + 1
    return sorted(str(entry["name"])[start:] for entry in _ask(below, "find"))


def measure_place(place: ResultPlace) -> int | None:
    """Return the size of a file or an object in bytes; None if there is no such file. Raises OSError."""
    if isinstance(place, Path):
        return place.stat().st_size if place.is_file() else None
    size = look_up(place).get("size")
    return None if size is None else int(size)


def _ask(address: StoreAddress, method: str) -> list[Mapping[str, Any]]:
    """Return the entries of a folder of a store, by one of fsspec's methods `ls` and `find`; none for a folder without objects."""
    system = open_filesystem(address)

    def ask() -> list[Mapping[str, Any]]:
        system.invalidate_cache()
        try:
            found = getattr(system, method)(address.url, detail=True)
        except FileNotFoundError:
            return []
        return list(found.values() if isinstance(found, Mapping) else found)

    return StoreRetries().run(ask)
