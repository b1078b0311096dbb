"""The report of a scan or a clean as one JSON document, from which every other report can be made again (`json_reader`)."""

import json
from dataclasses import asdict
from typing import Any

from leakguard.core.record import Unreadable
from leakguard.core.results import Missed, ScanResult
from leakguard.core.rule import Rule
from leakguard.core.version import __version__
from leakguard.documents.tally import tally_to_dict
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.escape import escape_json
from leakguard.reports.kit.findings import list_fields
from leakguard.reports.kit.steps import join_steps
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.scan.conclusion import conclude, count_findings, decide_exit_code, write_caveat
from leakguard.reports.scan.duplicates import duplicates_to_dict
from leakguard.reports.scan.next_steps import suggest_steps
from leakguard.reports.scan.place_rates import PlaceRate, rate_places
from leakguard.reports.scan.rates import ControlDifference, RuleRate, count_scanned_rows, divide, rate_rules
from leakguard.reports.scan.statistics import statistics_to_dicts
from leakguard.stats.intervals import wilson

SCHEMA_VERSION = 1
LISTED = 10_000


def render(result: ScanResult, style: Style) -> str:
    """Return the whole result; lists of rows that could not be checked hold the first 10,000, beside the number of all."""
    redact = style.redact or "none"
    return escape_json(json.dumps(_document(result, redact), ensure_ascii=False, indent=2)) + "\n"


def _document(result: ScanResult, redact: str) -> dict[str, Any]:
    total = count_findings(result.tally)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "leakguard", "version": __version__},
        "redact": redact,
        "settings": dict(result.settings),
        "settings_file": result.settings_file,
        "files": [*map(printable_name, result.files)],
        "ignored": [{"pattern": one.pattern, "files": one.files, "first": [*map(printable_name, one.first)]} for one in result.ignored],
        "packs": _packs(result),
        "fail_on": result.fail_on.label if result.fail_on else "never",
        "exit_code": decide_exit_code(result),
        "interrupted": result.interrupted,
        "tally": tally_to_dict(result.tally),
        "by_rule": [_share(share) for share in rate_rules(result)],
        "by_place": [_place_share(share) for share in rate_places(result)],
        "by_pack": _by_pack(result),
        "findings": [list_fields(finding, redact) for finding in result.findings],
        "findings_total": total,
        "places_total": result.tally.places,
        "findings_truncated": total > len(result.findings),
        "unreadable": [_unreadable(entry) for entry in result.unreadable[:LISTED]],
        "unreadable_total": result.tally.unreadable,
        "unreadable_truncated": result.tally.unreadable > min(len(result.unreadable), LISTED),
        "missed": [_missed(entry) for entry in result.missed[:LISTED]],
        "control": {"file": result.control_file, "tally": tally_to_dict(result.control)} if result.control else None,
        "cleaning": _cleaning(result),
        **statistics_to_dicts(result.statistics),
        "duplicates": duplicates_to_dict(result.duplicates) if result.duplicates else None,
        "baseline": _baseline(result),
        "closing": conclude(result),
        "left_out": describe_excluded(result.tally),
        "sentence": write_caveat(result),
        "again": result.again,
        "next": join_steps(suggest_steps(result)),
        "rules": [_rule(rule) for rule in _rules(result)],
    }


def _cleaning(result: ScanResult) -> dict[str, Any] | None:
    if not result.cleaning:
        return None
    outputs = [{"path": output.path, "rows": output.rows} for output in result.cleaning.outputs]
    return {"folder": result.cleaning.folder, "before": result.cleaning.before, "outputs": outputs}


def _baseline(result: ScanResult) -> dict[str, Any] | None:
    use = result.baseline
    if not use:
        return None
    accepted = {"file": use.file, "entries": use.entries, "findings_accepted": sum(result.tally.accepted.values())}
    return {**accepted, "unused": [asdict(entry) for entry in use.unused[:LISTED]], "unused_total": len(use.unused)}


def _packs(result: ScanResult) -> list[dict[str, Any]]:
    return [
        {"id": pack.id, "version": pack.version, "title": pack.title, "digest": pack.digest, "rules": len(pack.rules)}
        for pack in result.packs
    ]


def _rules(result: ScanResult) -> list[Rule]:
    """Return every rule that was applied, and every rule of a finding."""
    return list({**result.rules, **{finding.mark.rule.id: finding.mark.rule for finding in result.findings}}.values())


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "pack": rule.pack,
        "kind": rule.kind,
        "value": rule.value,
        "meaning": rule.meaning,
        "severity": {profile: level.label for profile, level in rule.severity.items()},
        "numbers": list(rule.numbers),
        "sources": list(rule.sources),
    }


def _by_pack(result: ScanResult) -> list[dict[str, Any]]:
    tally = result.tally
    most_first = sorted(tally.by_pack.items(), key=lambda entry: (-entry[1], entry[0]))
    seen = count_scanned_rows(tally)
    return [{"pack": pack, "rows": rows, "share": divide(rows, seen), "interval_95": list(wilson(rows, seen))} for pack, rows in most_first]


def _share(share: RuleRate) -> dict[str, Any]:
    return {
        "rule": share.rule,
        "pack": share.pack,
        "severity": share.severity.label,
        "findings": share.findings,
        "rows": share.rows,
        "share": share.share,
        "interval_95": list(share.interval),
        "share_of_number_rows": share.number_share,
        "expected_by_chance": share.chance,
        "control": _gap(share.control) if share.control else None,
    }


def _place_share(share: PlaceRate) -> dict[str, Any]:
    tested = {"p_value": share.p_value, "survives": share.significant}
    return {
        "rules": [{"rule": rule, "severity": severity.label} for rule, severity in share.rules],
        "severity": share.severity.label,
        "places": share.places,
        "rows": share.rows,
        "share": share.share,
        "interval_95": list(share.interval),
        "share_of_number_rows": share.number_share,
        "expected_by_chance": share.chance,
        "control": {**_gap(share.control), **tested} if share.control else None,
        "lowered_by": dict(share.lowered),
    }


def _gap(gap: ControlDifference) -> dict[str, Any]:
    return {"rows": gap.rows, "share": gap.share, "difference": gap.difference, "interval_95": list(gap.interval)}


def _unreadable(entry: Unreadable) -> dict[str, Any]:
    origin = entry.origin
    return {"file": printable_name(origin.file), "row": origin.row, "offset": origin.offset, "reason": entry.reason, "detail": entry.detail}


def _missed(entry: Missed) -> dict[str, Any]:
    return {"file": printable_name(entry.file), "row": entry.row, "detector": entry.detector, "reason": entry.reason}
