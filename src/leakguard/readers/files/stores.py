"""The stores that hold the bytes of inputs: files of this machine, and objects of remote stores. Every input is opened here."""

from io import BufferedReader, FileIO, RawIOBase
from pathlib import Path

from leakguard.core.ports import Store
from leakguard.core.store_address import StoreAddress, find_address
from leakguard.readers.files.regular_files import open_regular
from leakguard.readers.files.remote_files import RemoteFile
from leakguard.readers.files.store_requests import Stamp, look_up, read_version

PIECE = 1 << 20


class LocalFiles:
    """The files of this machine."""

    def open(self, name: str) -> FileIO:
        """Open a file."""
        return FileIO(name)


class RemoteObjects:
    """The objects of all remote stores."""

    def open(self, name: str) -> RemoteFile:
        """Open an object. Raises MissingExtra if the packages for its store are not installed."""
        return RemoteFile(find_address(name) or StoreAddress(name))


def open_input(name: str) -> RawIOBase:
    """Open a file or an object for reading. Raises OSError."""
    store: Store = RemoteObjects() if find_address(name) else LocalFiles()
    return store.open(name)


def open_whole(name: str | Path) -> BufferedReader:
    """Open a regular file, or an object, to be read from its start to its end. Raises OSError."""
    address = find_address(name)
    return BufferedReader(RemoteFile(address), PIECE) if address else open_regular(name)


def read_stamp(name: str | Path) -> Stamp:
    """Return values that show cheaply whether an input was changed. Raises OSError.

    Of a file: size, modification time (ns) and inode. Of an object: its size, and its ETag or time of change.
    """
    if address := find_address(name):
        return read_version(look_up(address))
    found = Path(name).stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
