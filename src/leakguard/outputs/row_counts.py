"""The counts of a clean as JSON values and back, for checkpoints and manifests."""

from collections.abc import Mapping
from typing import Any

from leakguard.core.policy import Fate
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Missed
from leakguard.documents.tally import read_tally, tally_to_dict
from leakguard.pipeline.clean import CleanTotals
from leakguard.pipeline.scan import ScanOutcome


def totals_to_dict(books: CleanTotals) -> dict[str, Any]:
    """Return the counts as a checkpoint stores them."""
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
    """Return the counts that `totals_to_dict` wrote. Raises KeyError, TypeError or ValueError for any other document."""
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
    """Return folder name -> number of rows, for every fate."""
    return {fate.folder: rows.get(fate, 0) for fate in Fate}
