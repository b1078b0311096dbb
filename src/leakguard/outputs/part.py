"""One output file of a clean while it is written, with the hash of its content."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

# Bytes that are read at once.
READ = 1 << 20


@dataclass(slots=True)
class OutputPart:
    """An output file while it is written: its bytes, rows and hash so far; once it is finished, also its device and inode."""

    path: Path
    bytes: int = 0
    rows: int = 0
    sha: Any = field(default_factory=hashlib.sha256)
    file: BinaryIO | None = None
    begun: bool = False
    identity: tuple[int, int] | None = None

    def described(self) -> dict[str, Any]:
        """Return the numbers of bytes and rows and the SHA-256, as checkpoints and manifests store them."""
        return {"bytes": self.bytes, "rows": self.rows, "sha256": self.sha.hexdigest()}

    def finish(self) -> None:
        """Flush the file to disk, remember its device and inode, and close it. Raises OSError."""
        if self.file:
            flush(self.file)
            found = os.fstat(self.file.fileno())
            self.identity = found.st_dev, found.st_ino
            self.file.close()
            self.file = None

    def whole(self) -> bool:
        """Return whether the path still names the file that was written, with all its bytes."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self.identity and found.st_size == self.bytes


def flush(file: BinaryIO) -> None:
    """Write everything that is buffered to disk (fsync). Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def read_pieces(path: Path, most: int | None = None, start: int = 0) -> Iterator[bytes]:
    """Yield a file from offset `start` on in pieces of at most READ bytes, `most` bytes in total (None: its size now). Raises OSError."""
    left = most if most is not None else path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        while left and (data := file.read(min(READ, left))):
            left -= len(data)
            yield data
