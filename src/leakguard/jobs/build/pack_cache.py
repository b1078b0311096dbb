"""Open the cache of results that take long to compute, such as parsed packs, in the user's cache folder."""

import os
import sys
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
    folder, config, basis = _home(_CACHE), _home(_CONFIG), cache.digest_code(_MODULES, _PACKAGES)
    if not (folder and config and basis):
        return None
    secret = cache.read_secret(config / "leakguard" / "cache.key")
    return cache.FileCache(folder / "leakguard" / "packs", basis, secret) if secret else None


def _home(place: _Place) -> Path | None:
    """Return the user's folder for caches or for configuration on this system, or None if there is none."""
    variable, below = place.get(sys.platform, place["linux"])
    try:
        home = Path(os.environ.get(variable) or Path.home() / below)
    except RuntimeError:
        return None
    return home if home.is_absolute() else None
