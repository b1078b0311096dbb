"""Read the members of zip archives as inputs of their own, named ARCHIVE!MEMBER. Nothing is unpacked to disk."""

import io
import os
import stat
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from leakguard.core.errors import reason_of
from leakguard.core.store_address import StoreAddress, find_address
from leakguard.readers.files.compression import READ_SIZE, BrokenStream
from leakguard.readers.files.readings import RangedFile, Readings
from leakguard.readers.files.stores import PIECE, open_whole

MEMBER_MARK = "!"
SUFFIX = ".zip"
MEMBER_LIMIT = 100_000
"""The largest number of members in an archive that is read."""
DUPLICATE_NAME = "two members of the archive have this name: unpack the archive first"
_ENCRYPTED = 1
_ERRORS = (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, MemoryError)


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file in a zip archive: its name, and the reason why it is not read ("" if it is read)."""

    name: str
    flaw: str = ""


def split_member(path: str) -> tuple[str, str] | None:
    """Split the name of an archive member into archive and member; None for the name of a file.

    A name under which a file exists is always the name of that file. Of an address, what follows ".zip!" is always a member.
    """
    if address := find_address(path):
        archive, suffix, member = _split(address.url)
        return (StoreAddress(archive + suffix), member) if member else None
    if MEMBER_MARK not in path or os.path.lexists(path):
        return None
    archive, suffix, member = _split(path)
    return (archive + suffix, member) if member and os.path.isfile(archive + suffix) else None


def _split(path: str) -> tuple[str, str, str]:
    """Return what is before ".zip!" in a path, ".zip" as it is written there, and the member; "" as member if there is none."""
    at = path.lower().find(f"{SUFFIX}{MEMBER_MARK}")
    end = at + len(SUFFIX)
    return (path[:at], path[at:end], path[end + len(MEMBER_MARK) :]) if at >= 0 else (path, "", "")


def join_member(archive: str, member: str) -> str:
    """Return the name of a member of an archive: an address if the archive has one."""
    address = find_address(archive)
    return StoreAddress(f"{address.url}{MEMBER_MARK}{member}") if address else f"{archive}{MEMBER_MARK}{member}"


def get_archive_path(path: str) -> str:
    """Return the path of the archive of a member, or the path itself if it is a file."""
    found = split_member(path)
    return found[0] if found else path


def list_members(archive: str) -> list[ArchiveMember]:
    """List the files in an archive, in the order of the archive. Raises OSError if the archive cannot be read."""
    try:
        with open_archive(archive) as file, ZipFile(file) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    except _ERRORS as error:
        raise OSError(f"zip archive: {reason_of(error)}") from error
    if len(entries) > MEMBER_LIMIT:
        raise OSError(f"a zip archive of {len(entries):,} files is not read ({MEMBER_LIMIT:,} at most): unpack it first")
    counts = Counter(entry.filename for entry in entries)
    return [ArchiveMember(entry.filename, DUPLICATE_NAME if counts[entry.filename] > 1 else _flaw(entry)) for entry in entries]


def open_member(archive: str, member: str, name: str, readings: Readings | None) -> "MemberFile":
    """Open a member for reading. What is read of the archive is recorded in `readings` under `name`. Raises OSError."""
    file = open_archive(archive, name, readings)
    try:
        opened = ZipFile(file)
        entry = opened.getinfo(member)
        if flaw := _flaw(entry):
            raise OSError(flaw)
        return MemberFile(opened.open(entry), file)
    except (*_ERRORS, KeyError) as error:
        file.close()
        raise error if isinstance(error, OSError) else OSError(f"zip archive: {reason_of(error)}") from error


def open_archive(archive: str, name: str = "", readings: Readings | None = None) -> io.BufferedReader:
    """Open an archive for reading. What is read is recorded in `readings` under `name`. Raises OSError."""
    raw: Any = RangedFile(archive, readings, name) if readings else None
    file = io.BufferedReader(raw, PIECE) if readings else open_whole(archive)
    if find_address(archive):
        # ZipFile takes any failure to read the end for damage; the end is read here first, so that the failure is named.
        try:
            file.seek(max(file.seek(0, io.SEEK_END) - 1, 0))
            file.read(1)
            file.seek(0)
        except BaseException:
            file.close()
            raise
    return file


class MemberFile(io.RawIOBase):
    """The unpacked bytes of a member. Reading damaged data raises BrokenStream."""

    def __init__(self, member: IO[bytes], file: IO[bytes]) -> None:
        super().__init__()
        self._member, self._file = member, file

    def read(self, size: int | None = -1) -> bytes:
        """Read at most `size` bytes; b"" only at the end.

        Pieces are small because a piece with damaged data is lost as a whole.
        """
        try:
            return self._member.read(READ_SIZE if size is None or size < 0 else min(size, READ_SIZE))
        except EOFError as error:
            raise BrokenStream("truncated", "zip: the archive ends inside this file") from error
        except _ERRORS as error:
            raise BrokenStream("corrupt", f"zip: {reason_of(error)}") from error

    def close(self) -> None:
        """Close the member and its archive."""
        if not self.closed:
            self._member.close()
            self._file.close()
        super().close()


def _flaw(entry: ZipInfo) -> str:
    """Return the reason why an archive entry is not read, or ""."""
    parts = entry.filename.replace("\\", "/").split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or ":" in parts[0] or entry.filename != entry.orig_filename:
        return "its name is not a plain path inside the archive: unpack it by hand, or leave it out with ignore-files"
    if entry.flag_bits & _ENCRYPTED:
        return "it is encrypted: unpack the archive first"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link: unpack the archive first"
    return ""
