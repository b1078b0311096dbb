"""Measured effects of what can be done about a hidden trait, as they ship with leakguard (benchmarks/advice.py writes them)."""

import json
from pathlib import Path
from typing import TypedDict

from leakguard.core.advice import MeasuredAction, MeasuredRun
from leakguard.core.certificate import MeasuredShare

FILE = Path(__file__).with_name("advice.json")


class Figures(TypedDict):
    """An entry of the file: an action, the conditions and the number of cells of its runs, and what was left and kept with intervals."""

    action: str
    conditions: str
    cells: int
    left: list[float] | None
    skill: list[float] | None
    loss: list[float] | None
    source: str


def read_measured_actions() -> tuple[MeasuredAction, ...]:
    """Return every action with its runs, in the order of the file."""
    runs: dict[str, list[MeasuredRun]] = {}
    entries: list[Figures] = json.loads(FILE.read_bytes())
    for one in entries:
        left, skill, loss = (MeasuredShare(*found) if found else None for found in (one["left"], one["skill"], one["loss"]))
        assert left is not None
        runs.setdefault(one["action"], []).append(MeasuredRun(one["conditions"], one["cells"], left, one["source"], skill, loss))
    return tuple(MeasuredAction(name, tuple(found)) for name, found in runs.items())
