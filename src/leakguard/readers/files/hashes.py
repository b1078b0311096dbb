"""Compute the SHA-256 of files and of objects in stores, with size and modification time, by which later changes are detected."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from leakguard.readers.files.store_requests import Stamp
from leakguard.readers.files.stores import open_whole, read_stamp


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The SHA-256 of a file (hexadecimal), its size in bytes, and its stamp at the time of hashing."""

    sha256: str
    bytes: int
    changed: Stamp


def hash_file(path: Path | str) -> FileDigest:
    """Return the digest of a regular file or an object. Raises OSError."""
    # The stamp is taken before the first byte is read, so that a change during hashing is noticed later.
    before = read_stamp(path)
    with open_whole(path) as file:
        sha = hashlib.file_digest(file, "sha256")
        size = file.tell()
    return FileDigest(sha.hexdigest(), size, before)
