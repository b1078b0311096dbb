"""leakguard: what is in the data that a model is about to be trained on?

`scan`, `clean`, `gate`, `guard` and `trainer_callback` are the command line's work for Python; they are loaded when they are named.
"""

from typing import TYPE_CHECKING, Any

from leakguard.collision import NAME as DISTRIBUTION

if TYPE_CHECKING:
    from leakguard.api import clean, gate, guard, scan, trainer_callback
    from leakguard.core.errors import GateShut, LeakguardError, NotClean
    from leakguard.core.version import __version__
    from leakguard.jobs.python_scan import Scan

__all__ = [
    "DISTRIBUTION",
    "GateShut",
    "LeakguardError",
    "NotClean",
    "Scan",
    "__version__",
    "clean",
    "gate",
    "guard",
    "scan",
    "trainer_callback",
]
_HOMES = {"__version__": "version", "GateShut": "errors", "LeakguardError": "errors", "NotClean": "errors"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in __all__:
        try:
            return getattr(import_module(f"leakguard.core.{_HOMES[name]}" if name in _HOMES else "leakguard.api"), name)
        except (ImportError, AttributeError) as error:
            from leakguard.collision import find_overlay

            raise ImportError(find_overlay(search=True) or str(error)) from error
    raise AttributeError(f"module 'leakguard' has no attribute {name!r}")
