"""Compute the SHA-256 of regular files, with size and modification time, by which later changes are detected."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from leakguard.readers.files.regular_files import open_regular


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The SHA-256 of a file (hexadecimal), its size in bytes, and its stamp at the time of hashing."""

    sha256: str
    bytes: int
    changed: tuple[int, int, int]


def hash_file(path: Path) -> FileDigest:
    """Return the digest of a regular file. Raises OSError."""
    # The stamp is taken before the first byte is read, so that a change during hashing is noticed later.
    before = read_stamp(path)
    with open_regular(path) as file:
        sha = hashlib.file_digest(file, "sha256")
        size = file.tell()
    return FileDigest(sha.hexdigest(), size, before)


def read_stamp(path: Path) -> tuple[int, int, int]:
    """Return size, modification time (ns) and inode of a file, which show cheaply whether it was changed. Raises OSError."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
