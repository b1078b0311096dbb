"""leakguard: what is in the data that a model is about to be trained on?

`scan`, `clean`, `gate`, `guard` and `trainer_callback` are the command line's work for Python; they are loaded when they are named.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leakguard.api import clean, gate, guard, scan, trainer_callback
    from leakguard.core.errors import GateShut, LeakguardError, NotClean
    from leakguard.settings.scanning import Scan

__version__ = "0.1.0"
__all__ = ["GateShut", "LeakguardError", "NotClean", "Scan", "__version__", "clean", "gate", "guard", "scan", "trainer_callback"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in ("GateShut", "LeakguardError", "NotClean"):
        return getattr(import_module("leakguard.core.errors"), name)
    if name in __all__:
        return getattr(import_module("leakguard.api"), name)
    raise AttributeError(f"module 'leakguard' has no attribute {name!r}")
