"""The report for machines: one JSON document."""

import json
from typing import Any

from leakguard import __version__
from leakguard.core.record import Unreadable
from leakguard.core.verdict import COUNTS, Missed, ScanResult, Tally
from leakguard.reports.closing import closing, exit_code, found, sentence
from leakguard.reports.escape import visible_json
from leakguard.reports.fields import fields
from leakguard.reports.shares import Gap, Share, looked_at, part, shares

SCHEMA_VERSION = 1
LISTED = 10_000


def document(result: ScanResult, *, redact: str) -> str:
    """The whole result; lists hold the first 10,000 entries and say how many there are."""
    return visible_json(json.dumps(_document(result, redact), ensure_ascii=False, indent=2)) + "\n"


def _document(result: ScanResult, redact: str) -> dict[str, Any]:
    total = found(result.tally)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "leakguard", "version": __version__},
        "settings": dict(result.settings),
        "files": list(result.files),
        "packs": _packs(result),
        "exit_code": exit_code(result),
        "interrupted": result.interrupted,
        "tally": _tally(result.tally),
        "by_rule": [_share(share) for share in shares(result)],
        "by_pack": _by_pack(result),
        "findings": [fields(finding, redact) for finding in result.findings[:LISTED]],
        "findings_total": total,
        "findings_truncated": total > min(len(result.findings), LISTED),
        "unreadable": [_unreadable(entry) for entry in result.unreadable[:LISTED]],
        "unreadable_total": result.tally.unreadable,
        "unreadable_truncated": result.tally.unreadable > min(len(result.unreadable), LISTED),
        "missed": [_missed(entry) for entry in result.missed[:LISTED]],
        "control": {"file": result.control_file, "tally": _tally(result.control)} if result.control else None,
        "cleaning": _cleaning(result),
        "closing": closing(result),
        "sentence": sentence(result),
    }


def _cleaning(result: ScanResult) -> dict[str, Any] | None:
    if not result.cleaning:
        return None
    outputs = [{"path": output.path, "rows": output.rows} for output in result.cleaning.outputs]
    return {"folder": result.cleaning.folder, "before": result.cleaning.before, "outputs": outputs}


def _packs(result: ScanResult) -> list[dict[str, Any]]:
    return [{"id": pack.id, "version": pack.version, "digest": pack.digest, "rules": len(pack.rules)} for pack in result.packs]


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        **{name: getattr(tally, name) for name in COUNTS},
        "flagged": {severity.label: rows for severity, rows in sorted(tally.flagged.items(), reverse=True)},
    }


def _by_pack(result: ScanResult) -> list[dict[str, Any]]:
    tally = result.tally
    most_first = sorted(tally.by_pack.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"pack": pack, "rows": rows, "share": part(rows, looked_at(tally))} for pack, rows in most_first]


def _share(share: Share) -> dict[str, Any]:
    return {
        "rule": share.rule,
        "pack": share.pack,
        "severity": share.severity.label,
        "findings": share.findings,
        "rows": share.rows,
        "share": share.share,
        "share_of_number_rows": share.number_share,
        "expected_by_chance": share.chance,
        "control": _gap(share.control) if share.control else None,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"rows": gap.rows, "share": gap.share, "difference": gap.difference, "interval_95": list(gap.interval)}


def _unreadable(entry: Unreadable) -> dict[str, Any]:
    origin = entry.origin
    return {"file": origin.file, "row": origin.row, "offset": origin.offset, "reason": entry.reason, "detail": entry.detail}


def _missed(entry: Missed) -> dict[str, Any]:
    return {"file": entry.file, "row": entry.row, "detector": entry.detector, "reason": entry.reason}
