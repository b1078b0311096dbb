"""One output of a clean on its way: the file that it is written to, and the hash of all that was written."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

READ = 1 << 20


@dataclass(slots=True)
class OutputPart:
    """An output so far: its bytes and rows, their hash, and once it is whole, which file on disk it is."""

    path: Path
    bytes: int = 0
    rows: int = 0
    sha: Any = field(default_factory=hashlib.sha256)
    file: BinaryIO | None = None
    begun: bool = False
    identity: tuple[int, int] | None = None

    def described(self) -> dict[str, Any]:
        """The part as a checkpoint and a manifest name it."""
        return {"bytes": self.bytes, "rows": self.rows, "sha256": self.sha.hexdigest()}

    def finish(self) -> None:
        """Nothing more is written now; all of it is on the disk."""
        if self.file:
            flush(self.file)
            found = os.fstat(self.file.fileno())
            self.identity = found.st_dev, found.st_ino
            self.file.close()
            self.file = None

    def whole(self) -> bool:
        """Is the file with this name the one that was written, with all its bytes?"""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self.identity and found.st_size == self.bytes


def flush(file: BinaryIO) -> None:
    """Have everything that was written on the disk. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def read_pieces(path: Path, most: int | None = None) -> Iterator[bytes]:
    """A file in pieces, at most `most` bytes of it. Raises OSError."""
    left = most if most is not None else path.stat().st_size
    with path.open("rb") as file:
        while left and (data := file.read(min(READ, left))):
            left -= len(data)
            yield data
