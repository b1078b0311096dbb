"""Part files: the output of a task, written by a worker process and copied into the output by its parent.

A part that was copied is renamed, and the next worker that needs a file overwrites it. Its pages stay allocated, which saves a fifth of the
time of writing, and there are no more files than parts that wait to be copied.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import uuid4

from leakguard.core.tasks import PartSlice
from leakguard.pipeline.executor import PIECE

_FREE = ".free"


class Part(NamedTuple):
    """The first `length` bytes of the file at `path`."""

    path: Path
    length: int


class PartWriter:
    """Collects the output of one task: less than PIECE bytes in memory, more in a file of `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[bytes] = []
        self._holding = self._written = 0
        self._path: Path | None = None

    def add(self, data: bytes) -> None:
        """Append bytes to the output."""
        self._held.append(data)
        self._holding += len(data)
        if self._holding >= PIECE:
            self._write()

    def close(self) -> list[bytes | Part]:
        """Return the output as bytes, as a part that must be released, or as none if it is empty."""
        if self._path is None:
            return [b"".join(self._held)] if self._holding else []
        self._write()
        return [Part(self._path, self._written)]

    def _write(self) -> None:
        """Write what is held behind what was written before."""
        if self._path is None:
            self._path = self._claim()
        with open(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600), "wb", buffering=0) as file:
            file.seek(self._written)
            for piece in self._held:
                view = memoryview(piece)
                while view:
                    view = view[file.write(view) :]
        self._written += self._holding
        self._held, self._holding = [], 0

    def _claim(self) -> Path:
        """Return the path of a file that no other worker uses: a free one, or a new one."""
        path = self._folder / uuid4().hex
        # Several workers may try to rename the same free file; only one of them succeeds.
        for free in self._folder.glob(f"*{_FREE}"):
            with suppress(FileNotFoundError):
                return free.rename(path)
        return path


class PartFile:
    """The output of one task of a cluster, in one file that has its name only once it is complete. `sha256` is the hash of its content.

    A task that runs twice writes the same bytes under the same name. As a context manager it renames the file at the end, and deletes it
    after an exception.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.length = 0
        self._sha = hashlib.sha256()
        self._draft = path.with_name(f"{path.name}.{uuid4().hex}.tmp")

    @property
    def sha256(self) -> str:
        """The hash of what was written, hexadecimal."""
        return self._sha.hexdigest()

    def __enter__(self) -> "PartFile":
        self._file = open(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._file.close()
        if kind:
            self._draft.unlink()
        else:
            self._draft.replace(self.path)

    def keep(self, data: bytes) -> PartSlice:
        """Append bytes, and return where they are."""
        self._file.write(data)
        self._sha.update(data)
        self.length += len(data)
        return PartSlice(self.path, self.length - len(data), len(data))


def write_piece(sink: BinaryIO, piece: bytes | Part | PartSlice) -> None:
    """Write bytes or copy a part, PIECE bytes at once: if the reader of a pipe leaves, some systems report only part of a large write."""
    if isinstance(piece, Part):
        with piece.path.open("rb", buffering=0) as file:
            _copy(file, sink, piece.length)
        return
    if isinstance(piece, PartSlice):
        with piece.path.open("rb") as file:
            file.seek(piece.start)
            piece = file.read(piece.length)
    view = memoryview(piece)
    for start in range(0, len(view), PIECE):
        sink.write(view[start : start + PIECE])


def release_part(piece: bytes | Part | PartSlice) -> None:
    """Let the next writer overwrite the file of a part that was copied."""
    if isinstance(piece, Part):
        piece.path.rename(piece.path.with_suffix(_FREE))


def _copy(file: BinaryIO, sink: BinaryIO, length: int) -> None:
    """Copy the first `length` bytes of a file into a sink, with sendfile if the system supports it for these two."""
    done = 0
    with suppress(AttributeError, OSError):
        target = sink.fileno()
        sink.flush()
        while done < length:
            done += os.sendfile(target, file.fileno(), done, min(PIECE, length - done))
        return
    file.seek(done)
    while done < length:
        data = file.read(min(PIECE, length - done))
        sink.write(data)
        done += len(data)
