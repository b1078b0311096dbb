"""What took long to make, kept on disk under a name that says what it was made of; what is not there, or was changed, is made again."""

import hmac
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

_MOST = 40  # entries; a database of a thousand rules takes a few megabytes
_DIGEST = 32
_NEW = "new-"
_OWN = re.compile(rf"[0-9a-f]{{64}}|{_NEW}.*")


@dataclass(frozen=True, slots=True)
class FileCache:
    """A folder of entries; `basis` stands for the code that makes them. Nothing here ever fails: at worst all is made anew.

    An entry is a seal and the bytes that it belongs to. The seal is an HMAC-SHA256 over the entry's name and bytes under `secret`,
    which lies elsewhere: an entry that was edited, cut short, copied under another name or brought along from another machine is
    not used. Neither is a folder that others could write to.
    """

    folder: Path
    basis: str
    secret: bytes = field(repr=False)

    def recall(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The bytes kept under this key, else what `make` makes, which is kept for the next time."""
        try:
            place = self.folder / sha256(f"{self.basis}\0{key}".encode()).hexdigest()
            kept = self._read(place)
        except OSError:
            return make()
        if kept is None:
            kept = make()
            self._write(place, kept)
        return kept

    def _read(self, place: Path) -> bytes | None:
        """The entry; None if it is not there or was changed. Raises OSError where the folder cannot be used."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_shared(self.folder)
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            return None
        seal, kept = data[:_DIGEST], data[_DIGEST:]
        return kept if hmac.compare_digest(self._seal(place, kept), seal) else None

    def _write(self, place: Path, kept: bytes) -> None:
        """Write the entry under another name first, so that half an entry is never read; old ones make room."""
        # A full disk, or a folder that went away: the scan goes on without.
        with suppress(OSError), NamedTemporaryFile(dir=self.folder, prefix=_NEW, delete=False) as file:
            try:
                file.write(self._seal(place, kept) + kept)
                file.close()
                os.replace(file.name, place)
            except OSError:
                os.unlink(file.name)
            own = [entry for entry in self.folder.iterdir() if _OWN.fullmatch(entry.name)]
            for old in sorted(own, key=lambda entry: entry.stat().st_mtime, reverse=True)[_MOST:]:
                old.unlink(missing_ok=True)

    def _seal(self, place: Path, kept: bytes) -> bytes:
        return hmac.digest(self.secret, place.name.encode() + kept, "sha256")


def read_secret(place: Path) -> bytes | None:
    """The secret in the file `place`, which only its owner can read; it is made where there is none. None where that cannot be."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_shared(place.parent)
        with suppress(FileExistsError), open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_DIGEST))
        _refuse_shared(place)
        secret = place.read_bytes()
    except OSError:
        return None
    return secret if len(secret) == _DIGEST else None


def _refuse_shared(place: Path) -> None:
    if os.name != "posix":
        return
    said = place.stat()
    if said.st_uid != os.getuid() or said.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OSError(f"{place} can be written to by others")


def digest_code(modules: Iterable[str], packages: Iterable[str]) -> str:
    """What stands for some code and whatever runs it; "" if it cannot be read. `modules` are patterns such as `text/*.py`.

    Sources count by content and packages by the size and time of their files, so that no entry outlives a change of either.
    """
    home = Path(__file__).parents[1]
    seen = sha256(f"{sys.version}{sys.byteorder}{os.uname().machine if hasattr(os, 'uname') else os.name}".encode())
    try:
        for pattern in modules:
            for module in sorted(home.glob(pattern)):
                seen.update(f"{module.relative_to(home)}\0".encode() + module.read_bytes())
        for package in packages:
            spec = find_spec(package)
            where = Path(spec.origin).parent if spec and spec.origin else None
            files = sorted(where.iterdir()) if where else ()
            said = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
            seen.update(repr((package, said)).encode())
    except OSError:
        return ""
    return seen.hexdigest()
