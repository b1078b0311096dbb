"""The report of a scan or a clean as one JSON document, from which every other report can be made again."""

from typing import Any

from leakguard.core.results import ScanResult
from leakguard.documents.scan_result import read_scan_result, scan_result_to_dict
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.findings import list_context, list_fields
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.steps import join_steps
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.conclusion import conclude, decide_exit_code, write_caveat
from leakguard.reports.scan.next_steps import suggest_steps
from leakguard.reports.scan.place_rates import PlaceRate, rate_places
from leakguard.reports.scan.rates import ControlDifference, RuleRate, count_scanned_rows, divide, rate_rules
from leakguard.reports.scan.statistics import statistics_to_dicts
from leakguard.stats.intervals import wilson


def render(result: ScanResult, style: Style) -> str:
    """Return the whole result as JSON text. Lists of unchecked rows have the first 10,000 rows and the number of all."""
    redact = style.redact or "none"
    derived = {
        "exit_code": decide_exit_code(result),
        "by_rule": [_share(share) for share in rate_rules(result)],
        "by_place": [_place_share(share) for share in rate_places(result)],
        "by_pack": _by_pack(result),
        "findings": [{**list_fields(finding, redact), **list_context(finding, redact)} for finding in result.findings],
        **statistics_to_dicts(result.statistics),
        "closing": conclude(result),
        "left_out": describe_excluded(result.tally),
        "sentence": write_caveat(result),
        "next": join_steps(suggest_steps(result)),
    }
    return write_json(scan_result_to_dict(result, redact, derived))


def read_result(content: bytes, name: str) -> tuple[ScanResult, str]:
    """Read a saved JSON report; return (result, setting by which its quotes were masked). Raises UsageError, which names file and field."""
    return read_scan_result(content, name, decide_exit_code)


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
