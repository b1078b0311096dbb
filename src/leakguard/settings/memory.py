"""Where what took long to make is kept between runs."""

import os
import sys
from pathlib import Path

from leakguard.core.ports import Memory
from leakguard.io import memory

_MODULES = ("core/*.py", "text/*.py", "detectors/rules/*.py", "io/documents.py", "io/packs.py", "io/tables.py")
_PACKAGES = ("hyperscan", "regex")


def remembered() -> Memory | None:
    """The memory in the user's cache folder; None where there is no such folder, or no code to know it by."""
    folder, basis = _cache_folder(), memory.basis(_MODULES, _PACKAGES)
    return memory.Memory(folder, basis) if folder and basis else None


def _cache_folder() -> Path | None:
    """leakguard's folder among the user's caches, by the habits of the system."""
    try:
        if sys.platform == "win32":
            home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            home = Path.home() / "Library" / "Caches"
        else:
            home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return home / "leakguard" if home.is_absolute() else None
