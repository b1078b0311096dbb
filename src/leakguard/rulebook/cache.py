"""A cache on disk for results that take long to compute, under keys made of everything that they depend on."""

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

MOST = 80
"""Default number of entries that are kept; a database of a thousand rules takes a few megabytes."""
# Bytes of an HMAC, and of the secret.
_DIGEST = 32
_NEW = "new-"
_OWN = re.compile(rf"[0-9a-f]{{64}}|{_NEW}.*")


@dataclass(frozen=True, slots=True)
class FileCache:
    """A folder of cached results; `basis` is a digest of the code that computes them, `most` the number of entries that are kept.

    Errors of the disk never fail a call: the result is computed.

    The entries that were not used for longest are deleted.

    An entry is an HMAC-SHA-256 over its name and bytes under `secret`, then the bytes. An entry that was edited, truncated, copied under
    another name or made on another machine is not used. Neither is a folder that other users can write to.
    """

    folder: Path
    basis: str
    secret: bytes = field(repr=False)
    most: int = MOST

    def recall(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return the cached bytes of this key, or those that `make` computes, which are then stored."""
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
        """Return an entry, or None if it is missing or its HMAC is wrong. Raises OSError if the folder cannot be used."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_shared(self.folder)
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            return None
        seal, kept = data[:_DIGEST], data[_DIGEST:]
        if not hmac.compare_digest(self._seal(place, kept), seal):
            return None
        # The time of an entry is that of its last use. In a folder that may only be read it stays as it is.
        with suppress(OSError):
            os.utime(place)
        return kept

    def _write(self, place: Path, kept: bytes) -> None:
        """Write an entry under a temporary name first, so that no partial entry is ever read, and delete those unused for longest."""
        # A full disk, or a folder that was removed: the scan continues without the cache.
        with suppress(OSError), NamedTemporaryFile(dir=self.folder, prefix=_NEW, delete=False) as file:
            try:
                file.write(self._seal(place, kept) + kept)
                file.close()
                os.replace(file.name, place)
            except OSError:
                os.unlink(file.name)
            own = [entry for entry in self.folder.iterdir() if _OWN.fullmatch(entry.name)]
            for old in sorted(own, key=lambda entry: entry.stat().st_mtime, reverse=True)[self.most :]:
                old.unlink(missing_ok=True)

    def _seal(self, place: Path, kept: bytes) -> bytes:
        """Return the HMAC of an entry."""
        return hmac.digest(self.secret, place.name.encode() + kept, "sha256")


def read_secret(place: Path) -> bytes | None:
    """Return the secret in the file `place`, which is created if it is missing; None if only its owner's access cannot be ensured."""
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
    """Raise OSError for a path that another user owns or can write."""
    if os.name != "posix":
        return
    said = place.stat()
    if said.st_uid != os.getuid() or said.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OSError(f"{place} can be written to by others")


def digest_code(modules: Iterable[str], packages: Iterable[str]) -> str:
    """Return a digest of code and of the packages and machine that run it; "" if it cannot be read. `modules` are patterns such as
    `text/*.py`.

    Modules are hashed by content, packages by the sizes and times of their files, so that a change of either makes all entries unused.
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
