"""The rows of mitigated arms: made once per seed, kept in the folder of the seed with what was done to them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Need
from leakguard.core.ports import Mitigation
from leakguard.harness.examples import read_examples, write_example
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
        write_whole(folder / data, "".join(json.dumps(write_example(row), ensure_ascii=False) + "\n" for row in found))
        write_whole(folder / said, json.dumps(asdict(record), indent=2) + "\n")
        pieces.add(data, said)
    return read_examples(folder / data).examples, read_record(json.loads((folder / said).read_bytes()))


def read_record(said: dict[str, Any]) -> MitigationRecord:
    """Return the record in JSON values."""
    return MitigationRecord(**{**said, **{key: tuple(said[key]) for key in ("refusals", "warnings")}})


def _apply(
    method: str, mitigations: Sequence[Mitigation], rows: Sequence[Example], gather: Gather
) -> tuple[Sequence[Example], MitigationRecord]:
    """Return the rows after the mitigations, and a record: counts are added up, and the smallest effective sample size is kept."""
    # Evidence is gathered anew for each mitigation, because the one before it may have dropped or added rows.
    record = MitigationRecord(method)
    for mitigation in mitigations:
        done = mitigation.apply(rows, gather(mitigation.need, rows))
        sizes = [size for size in (record.effective, done.effective) if size is not None]
        rows = done.rows
        record = MitigationRecord(
            method,
            record.added + done.added,
            record.dropped + done.dropped,
            record.changed + done.changed,
            min(sizes) if sizes else None,
            (*record.refusals, *done.refusals),
            (*record.warnings, *done.warnings),
        )
    return rows, record
