"""Digests of checkpoints: of everything that decides about a model's answers, or of its weights alone."""

import json
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path

from leakguard.models.causal.files import ADAPTER, find_folder

_READ = frozenset((".safetensors", ".json", ".model", ".txt", ".jinja", ".tiktoken"))
_TEMPLATES = "additional_chat_templates"
Stamp = tuple[str, int, int, int]


def read_stamps(folder: Path) -> tuple[Stamp, ...]:
    """Return path, size, modification time and inode of every file that counts, in the folder and in an adapter's base.

    Raises OSError, and ValueError for an adapter whose base is not a folder.
    """
    stamps: list[Stamp] = []
    for place in (folder, *_find_base(folder)):
        for path in sorted((*place.iterdir(), *(place / _TEMPLATES).glob("*"))):
            if path.suffix in _READ and path.is_file():
                found = path.stat()
                stamps.append((str(path), found.st_size, found.st_mtime_ns, found.st_ino))
    return tuple(stamps)


def digest_checkpoint(folder: Path) -> str:
    """Return the SHA-256 (hexadecimal) over names and content of weights, configuration, tokenizer and chat template, with an adapter's
    base.

    A file that was hashed in this process and has not changed since is not read again. Raises OSError, ValueError.
    """
    whole = sha256()
    for path, size, changed, inode in read_stamps(folder):
        whole.update(json.dumps([Path(path).name, _digest_file(path, size, changed, inode)]).encode())
    return whole.hexdigest()


def digest_weights(folder: Path) -> str:
    """Return the SHA-256 (hexadecimal) over the SHA-256 of each safetensors file of a folder, in the order of their names."""
    sha = sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            sha.update(file_digest(file, "sha256").digest())
    return sha.hexdigest()


@lru_cache(maxsize=4096)
def _digest_file(path: str, size: int, changed: int, inode: int) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _find_base(folder: Path) -> tuple[Path, ...]:
    """Return the folder of an adapter's base; nothing for a folder without adapter."""
    if not (folder / ADAPTER).is_file():
        return ()
    said = json.loads((folder / ADAPTER).read_bytes())
    name = said.get("base_model_name_or_path") if isinstance(said, dict) else None
    base = find_folder(name) if isinstance(name, str) else None
    if base is None:
        raise ValueError(f"its {ADAPTER} names no folder as base_model_name_or_path")
    return (base,)
