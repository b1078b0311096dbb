"""leakguard: scan, clean, audit and gate model-written training data.

`scan`, `clean`, `gate`, `audit`, `monitor`, `guard`, `trainer_callback`, `load_weighted_rows`, `make_weighted_trainer` and
`LeakguardFilter` are the Python API; they are imported when they are first used. `dir(leakguard)` lists all public names.
"""

from typing import TYPE_CHECKING, Any

from leakguard.collision import NAME as DISTRIBUTION

if TYPE_CHECKING:
    from leakguard.api import audit, clean, gate, guard, monitor, scan, trainer_callback
    from leakguard.core.errors import GateBlocked, LeakguardError, MissingExtra, NotClean, NotPassed, SettingsError, Stopped, UsageError
    from leakguard.core.version import __version__
    from leakguard.integrations.datasets import RowGuard
    from leakguard.jobs.python_datatrove import LeakguardFilter as LeakguardFilter
    from leakguard.jobs.python_monitor import RowMonitor
    from leakguard.jobs.python_results import AuditReport, CleanReport, GateReport
    from leakguard.jobs.python_scan import Scan
    from leakguard.jobs.python_training import load_weighted_rows, make_weighted_trainer

__all__ = [
    "DISTRIBUTION",
    "AuditReport",
    "CleanReport",
    "GateBlocked",
    "GateReport",
    "LeakguardError",
    "MissingExtra",
    "NotClean",
    "NotPassed",
    "RowGuard",
    "RowMonitor",
    "Scan",
    "SettingsError",
    "Stopped",
    "UsageError",
    "__version__",
    "audit",
    "clean",
    "gate",
    "guard",
    "load_weighted_rows",
    "make_weighted_trainer",
    "monitor",
    "scan",
    "trainer_callback",
]
_ERRORS = ("GateBlocked", "LeakguardError", "MissingExtra", "NotClean", "NotPassed", "SettingsError", "Stopped", "UsageError")
_HOMES = {
    **dict.fromkeys(_ERRORS, "core.errors"),
    "__version__": "core.version",
    "RowGuard": "integrations.datasets",
    "LeakguardFilter": "jobs.python_datatrove",
    "RowMonitor": "jobs.python_monitor",
    **dict.fromkeys(("AuditReport", "CleanReport", "GateReport"), "jobs.python_results"),
    "Scan": "jobs.python_scan",
    **dict.fromkeys(("load_weighted_rows", "make_weighted_trainer"), "jobs.python_training"),
}
"""The modules of names that are not in `leakguard.api`. LeakguardFilter is not in `__all__`: it cannot be imported without datatrove."""

_RENAMED = {"GateShut": "GateBlocked"}
"""Names of the previous version, which still work in this one: old name -> new name."""


def __dir__() -> list[str]:
    """Return the public names, whether they were imported already or not."""
    return sorted({*__all__, *_HOMES})


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _RENAMED:
        from warnings import warn

        warn(
            f"leakguard.{name} is now leakguard.{_RENAMED[name]}; the old name goes away in the next version",
            DeprecationWarning,
            stacklevel=2,
        )
        name = _RENAMED[name]
    # A name is imported from its module when it is first used, so `import leakguard` loads almost nothing. If that fails, another project's
    # package that was installed over this one is the likely cause; `find_overlay` detects it.
    if name in __all__ or name in _HOMES:
        try:
            return getattr(import_module(f"leakguard.{_HOMES.get(name, 'api')}"), name)
        except (ImportError, AttributeError) as error:
            from leakguard.collision import find_overlay

            raise ImportError(find_overlay(search=True) or str(error)) from error
    raise AttributeError(f"module 'leakguard' has no attribute {name!r}")
