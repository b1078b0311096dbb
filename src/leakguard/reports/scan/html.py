"""The report of a scan or a clean as one web page, which needs no network and works without its script."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from leakguard.core.exit_codes import ExitCode
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.steps import fill_command
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import Head, choose_scale, make_bar, render_page
from leakguard.reports.kit.wording import format_files, format_percent, format_rows, printable_name, relative_name
from leakguard.reports.scan.conclusion import (
    conclude,
    count_fates,
    decide_exit_code,
    describe_severities,
    name_full_list,
    write_caveat,
    write_heading,
)
from leakguard.reports.scan.duplicates import describe_duplicates
from leakguard.reports.scan.groups import NOTE_EXAMPLES, RuleGroup, group_by_rule, list_shared_rows
from leakguard.reports.scan.next_steps import suggest_page_steps
from leakguard.reports.scan.notes import count_note_places
from leakguard.reports.scan.place_rates import PlaceRate, rate_places
from leakguard.reports.scan.rates import count_scanned_rows, divide, format_points
from leakguard.reports.scan.scope import describe_scope
from leakguard.stats.intervals import Interval, wilson

UNSEEN, FILES = 500, 1_000
STATES = {
    ExitCode.PASSED: "quiet",
    ExitCode.FOUND: "found",
    ExitCode.INCOMPLETE: "incomplete",
    ExitCode.INTERRUPTED: "incomplete",
}


@dataclass(frozen=True, slots=True)
class PackRate:
    """Rows with findings of a pack, their share with its 95 % interval, and the share in the control."""

    name: str
    rows: int
    share: float
    interval: Interval
    control: float | None


def render(result: ScanResult, style: Style, *, alone: bool = True) -> str:
    """Return the whole page. Quotes are hidden until their rule is opened; redacted ones (`mask`, `hash`) are not in the page at all.

    A page that is not `alone` has no style and no script, because the page of a review brings them.
    """
    redact, root = style.redact or "none", style.root
    groups = group_by_rule(result, redact, notes=style.notes)
    head = Head(
        heading=write_heading(result),
        caveat=write_caveat(result),
        state=STATES[decide_exit_code(result)] if count_scanned_rows(result.tally) else "incomplete",
        urgent=conclude(result)[:-1],
        steps=suggest_page_steps(result),
        about=_describe_data(result, root),
        date=style.date,
    )
    values = {
        "result": result,
        "tally": result.tally,
        "counts": _counts(result),
        "left_out": describe_excluded(result.tally),
        "repeats": [*map(escape_text, describe_duplicates(result, root))],
        "fates": count_fates(result.tally) if result.cleaning else {},
        "notes": 0 if style.notes else count_note_places(result.tally),
        "note_examples": NOTE_EXAMPLES,
        "total": result.tally.places,
        "whole": name_full_list(result),
        "unseen": _unseen(result)[:UNSEEN],
        "unseen_total": result.tally.unseen,
        "scope": describe_scope(result),
        "settings": {key: _format_setting(value) for key, value in result.settings.items()},
        "settings_file": relative_name(result.settings_file, root) if result.settings_file else "",
        "most_files": FILES,
        "redact": redact,
        "anchors": {(group.finding.mark.rule.id, group.finding.mark.severity): f"r{at}" for at, group in enumerate(groups, 1)},
        **list_findings(result, groups),
        **_rates(result),
    }
    return render_page("scan.html", head, values, script="review.js", style="review.css", alone=alone)


def list_findings(result: ScanResult, groups: Sequence[RuleGroup]) -> dict[str, Any]:
    """Return what the list of findings needs: groups, rows with several findings, the key of the decisions and the next command."""
    fingerprints = [place.finding.fingerprint for group in groups for place in group.places]
    return {
        "groups": groups,
        "shared": list_shared_rows(groups),
        "listed": len(fingerprints),
        "key": blake2b("".join(fingerprints).encode(), digest_size=12).hexdigest(),
        "saved": fill_command("leakguard scan PATH... --baseline baseline.jsonl", result.again),
    }


def _describe_data(result: ScanResult, root: str) -> str:
    """Return what was scanned and found, in one line: files, rows, rows by severity."""
    read = relative_name(result.files[0], root) if len(result.files) == 1 else format_files(len(result.files))
    return f"{read}: {format_rows(result.tally.seen)}. {describe_severities(result.tally)}"


def _rates(result: ScanResult) -> dict[str, Any]:
    """Return the rates by place and by pack with their bars, and the ends of the bars' scales."""
    rates, packs = rate_places(result), _packs(result)
    end = choose_scale(max(rate.interval.high, _control(rate) or 0.0) for rate in rates)
    end_packs = choose_scale(max(pack.interval.high, pack.control or 0.0) for pack in packs)
    return {
        "shares": [(rate, make_bar(rate.share, rate.interval, _control(rate), end)) for rate in rates],
        "most": format_percent(end),
        "packs": [(pack, make_bar(pack.share, pack.interval, pack.control, end_packs)) for pack in packs],
        "most_packs": format_percent(end_packs),
        "points": format_points,
    }


def _counts(result: ScanResult) -> list[tuple[str, int, str]]:
    """Return the tally as (label, rows, CSS class)."""
    tally = result.tally
    counts = [("rows seen", tally.seen, "")]
    levels = [(level.label, tally.flagged.get(level, 0)) for level in reversed(Severity)]
    counts += [(f"highest severity: {level}", count, level if count else "") for level, count in levels]
    rest = [("unreadable", tally.unreadable), ("undetermined", tally.unsure)]
    counts += [(name, count, "error" if count else "") for name, count in rest]
    more = [("only numbers", tally.number_rows), ("no text to scan", tally.empty)]
    counts += [(name, count, "") for name, count in more if count]
    return counts


def _packs(result: ScanResult) -> list[PackRate]:
    seen, control = count_scanned_rows(result.tally), result.control
    entries = []
    for name, count in sorted(result.tally.by_pack.items(), key=lambda entry: (-entry[1], entry[0])):
        theirs = divide(control.by_pack.get(name, 0), count_scanned_rows(control)) if control else None
        entries.append(PackRate(name, count, divide(count, seen), wilson(count, seen), theirs))
    return entries


def _control(share: PlaceRate) -> float | None:
    return share.control.share if share.control else None


def _unseen(result: ScanResult) -> list[tuple[str, int, str, str]]:
    """Return (file, row, kind, reason) of each listed row that could not be checked."""
    entries = [
        (printable_name(one.origin.file), one.origin.row, "unreadable", f"{one.reason} {one.detail}".rstrip()) for one in result.unreadable
    ]
    return [*entries, *((printable_name(one.file), one.row, "undetermined", f"{one.detector}: {one.reason}") for one in result.missed)]


def _format_setting(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
