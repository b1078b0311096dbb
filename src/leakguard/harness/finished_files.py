"""The finished files of a run folder with their digests, so that a damaged file is detected before it is used."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.readers.files.hashes import hash_file

DIGESTS = "digests.json"
SCHEMA_VERSION = 1


class FinishedFiles:
    """The finished files of one seed, by their paths in its folder; a piece is one file, or a folder with all its files.

    digests.json has the size and SHA-256 of each finished file. It is replaced as a whole after the files are on disk: a file that it does
    not name is unfinished and made again, a file that it names must be unchanged. Raises UsageError if digests.json is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = self._read()

    def begin(self) -> None:
        """Create the folder with an empty digests.json, unless it exists. Raises OSError; UsageError for a folder with other files."""
        path = self._folder / DIGESTS
        if path.is_file():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if any(not one.name.startswith(".") for one in self._folder.iterdir()):
            raise UsageError(
                f"{path}: is missing, and it says what in {self._folder} is finished; delete that folder to have this seed made again"
            )
        self._write()

    def names(self) -> list[str]:
        """Return the finished files, sorted."""
        return sorted(self._known)

    def is_finished(self, *names: str) -> bool:
        """Return whether these pieces are finished and present. Raises UsageError for one that has changed."""
        found = [self._is_finished(name) for name in names]
        return all(found)

    def check(self, name: str) -> Path:
        """Return the path of a finished file. Raises UsageError if it is missing or has changed."""
        if not self._is_finished(name):
            raise UsageError(f"{self._folder / name}: is missing; delete {self._folder} to have this seed made again")
        return self._folder / name

    def add(self, *names: str) -> None:
        """Record pieces as finished, after a flush to disk. Raises OSError.

        Raises UsageError for a piece that was made again and differs: earlier scores would be about other data.
        """
        for name in (name for piece in names for name in self._files(piece)):
            with (self._folder / name).open("rb") as file:
                os.fsync(file.fileno())
        now = {name: entry for piece in names for name, entry in self._entries(piece)}
        # Another object may have finished a piece since.
        self._known = self._read()
        for name, entry in now.items():
            if self._known.get(name, entry) != entry:
                raise UsageError(
                    f"{self._folder / name}: was made again and is not what it was (another machine, or other versions?); "
                    f"delete {self._folder} to have this seed made from its beginning"
                )
        self._known |= now
        self._write()

    def read_finished(self, name: str) -> bytes:
        """Return the finished part of a file that is appended to; bytes of an interrupted write are left out. Raises UsageError."""
        path, known = self._folder / name, self._known.get(name)
        if known is None or not path.is_file():
            return b""
        content = path.read_bytes()[: known["bytes"]]
        if len(content) != known["bytes"] or hashlib.sha256(content).hexdigest() != known["sha256"]:
            raise UsageError(self._describe_change(name))
        return content

    def append(self, name: str, more: bytes) -> None:
        """Append to the finished part of a file. Raises OSError."""
        self._known = self._read()
        content = self.read_finished(name) + more
        path = self._folder / name
        with path.open("r+b" if path.is_file() else "wb") as file:
            file.seek(len(content) - len(more))
            file.truncate()
            file.write(more)
            _to_disk(file)
        self._known[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self._write()

    def _is_finished(self, piece: str) -> bool:
        """Return whether a piece is finished, with all its files and no other."""
        known = {name: entry for name, entry in self._known.items() if name == piece or name.startswith(f"{piece}/")}
        there = set(self._files(piece))
        for name in sorted(known):
            if name in there and dict(self._entries(name))[name] != known[name]:
                raise UsageError(self._describe_change(name))
        if known and (more := sorted(there - set(known))):
            raise UsageError(f"{self._folder / more[0]}: is no file of this run; delete it")
        return bool(known) and set(known) <= there

    def _describe_change(self, name: str) -> str:
        """Return the message about a file that has changed."""
        return (
            f"{self._folder / name}: is not what the run wrote (cut off, or changed: its digest in {DIGESTS} is another one); "
            "delete it to have it made again"
        )

    def _files(self, piece: str) -> Iterator[str]:
        """Return the paths of a piece's files that exist."""
        path = self._folder / piece
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        return (one.relative_to(self._folder).as_posix() for one in inside if one.is_file())

    def _entries(self, piece: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return path, size and SHA-256 of each file of a piece."""
        for name in self._files(piece):
            found = hash_file(self._folder / name)
            yield name, {"bytes": found.bytes, "sha256": found.sha256}

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return the content of digests.json. Raises UsageError if it is damaged."""
        path = self._folder / DIGESTS
        if not path.is_file():
            return {}
        try:
            said = json.loads(path.read_bytes())
            if said["digest"] != content_digest(said) or said["schema_version"] != SCHEMA_VERSION:
                raise ValueError("its own digest is another one")
            return {str(name): {"bytes": int(entry["bytes"]), "sha256": str(entry["sha256"])} for name, entry in said["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(
                f"{path}: is not what the run wrote ({type(error).__name__}); delete {self._folder} to have this seed made again"
            ) from error

    def _write(self) -> None:
        """Write digests.json."""
        content = {"schema_version": SCHEMA_VERSION, "files": dict(sorted(self._known.items()))}
        write_whole(self._folder / DIGESTS, json.dumps({"digest": content_digest(content), **content}, indent=2) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Replace a file by a text, atomically: after a crash the path has the old or the new content. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(text.encode())
        _to_disk(file)
    part.replace(path)


def _to_disk(file: Any) -> None:
    """Flush a file to disk."""
    file.flush()
    os.fsync(file.fileno())
