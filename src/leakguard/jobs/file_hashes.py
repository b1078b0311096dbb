"""Hashes of the files that a run has read, which tie its result to exactly these bytes."""

import os
from collections.abc import Mapping, Sequence

from leakguard.core.errors import Stopped
from leakguard.core.gate import GatedFile
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.hashes import FileDigest
from leakguard.readers.files.readings import Readings


def find_odd_files(files: Sequence[str]) -> dict[str, str]:
    """Return names that are no regular files, with the reason why they cannot be checked: a pipe is empty once it is read."""
    return {name: "this is no regular file, so it cannot be hashed" for name in files if os.path.exists(name) and not os.path.isfile(name)}


def confirm_files(files: Sequence[str], readings: Readings, odd: Mapping[str, str]) -> tuple[dict[str, FileDigest], dict[str, str]]:
    """Return the digest of each file, which covers everything that was read of it, and the reasons for files without one.

    The digest of a member of an archive is that of the archive.
    """
    found: dict[str, FileDigest] = {}
    failed = dict(odd)
    for name in files:
        try:
            if name not in odd:
                found[name] = readings.confirm(name, get_archive_path(name))
        except OSError as error:
            failed[name] = error.strerror or str(error)
    return found, failed


def list_hashed(digests: Mapping[str, FileDigest]) -> tuple[GatedFile, ...]:
    """Return the files with their hashes and sizes."""
    return tuple(GatedFile(name, one.sha256, one.bytes) for name, one in digests.items())


def refuse_changes(hashes: Mapping[str, str], readings: Readings) -> None:
    """Raise Stopped if a file is not what it was: `hashes` maps files to their SHA-256."""
    for file, sha256 in hashes.items():
        try:
            same = readings.confirm(file, file).sha256 == sha256
        except OSError:
            same = False
        if not same:
            raise Stopped(f"{file}: changed or vanished while it was being read; nothing was written")
