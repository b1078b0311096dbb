"""Open the caches of results that take long to compute, parsed packs and vectors of shipped texts, in the user's cache folder."""

import os
import sys
from functools import lru_cache
from pathlib import Path

from leakguard.core.ports import Cache
from leakguard.rulebook import cache

_MODULES = (
    "core/*.py",
    "text/*.py",
    "detectors/rules/*.py",
    "readers/files/small_files.py",
    "rulebook/contexts.py",
    "rulebook/packs.py",
    "rulebook/toml_files.py",
)
_PACKAGES = ("hyperscan", "regex")
_VECTOR_MODULES = ("models/embedding/*.py", "models/fakes/embedder.py")
# The code of a process does not change while it runs.
_digest_code = lru_cache(maxsize=2)(cache.digest_code)
_VECTORS = 400  # Entries; the vectors of a trait's texts take a tenth of a megabyte.


# System -> (environment variable that names the folder, default below the user's home).
_Place = dict[str, tuple[str, str]]
_CACHE: _Place = {"win32": ("LOCALAPPDATA", "AppData/Local"), "darwin": ("", "Library/Caches"), "linux": ("XDG_CACHE_HOME", ".cache")}
_CONFIG: _Place = {
    "win32": ("APPDATA", "AppData/Roaming"),
    "darwin": ("", "Library/Application Support"),
    "linux": ("XDG_CONFIG_HOME", ".config"),
}


def open_pack_cache() -> Cache | None:
    """Return the cache in the user's cache folder; None without such a folder, without readable code for its keys, or without a secret.

    It has a folder of its own, so that its limit never deletes a judge's answers, which cost money.
    """
    return _open("packs", _MODULES, _PACKAGES)


def open_vector_cache() -> Cache | None:
    """Return the cache of the vectors of shipped texts, in a folder of its own; None if there is no place for it."""
    return _open("vectors", _VECTOR_MODULES, ("tokenizers", "safetensors"), most=_VECTORS)


def _open(name: str, modules: tuple[str, ...], packages: tuple[str, ...], **limit: int) -> Cache | None:
    """Return a cache in the user's cache folder for results of this code; None without such a folder, readable code or a secret."""
    folder, config, basis = _home(_CACHE), _home(_CONFIG), _digest_code(modules, packages)
    if not (folder and config and basis):
        return None
    secret = cache.read_secret(config / "leakguard" / "cache.key")
    return cache.FileCache(folder / "leakguard" / name, basis, secret, **limit) if secret else None


def _home(place: _Place) -> Path | None:
    """Return the user's folder for caches or for configuration on this system, or None if there is none."""
    variable, below = place.get(sys.platform, place["linux"])
    try:
        home = Path(os.environ.get(variable) or Path.home() / below)
    except RuntimeError:
        return None
    return home if home.is_absolute() else None
