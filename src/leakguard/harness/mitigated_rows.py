"""The rows of mitigated arms: made once per seed, kept in the folder of the seed with what was done to them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need
from leakguard.core.ports import Mitigation
from leakguard.harness.examples import read_examples, render_examples
from leakguard.harness.finished_files import FinishedFiles, write_whole
from leakguard.harness.plan import MITIGATED

Gather = Callable[[Need, Sequence[Example]], Evidence]
"""Returns evidence of a kind about rows."""


@dataclass(frozen=True, slots=True)
class MitigationRecord:
    """What the mitigations of an arm did to the rows of one seed; fields as in core.mitigation.Mitigated."""

    method: str
    added: int = 0
    dropped: int = 0
    changed: int = 0
    effective: float | None = None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def mitigate_rows(
    method: str, mitigations: Sequence[Mitigation], rows: Sequence[Example], gather: Gather, folder: Path
) -> tuple[Sequence[Example], MitigationRecord]:
    """Return the rows after the mitigations, one after the other, and what they did; finished rows are read from the folder.

    Each gets evidence about the rows that it gets. Raises UsageError, OSError.
    """
    pieces, data, said = FinishedFiles(folder), f"{MITIGATED}/{method}.jsonl", f"{MITIGATED}/{method}.json"
    if not pieces.is_finished(data, said):
        found, record = _apply(method, mitigations, rows, gather)
        (folder / MITIGATED).mkdir(exist_ok=True)
        write_whole(folder / data, render_examples(found))
        write_whole(folder / said, json.dumps(asdict(record), indent=2) + "\n")
        pieces.add(data, said)
    return read_examples(folder / data).examples, read_record(json.loads((folder / said).read_bytes()))


def read_record(said: dict[str, Any]) -> MitigationRecord:
    """Return the record in JSON values."""
    return MitigationRecord(**{**said, **{key: tuple(said[key]) for key in ("refusals", "warnings")}})


def _apply(
    method: str, mitigations: Sequence[Mitigation], rows: Sequence[Example], gather: Gather
) -> tuple[Sequence[Example], MitigationRecord]:
    """Return the rows after the mitigations, and a record of what they did together."""
    # Evidence is gathered anew for each mitigation, because the one before it may have dropped or added rows.
    found = Mitigated(rows)
    for mitigation in mitigations:
        found = mitigation.apply(found.rows, gather(mitigation.need, found.rows)).add_before(found)
    record = MitigationRecord(method, found.added, found.dropped, found.changed, found.effective, found.refusals, found.warnings)
    return found.rows, record
