"""The books as JSON and back: what a checkpoint and a manifest know of the rows."""

from collections.abc import Mapping
from typing import Any

from leakguard.core.policy import Fate
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Missed
from leakguard.documents.tally import read_tally, tally_to_dict
from leakguard.pipeline.clean import CleanTotals
from leakguard.pipeline.scan import ScanOutcome


def totals_to_dict(books: CleanTotals) -> dict[str, Any]:
    """The books as a checkpoint keeps them."""
    outcome = books.outcome
    return {
        "tasks": books.tasks,
        "bytes": outcome.bytes,
        "tally": tally_to_dict(outcome.tally),
        "files": {file: rows_to_dict(rows) for file, rows in books.files.items()},
        "broken": books.broken,
        "unreadable": [
            [entry.origin.file, entry.origin.row, entry.origin.offset, entry.reason, entry.detail, entry.length]
            for entry in outcome.unreadable
        ],
        "missed": [[entry.file, entry.row, entry.detector, entry.reason] for entry in outcome.missed],
    }


def read_totals(said: Mapping[str, Any]) -> CleanTotals:
    """The books that `totals_to_dict` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    outcome = ScanOutcome(
        (),
        tally=read_tally(said["tally"]),
        unreadable=[Unreadable(Origin(file, row, offset), *rest) for file, row, offset, *rest in said["unreadable"]],
        missed=[Missed(*entry) for entry in said["missed"]],
        bytes=said["bytes"],
    )
    files = {file: {fate: rows[fate.folder] for fate in Fate} for file, rows in said["files"].items()}
    return CleanTotals(said["tasks"], outcome, files, dict(said["broken"]))


def rows_to_dict(rows: Mapping[Fate, int]) -> dict[str, int]:
    """Rows of each fate, under the names of their folders."""
    return {fate.folder: rows.get(fate, 0) for fate in Fate}
