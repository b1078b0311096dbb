"""The report of a scan or a clean for a log: a line for each rule, then the conclusion. No line is wrapped, and none has colours."""

from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.findings import show_passage
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_percent, format_rows, relative_name, shorten
from leakguard.reports.scan.conclusion import conclude, count_fates, decide_exit_code, describe_severities
from leakguard.reports.scan.notes import choose_places
from leakguard.reports.scan.place_rates import PlaceRate, rate_places

TEXT = 160
# Unreadable rows, and rows that were not checked, that have a line of their own.
UNCHECKED = 8


def render(result: ScanResult, style: Style) -> str:
    """Return the lines: rows, each rule with its rate and first finding, what could not be checked, conclusion, exit code."""
    redact = style.redact or "mask"
    firsts: dict[tuple[str, Severity], Finding] = {}
    for place in choose_places(result.findings, 1, notes=False):
        firsts.setdefault((place[0].mark.rule.id, place[0].mark.severity), place[0])
    fates = ", ".join(f"{fate} {count:,}" for fate, count in count_fates(result.tally).items()) if result.cleaning else ""
    lines = [
        f"leakguard: {format_rows(result.tally.seen)}. {describe_severities(result.tally)}",
        *(_describe_rate(rate, firsts.get(rate.rules[0]), redact, style.root) for rate in rate_places(result)),
        *_list_unchecked(result, style.root),
        *([f"written: {fates}"] if fates else []),
        *describe_excluded(result.tally),
        *([f"settings: {relative_name(result.settings_file, style.root)}"] if result.settings_file else []),
        *conclude(result),
        f"exit code {int(decide_exit_code(result))}",
    ]
    return "".join(f"{escape_text(line)}\n" for line in lines)


def _describe_rate(rate: PlaceRate, first: Finding | None, redact: str, root: str) -> str:
    """Return one line: severity, rule, places, rows with their share and interval, and the first finding of the rule if it is known."""
    low, high = rate.interval
    share = f"{format_percent(rate.share)}, 95 % {format_percent(low)} to {format_percent(high)}"
    places = f"{rate.places:,} place{'' if rate.places == 1 else 's'}"
    line = f"{rate.severity.label} {rate.rule}: {places} in {format_rows(rate.rows)} ({share})"
    if not first:
        return line
    return f"{line}, first {relative_name(first.file, root)}:{first.row} {shorten(show_passage(first, redact), TEXT)}"


def _list_unchecked(result: ScanResult, root: str) -> list[str]:
    """Return a line for each of the first files and rows that could not be read or checked, and for the number of the others."""
    lines = [
        f"unreadable {relative_name(one.origin.file, root)}:{one.origin.row} {one.reason} {one.detail[:TEXT]}".rstrip()
        for one in result.unreadable[:UNCHECKED]
    ]
    lines += [
        f"undetermined {relative_name(one.file, root)}:{one.row} {one.detector}: {one.reason[:TEXT]}" for one in result.missed[:UNCHECKED]
    ]
    more = result.tally.unseen - len(lines)
    return lines + ([f"not checked: {format_rows(more)} more"] if more > 0 else [])
