"""The folder of this machine where a result is made that belongs into an object store, and the upload at its end."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.store_address import StoreAddress
from leakguard.jobs.user_key import state_folder
from leakguard.outputs.folder import lock_folder
from leakguard.outputs.uploads import UploadLedger, UploadTarget, check_write, refuse_address, upload_folder
from leakguard.readers.files.places import ResultPlace

UPLOADS, RESULT, LEDGER, TOKEN = "uploads", "result", "uploaded.jsonl", "token"
SHORT = 16


@dataclass(frozen=True, slots=True)
class StoreSpool:
    """A folder of this machine for one result until it is in a store at `address`.

    `result` is the folder to write to. It stays after an error or an interrupt, so that the next run continues.
    """

    address: StoreAddress
    home: Path

    @property
    def result(self) -> Path:
        """The folder of the result."""
        return self.home / RESULT

    def upload(self, names: Sequence[str], list_outputs: Callable[[ResultPlace], Iterable[str]], *, overwrite: bool) -> None:
        """Upload the files `names` of the result, its manifest last, and remove the folder.

        `list_outputs` returns what a manifest lists, of a result that is replaced (`overwrite`). Raises Stopped, which says how to go on.
        """
        try:
            target = UploadTarget(self.address, self._read_token(), overwrite)
            upload_folder(self.result, names, target, list_outputs, UploadLedger(self.home / LEDGER).read())
        except (Stopped, OSError) as error:
            left = (
                f"the whole result is in {self.result}; the same command uploads the rest, and until then {self.address} does not hold it"
            )
            raise Stopped(f"{error}; {left}") from None
        shutil.rmtree(self.home, ignore_errors=True)

    def _read_token(self) -> bytes:
        """Return the token of this upload, by which an interrupted one is continued. Raises OSError."""
        path = self.home / TOKEN
        if not path.exists() or not path.stat().st_size:
            path.write_bytes(secrets.token_hex(SHORT).encode())
        return path.read_bytes()


def locate_spool(address: StoreAddress, folder: Path | None) -> Path | None:
    """Return the folder for a result that belongs to `address`, below `folder` (None: the state folder); None without a home folder."""
    state = state_folder()
    base = folder or (state / UPLOADS if state else None)
    return base / hashlib.sha256(address.url.encode()).hexdigest()[:SHORT] if base else None


@contextmanager
def open_spool(address: StoreAddress, folder: Path | None, *, resume: bool) -> Iterator[StoreSpool]:
    """Yield the folder for a result that belongs to `address`, below `folder` (None: the state folder of the user's account).

    Only one process uses it at a time. Without `resume`, what an earlier run left in it is removed. Raises UsageError if the address
    cannot be written to, or the folder is in use or cannot be made, and Stopped if the store fails.
    """
    refuse_address(address)
    home = locate_spool(address, folder)
    if home is None:
        raise UsageError("`spool`: there is no home folder for the result until it is uploaded; name a folder")
    handle = None
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = lock_folder(home)
        if not resume:
            shutil.rmtree(home / RESULT, ignore_errors=True)
            (home / LEDGER).unlink(missing_ok=True)
    except UsageError:
        raise UsageError(f"`output` {address}: another leakguard is writing there; wait for it or give another folder") from None
    except OSError as error:
        raise UsageError(f"`spool` {home.parent}: cannot be written: {error.strerror or error}; nothing was read") from error
    try:
        check_write(address)
        yield StoreSpool(address, home)
    finally:
        for path in (home / RESULT, home):
            with suppress(OSError):
                path.rmdir()
        if handle is not None:
            os.close(handle)
