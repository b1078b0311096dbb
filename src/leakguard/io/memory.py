"""What took long to make, kept on disk under a name that says what it was made of; whoever finds nothing there makes it again."""

import os
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

_MOST = 40  # entries; a database of a thousand rules takes a few megabytes
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Memory:
    """A folder of entries; `basis` stands for the code that makes them. Nothing here ever fails: at worst all is made anew.

    An entry is a SHA-256 and the bytes that it belongs to. A folder that others could write to is not used.
    """

    folder: Path
    basis: str

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
        """The entry; None if it is not there or was damaged. Raises OSError where the folder cannot be used."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_shared(self.folder)
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            return None
        digest, kept = data[:_DIGEST], data[_DIGEST:]
        return kept if sha256(kept).digest() == digest else None

    def _write(self, place: Path, kept: bytes) -> None:
        """Under another name first: nobody ever reads half an entry."""
        # A full disk, or a folder that went away: the scan goes on without.
        with suppress(OSError), NamedTemporaryFile(dir=self.folder, prefix="new-", delete=False) as file:
            try:
                file.write(sha256(kept).digest() + kept)
                file.close()
                os.replace(file.name, place)
            except OSError:
                os.unlink(file.name)
            for old in sorted(self.folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)[_MOST:]:
                old.unlink(missing_ok=True)


def _refuse_shared(folder: Path) -> None:
    if os.name != "posix":
        return
    said = folder.stat()
    if said.st_uid != os.getuid() or said.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OSError(f"{folder} can be written to by others")


def basis(modules: Iterable[str], packages: Iterable[str]) -> str:
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
