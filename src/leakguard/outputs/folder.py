"""The folder that a clean fills: everything is written aside, can be taken up again after a kill, and takes its place at the end.

A folder may have come with the data. So nothing in it is followed, opened or believed before it is known to be this user's own:
links are refused, names of outputs are checked, and a checkpoint is taken up only with the code that this user's runs can make.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.outputs.checkpoint import CHECKPOINT, MOVING, OVER, WORK, is_half_moved, read_checkpoint, write_checkpoint
from leakguard.outputs.part import OutputPart, flush, read_pieces
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.regular_files import create_regular
from leakguard.readers.files.safe_paths import (
    FOLDERS,
    MANIFEST,
    REASONS,
    get_mode,
    list_files,
    list_links,
    make_parents,
    refuse_links,
    refuse_name,
    remove,
)

SPOOL = "spool"
PARTS = "parts"
DRAFT = "checkpoint.part"


class Folder:
    """Outputs on their way into `place`. Names of outputs are paths in it, with `/`.

    `secret` is the key with which this user's checkpoints are known; without one, none is taken up.
    """

    def __init__(self, place: Path, secret: bytes | None = None) -> None:
        self.place = place
        self.work = place / WORK
        self.spool = self.work / SPOOL
        self.moving = False
        self._secret = secret
        self._parts: dict[str, OutputPart] = {}
        self._held = False
        self._lock: int | None = None
        self._made: list[Path] = []

    def open(self) -> None:
        """Make the folder and take possession of it. Raises UsageError where that cannot be done."""
        if self.place.is_symlink():
            raise UsageError(f"--output {self.place}: this is a link to {os.path.realpath(self.place)}; name that folder itself")
        try:
            self._made = [path for path in (self.work, self.place, *self.place.parents) if not path.exists()]
            self.place.mkdir(parents=True, exist_ok=True)
            self._refuse_strangers()
            self.work.mkdir(mode=0o700, exist_ok=True)
            self._lock, self._held = _locked(self.work), True
            for left in self.work.iterdir():
                if left.name not in (CHECKPOINT, PARTS):
                    remove(left)
            self.spool.mkdir()
        except OSError as error:
            self.close()
            raise UsageError(f"--output {self.place}: cannot be written: {error.strerror or error}; nothing was cleaned") from error

    def _refuse_strangers(self) -> None:
        """Raise UsageError for links where outputs go, and for a work folder that is none of this user's."""
        for name in (*FOLDERS, REASONS, MANIFEST):
            for link in list_links(self.place / name):
                raise UsageError(f"{link}: this is a link, and outputs written through it would lie elsewhere; take it away")
        if (mode := get_mode(self.work)) is None:
            return
        owner = self.work.lstat().st_uid
        if not stat.S_ISDIR(mode) or (hasattr(os, "geteuid") and owner != os.geteuid()):
            raise UsageError(f"{self.work}: this was not made by a clean of yours (it is a link, a file or another user's); take it away")

    def close(self) -> None:
        """Give the folder free; a checkpoint in it stays for the next run."""
        for part in self._parts.values():
            if part.file:
                part.file.close()
                part.file = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._held and get_mode(self.work / CHECKPOINT) is None:
            self._remove()
        self._held = False

    def discard(self) -> None:
        """Leave nothing behind of a run that failed; but what was cut off while outputs were moved is kept to be ended."""
        if not self.moving:
            with suppress(OSError):
                self.clear()
        self.close()

    def _remove(self) -> None:
        with suppress(OSError):
            remove(self.work)
        for path in self._made:
            with suppress(OSError):
                path.rmdir()

    def checkpoint(self) -> dict[str, Any] | None:
        """What an earlier run left to be taken up; None if there is nothing. Raises UsageError for what is not this user's."""
        return read_checkpoint(self.work / CHECKPOINT, self.place, self._secret)

    def half_moved(self) -> bool:
        """Was a run cut off here while it moved its outputs? A checkpoint that cannot be read counts."""
        return is_half_moved(self.work / CHECKPOINT)

    def restore(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Bring every output back to what a checkpoint says of it. Raises UsageError for one that is not what was written."""
        home = self.work / PARTS
        for path in list_files(home):
            if path.relative_to(home).as_posix() not in parts:
                path.unlink()
        for name, said in parts.items():
            part = self._part(name)
            part.rows, part.begun = said["rows"], True
            try:
                refuse_links(home, name)
                for data in read_pieces(part.path, said["bytes"]):
                    part.sha.update(data)
                    part.bytes += len(data)
                if part.described() != said:
                    raise OSError
                os.truncate(part.path, part.bytes)
            except OSError as error:
                raise UsageError(f"{part.path}: this is not what the earlier run wrote; {OVER}") from error
            part.identity = part.path.lstat().st_dev, part.path.lstat().st_ino

    def clear(self) -> None:
        """Forget what an earlier run left to be taken up."""
        remove(self.work / CHECKPOINT)
        remove(self.work / PARTS)

    def append(self, name: str, pieces: Iterable[bytes | Path], rows: int = 0) -> None:
        """More of an output, which comes into being with its first piece; files among the pieces are used up. Raises OSError."""
        part = self._part(name)
        if not part.file:
            if not part.begun:
                (self.work / PARTS).mkdir(exist_ok=True)
                make_parents(self.work / PARTS, name)
            part.file = create_regular(part.path, append=part.begun)
            part.begun = True
        for piece in pieces:
            for data in (piece,) if isinstance(piece, bytes) else read_pieces(piece):
                part.file.write(data)
                part.sha.update(data)
                part.bytes += len(data)
            if isinstance(piece, Path):
                piece.unlink()
        part.rows += rows

    def begun(self, name: str) -> bool:
        """Whether anything of an output was written."""
        return name in self._parts and self._parts[name].begun

    def occupied(self) -> list[str]:
        """Names that a clean uses and that are there already."""
        return [name for name in (*FOLDERS, REASONS, MANIFEST) if get_mode(self.place / name) is not None]

    def finish(self, names: Iterable[str]) -> None:
        """Nothing more comes for these outputs."""
        for name in names:
            if name in self._parts:
                self._parts[name].finish()

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
                flush(part.file)
        remove(self.work / DRAFT)
        with create_regular(self.work / DRAFT) as file:
            file.write(write_checkpoint({**state, "parts": self.described()}, self.place, self._secret))
            flush(file)
        (self.work / DRAFT).replace(self.work / CHECKPOINT)

    def described(self) -> dict[str, dict[str, Any]]:
        """Every output so far, by name."""
        return {name: part.described() for name, part in sorted(self._parts.items())}

    def commit(self, state: Mapping[str, Any], manifest: bytes, stale: Iterable[str]) -> None:
        """Outputs and manifest.json take their places; `stale` ones of an earlier run go. A kill on the way is made good by `resume`.

        Raises Stopped where an output is not there as it was written, or a link is in the way: then nothing has been moved.
        """
        self.append(MANIFEST, [manifest])
        names, gone = sorted(self._parts), sorted(set(stale) - set(self._parts))
        self.finish(names)
        for name in names:
            if not self._parts[name].whole():
                raise Stopped(f"{self._parts[name].path}: vanished or was changed while the clean ran; nothing was written to {self.place}")
        try:
            self._check(names, gone)
        except (OSError, ValueError) as error:
            raise Stopped(f"{error}; nothing was written to {self.place}") from error
        self.save({**state, MOVING: names, "stale": gone})
        self.moving = True
        self._move(names, gone)

    def resume(self, checkpoint: Mapping[str, Any]) -> None:
        """The last step again, for a run that was cut off in it. Raises UsageError where an output is neither here nor there."""
        self.moving = True
        names, gone, parts = checkpoint[MOVING], checkpoint["stale"], checkpoint["parts"]
        try:
            self._check(names, gone)
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.work / CHECKPOINT}: {error}; clean into another folder") from error
        left = [name for name in names if get_mode(self.work / PARTS / name) is not None]
        for name in names:
            home = self.work / PARTS if name in left else self.place
            try:
                refuse_links(home, name)
                if hash_file(home / name).sha256 != parts[name]["sha256"]:
                    raise OSError
            except OSError as error:
                why = "a run that was cut off while it moved its outputs left this file, and it is not what that run wrote"
                raise UsageError(f"{home / name}: {why}; clean into another folder") from error
        self._move(left, gone)

    def _check(self, names: Iterable[str], stale: Iterable[str]) -> None:
        """Raise ValueError or OSError unless all of these lie inside the folder."""
        for name in (*names, *stale):
            refuse_name(name)
            refuse_links(self.place, name)

    def _move(self, names: Iterable[str], stale: Iterable[str]) -> None:
        """What is stale goes, every output takes its place, the manifest comes last. Raises OSError."""
        for name in stale:
            refuse_links(self.place, name)
            (self.place / name).unlink(missing_ok=True)
        for name in sorted(names, key=lambda name: name == MANIFEST):
            make_parents(self.place, name)
            (self.work / PARTS / name).replace(self.place / name)
        remove(self.work)

    def _part(self, name: str) -> OutputPart:
        if name not in self._parts:
            self._parts[name] = OutputPart(self.work / PARTS / name)
        return self._parts[name]


def _locked(folder: Path) -> int | None:
    """A lock that ends with this process. Raises UsageError if another one holds it."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one who held the lock before may have removed the folder meanwhile.
        free = folder.lstat().st_ino == os.fstat(handle).st_ino
    except (BlockingIOError, FileNotFoundError):
        free = False
    if not free:
        os.close(handle)
        raise UsageError(f"--output {folder.parent}: another leakguard is at work there; wait for it or give another folder")
    return handle
