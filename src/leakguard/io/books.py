"""The books as JSON and back: what a checkpoint and a manifest know of the rows."""

from collections.abc import Mapping
from typing import Any

from leakguard.core.policy import Fate
from leakguard.core.record import Origin, Unreadable
from leakguard.core.rule import Severity
from leakguard.core.verdict import COUNTS, Missed, RuleCount, Tally
from leakguard.pipeline.clean import Books
from leakguard.pipeline.scan import Outcome


def tally_document(tally: Tally) -> dict[str, Any]:
    """The whole tally, sorted."""
    return {
        **{name: getattr(tally, name) for name in COUNTS},
        "missed_by": dict(sorted(tally.missed_by.items())),
        "flagged": {severity.label: rows for severity, rows in sorted(tally.flagged.items())},
        "left": {severity.label: rows for severity, rows in sorted(tally.left.items())},
        "by_rule": [
            {"rule": rule, "severity": severity.label, "findings": count.findings, "rows": count.rows, "number_rows": count.number_rows}
            for (rule, severity), count in sorted(tally.by_rule.items())
        ],
        "by_pack": dict(sorted(tally.by_pack.items())),
        "accepted": dict(sorted(tally.accepted.items())),
        "lengths": [[digits, numbers, rows] for (digits, numbers), rows in sorted(tally.lengths.items())],
    }


def read_tally(said: Mapping[str, Any]) -> Tally:
    """The tally that `tally_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    counts = {name: int(said[name]) for name in COUNTS}
    by_rule = {
        (str(entry["rule"]), _severity(entry["severity"])): RuleCount(entry["findings"], entry["rows"], entry["number_rows"])
        for entry in said["by_rule"]
    }
    return Tally(
        **counts,
        missed_by={str(detector): int(rows) for detector, rows in said["missed_by"].items()},
        flagged={_severity(label): int(rows) for label, rows in said["flagged"].items()},
        left={_severity(label): int(rows) for label, rows in said["left"].items()},
        by_rule=by_rule,
        by_pack={str(pack): int(rows) for pack, rows in said["by_pack"].items()},
        accepted={str(finding): int(times) for finding, times in said["accepted"].items()},
        lengths={(digits, numbers): rows for digits, numbers, rows in said["lengths"]},
    )


def books_document(books: Books) -> dict[str, Any]:
    """The books as a checkpoint keeps them."""
    outcome = books.outcome
    return {
        "tasks": books.tasks,
        "bytes": outcome.bytes,
        "tally": tally_document(outcome.tally),
        "files": {file: rows_document(rows) for file, rows in books.files.items()},
        "unreadable": [
            [entry.origin.file, entry.origin.row, entry.origin.offset, entry.reason, entry.detail, entry.length]
            for entry in outcome.unreadable
        ],
        "missed": [[entry.file, entry.row, entry.detector, entry.reason] for entry in outcome.missed],
    }


def read_books(said: Mapping[str, Any]) -> Books:
    """The books that `books_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    outcome = Outcome(
        0,
        tally=read_tally(said["tally"]),
        unreadable=[Unreadable(Origin(file, row, offset), *rest) for file, row, offset, *rest in said["unreadable"]],
        missed=[Missed(*entry) for entry in said["missed"]],
        bytes=said["bytes"],
    )
    files = {file: {fate: rows[fate.folder] for fate in Fate} for file, rows in said["files"].items()}
    return Books(said["tasks"], outcome, files)


def rows_document(rows: Mapping[Fate, int]) -> dict[str, int]:
    """Rows of each fate, under the names of their folders."""
    return {fate.folder: rows.get(fate, 0) for fate in Fate}


def _severity(label: str) -> Severity:
    return Severity[label.upper()]
