"""The user's secret key for the HMACs of checkpoints, by which a run knows that this user wrote one."""

import os
import secrets
import stat
import sys
from pathlib import Path

from leakguard.readers.files.regular_files import open_regular

NAME = "key"
LENGTH = 32


def read_user_key() -> bytes | None:
    """Return the user's secret key for HMACs of checkpoints, 32 random bytes; None if it cannot be kept secret.

    The key is in a file of the user's state folder. The first call makes both. The result is None if other users may write to the
    folder or read or change the file, and if there is no home folder.
    """
    folder = state_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _open_to_others(folder.stat()):
            return None
        path = folder / NAME
        if not path.exists():
            _make(path)
        with open_regular(path) as file:
            key = file.read(LENGTH + 1)
            return key if len(key) == LENGTH and not _open_to_others(os.fstat(file.fileno()), reading=True) else None
    except OSError:
        return None


def state_folder() -> Path | None:
    """Return the folder where leakguard keeps state between runs, as usual on this system; None if there is no home folder."""
    try:
        if sys.platform == "win32":
            home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            home = Path.home() / "Library" / "Application Support"
        else:
            home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError:
        return None
    return home / "leakguard" if home.is_absolute() else None


def _make(path: Path) -> None:
    """Create a key file under a temporary name, then link it to its name; of two processes at once, the first one's key stays."""
    draft = path.with_name(f"{NAME}-{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(LENGTH))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:
        # The file system has no hard links.
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _open_to_others(said: os.stat_result, *, reading: bool = False) -> bool:
    """Return whether a file belongs to another user, or others can write it (with `reading`: or read it)."""
    if os.name != "posix":
        return False
    forbidden = (stat.S_IRWXG | stat.S_IRWXO) if reading else (stat.S_IWGRP | stat.S_IWOTH)
    return said.st_uid != os.geteuid() or bool(said.st_mode & forbidden)
