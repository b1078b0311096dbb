"""The folder that a clean fills: everything is written aside, can be taken up again after a kill, and takes its place at the end."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from leakguard.core.errors import UsageError
from leakguard.core.policy import Fate

WORK = ".leakguard"
CHECKPOINT = "checkpoint.json"
SPOOL = "spool"
PARTS = "parts"
MANIFEST, REASONS = "manifest.json", "reasons.jsonl"
FOLDERS = tuple(fate.folder for fate in Fate)
READ = 1 << 20


@dataclass(slots=True)
class Part:
    """An output so far: its bytes and rows, and their hash."""

    path: Path
    bytes: int = 0
    rows: int = 0
    sha: Any = field(default_factory=hashlib.sha256)
    file: BinaryIO | None = None

    def described(self) -> dict[str, Any]:
        """The part as a checkpoint and a manifest name it."""
        return {"bytes": self.bytes, "rows": self.rows, "sha256": self.sha.hexdigest()}


class Folder:
    """Outputs on their way into `place`. Names of outputs are paths in it, with `/`."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.work = place / WORK
        self.spool = self.work / SPOOL
        self._parts: dict[str, Part] = {}
        self._lock: int | None = None
        self._made: list[Path] = []

    def open(self) -> None:
        """Make the folder and take possession of it. Raises UsageError where that cannot be done."""
        try:
            self._made = [path for path in (self.work, self.place, *self.place.parents) if not path.exists()]
            self.spool.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.work)
        except OSError as error:
            self.close()
            raise UsageError(f"--output {self.place}: cannot be written: {error.strerror or error}; nothing was cleaned") from error
        for left in self.spool.iterdir():
            shutil.rmtree(left)

    def close(self) -> None:
        """Give the folder free; a checkpoint in it stays for the next run."""
        for part in self._parts.values():
            if part.file:
                part.file.close()
                part.file = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if not (self.work / CHECKPOINT).exists():
            self._remove()

    def discard(self) -> None:
        """Leave nothing behind of a run that failed."""
        self.clear()
        self.close()

    def _remove(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        for path in self._made:
            with suppress(OSError):
                path.rmdir()

    def checkpoint(self) -> dict[str, Any] | None:
        """What an earlier run left to be taken up; None if there is nothing. Raises UsageError if it cannot be read."""
        path = self.work / CHECKPOINT
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: the checkpoint of an earlier run cannot be read ({error}); start over with --no-resume") from error
        return found

    def restore(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Bring every output back to what a checkpoint says of it. Raises UsageError for one that is not what was written."""
        for path in _files(self.work / PARTS):
            if path.relative_to(self.work / PARTS).as_posix() not in parts:
                path.unlink()
        for name, said in parts.items():
            part = self._part(name)
            part.rows = said["rows"]
            for data in _read(part.path, said["bytes"]):
                part.sha.update(data)
                part.bytes += len(data)
            if part.described() != said:
                raise UsageError(f"{part.path}: this is not what the earlier run wrote; start over with --no-resume")
            os.truncate(part.path, part.bytes)

    def clear(self) -> None:
        """Forget what an earlier run left to be taken up."""
        (self.work / CHECKPOINT).unlink(missing_ok=True)
        shutil.rmtree(self.work / PARTS, ignore_errors=True)

    def append(self, name: str, pieces: Iterable[bytes | Path], rows: int = 0) -> None:
        """More of an output, which comes into being with its first piece; files among the pieces are used up."""
        part = self._part(name)
        if not part.file:
            part.path.parent.mkdir(parents=True, exist_ok=True)
            part.file = part.path.open("ab")
        for piece in pieces:
            for data in (piece,) if isinstance(piece, bytes) else _read(piece):
                part.file.write(data)
                part.sha.update(data)
                part.bytes += len(data)
            if isinstance(piece, Path):
                piece.unlink()
        part.rows += rows

    def occupied(self) -> list[str]:
        """Names that a clean uses and that are there already."""
        return [name for name in (*FOLDERS, REASONS, MANIFEST) if (self.place / name).exists()]

    def finish(self, names: Iterable[str]) -> None:
        """Nothing more comes for these outputs."""
        for name in names:
            part = self._parts.get(name)
            if part and part.file:
                _flush(part.file)
                part.file.close()
                part.file = None

    def part(self, name: str) -> Path:
        """Where an output lies as long as the folder is not finished."""
        return self.work / PARTS / name

    def drop(self, names: Iterable[str]) -> None:
        """These outputs were only a step on the way."""
        for name in names:
            self._parts.pop(name, None)

    def save(self, state: Mapping[str, Any]) -> None:
        """A checkpoint: what there is now can be taken up after a kill."""
        for part in self._parts.values():
            if part.file:
                _flush(part.file)
        self._write(self.work / CHECKPOINT, {**state, "parts": self.described()})

    def described(self) -> dict[str, dict[str, Any]]:
        """Every output so far, by name."""
        return {name: part.described() for name, part in sorted(self._parts.items())}

    def commit(self, state: Mapping[str, Any], manifest: bytes, stale: Iterable[str]) -> None:
        """Outputs and manifest.json take their places; `stale` ones of an earlier run go. A kill on the way is made good by `move`."""
        self.append(MANIFEST, [manifest])
        self.save({**state, "moving": sorted(self._parts), "stale": sorted(set(stale) - set(self._parts))})
        self.finish(self._parts)
        self.move(sorted(self._parts), stale)

    def move(self, names: Iterable[str], stale: Iterable[str]) -> None:
        """The last step, which may be repeated: what is stale goes, every output takes its place, the manifest comes last."""
        for name in stale:
            (self.place / name).unlink(missing_ok=True)
        for name in sorted(names, key=lambda name: name == MANIFEST):
            part, place = self.work / PARTS / name, self.place / name
            if part.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                part.replace(place)
        shutil.rmtree(self.work, ignore_errors=True)

    def _part(self, name: str) -> Part:
        if name not in self._parts:
            self._parts[name] = Part(self.work / PARTS / name)
        return self._parts[name]

    def _write(self, path: Path, document: Mapping[str, Any]) -> None:
        with (self.work / "checkpoint.part").open("wb") as file:
            file.write(json.dumps(document).encode())
            _flush(file)
        (self.work / "checkpoint.part").replace(path)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _read(path: Path, most: int | None = None) -> Iterator[bytes]:
    """A file in pieces, at most `most` bytes of it; nothing of one that is not there."""
    left = most if most is not None else path.stat().st_size
    with suppress(FileNotFoundError), path.open("rb") as file:
        while left and (data := file.read(min(READ, left))):
            left -= len(data)
            yield data


def _locked(folder: Path) -> int | None:
    """A lock that ends with this process. Raises UsageError if another one holds it."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UsageError(f"--output {folder.parent}: another leakguard is at work there; wait for it or give another folder") from None
    return handle
