"""Where what took long to make is kept between runs."""

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


# For each system the variable that names the folder, and where below the user's home it is otherwise.
_Place = dict[str, tuple[str, str]]
_CACHE: _Place = {"win32": ("LOCALAPPDATA", "AppData/Local"), "darwin": ("", "Library/Caches"), "linux": ("XDG_CACHE_HOME", ".cache")}
_CONFIG: _Place = {
    "win32": ("APPDATA", "AppData/Roaming"),
    "darwin": ("", "Library/Application Support"),
    "linux": ("XDG_CONFIG_HOME", ".config"),
}


def open_pack_cache() -> Cache | None:
    """The memory in the user's cache folder; None where there is no such folder, no code to know it by, or no secret to seal it with.

    It has a folder of its own there: what else leakguard keeps (a judge's answers, which cost money) is never pruned with it.
    """
    folder, config, basis = _home(_CACHE), _home(_CONFIG), cache.digest_code(_MODULES, _PACKAGES)
    if not (folder and config and basis):
        return None
    secret = cache.read_secret(config / "leakguard" / "cache.key")
    return cache.FileCache(folder / "leakguard" / "packs", basis, secret) if secret else None


def _home(place: _Place) -> Path | None:
    """A folder of the user by the habits of the system; None where there is none."""
    variable, below = place.get(sys.platform, place["linux"])
    try:
        home = Path(os.environ.get(variable) or Path.home() / below)
    except RuntimeError:
        return None
    return home if home.is_absolute() else None
