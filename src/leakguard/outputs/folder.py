"""The output folder of a clean: outputs are written to a work folder, survive a kill, and are moved to their places at the end.

A folder may have come with the data, so its content is not trusted: links are refused, names of outputs are checked, and a checkpoint is
used only if its HMAC shows that this user wrote it.
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
from leakguard.readers.files.places import list_present
from leakguard.readers.files.regular_files import create_regular
from leakguard.readers.files.safe_paths import (
    MANIFEST,
    OUTPUTS,
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
SHARDS = "shards"
DRAFT = "checkpoint.part"


class Folder:
    """The outputs of one clean into `place`. Names of outputs are paths in it, with `/`.

    `secret` is the key of the HMAC of this user's checkpoints; without one, no checkpoint is used.
    """

    def __init__(self, place: Path, secret: bytes | None = None) -> None:
        self.place = place
        self.work = place / WORK
        self.spool = self.work / SPOOL
        self.shards = self.work / SHARDS
        self.moving = False
        self.secret = secret
        self._parts: dict[str, OutputPart] = {}
        self._held = False
        self._lock: int | None = None
        self._made: list[Path] = []

    def open(self) -> None:
        """Create the folder and lock it. Raises UsageError if it is a link, is used by another run, or cannot be written."""
        if self.place.is_symlink():
            raise UsageError(f"`output` {self.place}: this is a link to {os.path.realpath(self.place)}; name that folder itself")
        try:
            self._made = [path for path in (self.work, self.place, *self.place.parents) if not path.exists()]
            self.place.mkdir(parents=True, exist_ok=True)
            self._refuse_strangers()
            self.work.mkdir(mode=0o700, exist_ok=True)
            self._lock, self._held = lock_folder(self.work), True
            for left in self.work.iterdir():
                if left.name not in (CHECKPOINT, PARTS, SHARDS):
                    remove(left)
            self.spool.mkdir()
        except OSError as error:
            self.close()
            raise UsageError(f"`output` {self.place}: cannot be written: {error.strerror or error}; nothing was cleaned") from error

    def _refuse_strangers(self) -> None:
        """Raise UsageError for links where outputs go, and for a work folder that belongs to another user."""
        for name in OUTPUTS:
            for link in list_links(self.place / name):
                raise UsageError(f"{link}: this is a link, and outputs written through it would lie elsewhere; take it away")
        if (mode := get_mode(self.work)) is None:
            return
        owner = self.work.lstat().st_uid
        if not stat.S_ISDIR(mode) or (hasattr(os, "geteuid") and owner != os.geteuid()):
            raise UsageError(f"{self.work}: this was not made by a clean of yours (it is a link, a file or another user's); take it away")

    def close(self) -> None:
        """Close all files and release the lock. A checkpoint stays for the next run; without one the work folder is removed."""
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
        """Remove everything that a failed run has written. If it was moving outputs, they are kept, so that the next run can finish."""
        if not self.moving:
            with suppress(OSError):
                self.clear()
        self.close()

    def _remove(self) -> None:
        """Remove the work folder, and the folders that were created for it and are empty."""
        with suppress(OSError):
            remove(self.work)
        for path in self._made:
            with suppress(OSError):
                path.rmdir()

    def checkpoint(self) -> dict[str, Any] | None:
        """Return the state of an interrupted run, or None. Raises UsageError for a checkpoint that this user did not write."""
        return read_checkpoint(self.work / CHECKPOINT, self.place, self.secret)

    def half_moved(self) -> bool:
        """Return whether a run was interrupted here while it moved its outputs; also True for a checkpoint that cannot be read."""
        return is_half_moved(self.work / CHECKPOINT)

    def restore(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Bring every output back to the state of a checkpoint: `parts` maps names to numbers of bytes and rows, and hashes.

        Files beyond their recorded size are cut off, unknown ones are deleted. Raises UsageError if a file does not have the recorded hash.
        """
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
        """Remove the checkpoint and the outputs of an earlier run."""
        remove(self.work / CHECKPOINT)
        remove(self.shards)
        remove(self.work / PARTS)

    def append(self, name: str, pieces: Iterable[bytes | Path], rows: int = 0) -> None:
        """Append pieces to an output, which is created first if it is new. Files among the pieces are deleted. Raises OSError."""
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
        """Return whether anything was written to an output."""
        return name in self._parts and self._parts[name].begun

    def occupied(self) -> list[str]:
        """Return the names in the folder that a clean would write and that exist already."""
        return list_present(self.place, OUTPUTS)

    def finish(self, names: Iterable[str]) -> None:
        """Flush and close these outputs; nothing more is written to them."""
        for name in names:
            if name in self._parts:
                self._parts[name].finish()

    def part(self, name: str) -> Path:
        """Return the path of an output before it is moved to its place."""
        return self.work / PARTS / name

    def drop(self, names: Iterable[str]) -> None:
        """Leave these outputs out of the result; they were intermediate files."""
        for name in names:
            self._parts.pop(name, None)

    def save(self, state: Mapping[str, Any]) -> None:
        """Write a checkpoint, after a flush of all outputs: a run that is killed now can be continued from here. Raises OSError."""
        for part in self._parts.values():
            if part.file:
                flush(part.file)
        remove(self.work / DRAFT)
        with create_regular(self.work / DRAFT) as file:
            file.write(write_checkpoint({**state, "parts": self.described()}, self.place, self.secret))
            flush(file)
        (self.work / DRAFT).replace(self.work / CHECKPOINT)

    def described(self) -> dict[str, dict[str, Any]]:
        """Return name -> bytes, rows and hash of every output so far."""
        return {name: part.described() for name, part in sorted(self._parts.items())}

    def commit(self, state: Mapping[str, Any], manifest: bytes, stale: Iterable[str]) -> None:
        """Move outputs and manifest.json to their places, and delete `stale` outputs of an earlier run.

        A checkpoint with the list of moves is written first, so that `resume` can finish them after a kill. Raises Stopped, before anything
        is moved, if an output has changed or a link is in the way.
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
        """Finish the moves of an interrupted `commit`, by its checkpoint. Raises UsageError if an output is missing or has changed."""
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
                why = "this file was left by a run that was interrupted while it moved its outputs, and it is not what that run wrote"
                raise UsageError(f"{home / name}: {why}; clean into another folder") from error
        self._move(left, gone)

    def _check(self, names: Iterable[str], stale: Iterable[str]) -> None:
        """Raise ValueError or OSError unless all of these names are inside of the folder."""
        for name in (*names, *stale):
            refuse_name(name)
            refuse_links(self.place, name)

    def _move(self, names: Iterable[str], stale: Iterable[str]) -> None:
        """Delete stale outputs, move each output to its place, the manifest last, and remove the work folder. Raises OSError."""
        for name in stale:
            refuse_links(self.place, name)
            (self.place / name).unlink(missing_ok=True)
        for name in sorted(names, key=lambda name: name == MANIFEST):
            make_parents(self.place, name)
            (self.work / PARTS / name).replace(self.place / name)
        remove(self.work)

    def _part(self, name: str) -> OutputPart:
        """Return the output of this name, which is created if it is new."""
        if name not in self._parts:
            self._parts[name] = OutputPart(self.work / PARTS / name)
        return self._parts[name]


def lock_folder(folder: Path) -> int | None:
    """Lock a folder until this process ends, and return the handle (None without locks). Raises UsageError if another process holds it."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The process that held the lock before may have removed the folder, and another one may have created it again.
        free = folder.lstat().st_ino == os.fstat(handle).st_ino
    except (BlockingIOError, FileNotFoundError):
        free = False
    if not free:
        os.close(handle)
        raise UsageError(f"`output` {folder.parent}: another leakguard is at work there; wait for it or give another folder")
    return handle
