"""The cache of compiled automata that all workers and servers of a run of the tests share."""

import os
import tempfile
from pathlib import Path

from leakguard.rulebook.cache import FileCache


def open_compiled():
    """Return the cache. `tests/rulebook/test_cache.py` shows that a cached automaton finds the same as a new one."""
    home = os.environ.get("XDG_CACHE_HOME") or tempfile.mkdtemp(prefix="leakguard-tests-")
    return FileCache(Path(home) / "compiled", "this run", b"of the tests", most=1000)
