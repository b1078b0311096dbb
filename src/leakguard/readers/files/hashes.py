"""SHA-256 of regular files, with a cheap stamp that shows whether a file was changed since."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from leakguard.readers.files.regular_files import open_regular


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file's content in 32 bytes (hexadecimal SHA-256), its size, and what the file system says of its last change."""

    sha256: str
    bytes: int
    changed: tuple[int, int, int]


def hash_file(path: Path) -> FileDigest:
    """The digest of a regular file as it is now. Raises OSError."""
    # Before the first byte is read: a change while it is hashed must show later.
    before = read_stamp(path)
    with open_regular(path) as file:
        sha = hashlib.file_digest(file, "sha256")
        size = file.tell()
    return FileDigest(sha.hexdigest(), size, before)


def read_stamp(path: Path) -> tuple[int, int, int]:
    """Size, time of the last change and identity of a file: a cheap sign that it is what it was. Raises OSError."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
