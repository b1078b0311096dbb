"""The checkpoint of a clean: a JSON document with an HMAC under the user's key, so that a forged or copied one is refused."""

import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.readers.files.regular_files import read_regular
from leakguard.readers.files.safe_paths import FOLDERS

CHECKPOINT = "checkpoint.json"
WORK = ".leakguard"
MAC = "mac"
MOVING = "moving"
OVER = "start over with `no-resume`"


def write_checkpoint(state: Mapping[str, Any], place: Path, secret: bytes | None) -> bytes:
    """Return the bytes of a checkpoint of a clean into `place`. Without a secret it has no HMAC, and `read_checkpoint` refuses it."""
    return json.dumps({**state, MAC: sign_state(state, place, secret) if secret else None}).encode()


def read_checkpoint(path: Path, place: Path, secret: bytes | None) -> dict[str, Any] | None:
    """Return the state in a checkpoint, or None if the file does not exist.

    Raises UsageError for one that cannot be read, and for one that was not written by a clean of this user into `place` (its HMAC differs):
    the state decides which files are moved and deleted, and which rows count as checked.
    """
    try:
        found = json.loads(read_regular(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: the checkpoint of an earlier run cannot be read ({_words(error)}); {OVER}") from error
    mac = found.pop(MAC, None) if isinstance(found, dict) else None
    try:
        known = isinstance(mac, str) and secret is not None and hmac.compare_digest(mac.encode(), sign_state(found, place, secret).encode())
    except (RecursionError, UnicodeEncodeError):
        known = False
    if not known:
        way = "give another folder" if not isinstance(found, dict) or MOVING in found else OVER
        raise UsageError(
            f"{path}: this checkpoint is not one that a clean of yours wrote into this folder on this machine "
            f"(the key for that lies in the state folder of your account), so it is not taken up; {way}"
        )
    state: dict[str, Any] = found
    return state


def find_interrupted_move(name: str) -> Path | None:
    """Return the folder of a clean that was interrupted while it moved its outputs, if the file `name` is one of them; else None."""
    for folder in (*Path(name).parents, *Path(name).absolute().parents):
        if folder.name in FOLDERS and is_half_moved(folder.parent / WORK / CHECKPOINT):
            return folder.parent
    return None


def is_half_moved(checkpoint: Path) -> bool:
    """Return whether a checkpoint says that outputs are half moved; True for one that cannot be read, as nothing is known then."""
    try:
        found = json.loads(read_regular(checkpoint))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, RecursionError):
        return True
    return not isinstance(found, dict) or MOVING in found


def sign_state(state: Mapping[str, Any], place: Path, secret: bytes) -> str:
    """Return the HMAC-SHA-256 (hexadecimal) of the folder and the state. Keys are sorted, so the layout of the document does not matter."""
    said = json.dumps([os.path.realpath(place), state], sort_keys=True, separators=(",", ":"))
    return hmac.digest(secret, said.encode(), "sha256").hex()


def _words(error: BaseException) -> str:
    """Return the reason of an error in a few words."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)[:120]
