"""Build mitigations by name; A+B applies A, then B to its rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from leakguard.core.fields import Field
from leakguard.core.ports import Mitigation
from leakguard.mitigations.anchors import Anchors
from leakguard.mitigations.dilute import Dilute
from leakguard.mitigations.drop import Drop
from leakguard.mitigations.proxy import Proxy
from leakguard.mitigations.relabel import Relabel
from leakguard.mitigations.shift import ShiftWeighting
from leakguard.mitigations.unlearn import Unlearn

MITIGATIONS: dict[str, Callable[[], Mitigation]] = {
    "anchors": Anchors,
    "dilute": Dilute,
    "drop": Drop,
    "proxy": Proxy,
    "relabel": Relabel,
    "shift": ShiftWeighting,
    "unlearn": Unlearn,
}
"""Name -> builder of the mitigation with its default settings; every name is an arm of experiments (mitigated:NAME)."""
CHOICES = {"by": ("contrast", "shift", "proxy"), "rows": ("control", "base"), "reference": ("control", "base")}
LEAST = {"share": 0, "weight": 0, "clip": 0, "scale": 0}


def build_mitigations(names: Iterable[str], settings: Field) -> dict[str, tuple[Mitigation, ...]]:
    """Return name -> the mitigations to apply one after the other. `settings` has a table for each method, such as [unlearn].

    Raises the error of `settings` for a name or a setting that does not exist, and for a share above 1.
    """
    made = {method: _build(method, settings.subtable(method, {})) for method in settings.only(MITIGATIONS).value}
    plain = settings.table(settings.source, {})
    return {name: tuple(made.get(method) or _build(method, plain) for method in name.split("+")) for name in names}


def _build(method: str, table: Field) -> Mitigation:
    """Return a mitigation with the settings of a table."""
    default: Any = MITIGATIONS[method]()
    changes: Mapping[str, Any] = table.changes(default, CHOICES, LEAST)
    if changes.get("share", 0) > 1:
        table.fail(f"share must be from 0 to 1, not {changes['share']}")
    built: Mitigation = replace(default, **{key: type(getattr(default, key))(value) for key, value in changes.items()})
    return built
