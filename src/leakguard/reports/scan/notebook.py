"""The report of a scan or a clean as a short piece of HTML for a notebook's cell."""

from leakguard.core.results import ScanResult
from leakguard.reports.kit.findings import show_passage, sort_by_severity
from leakguard.reports.kit.fragment import MOST_ROWS, Fragment, render_fragment
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_rows, printable_name
from leakguard.reports.scan.conclusion import conclude, count_fates, count_findings, describe_severities, write_heading
from leakguard.reports.scan.rates import rate_rules

SHOWN = 3
COLUMNS = ("severity", "file", "row", "rule", "quote", "meaning")
RULE_COLUMNS = ("severity", "rule", "rows", "meaning")


def render(result: ScanResult, style: Style) -> str:
    """Return the heading, rows that could not be checked, the first findings of the highest severity, and the conclusion.

    A clean holds no findings in memory; it has a line for each rule, and the number of rows of each fate.
    """
    rows, columns = (_list_rules(result), RULE_COLUMNS) if result.cleaning else (_list_findings(result, style.redact or "none"), COLUMNS)
    hidden = len(rows) - MOST_ROWS if result.cleaning else count_findings(result.tally) + result.tally.unseen - len(rows)
    more = f"{hidden:,} more: to_html() is the whole page, to_pandas() has all rows." if hidden > 0 else ""
    fates = ", ".join(f"{count:,} {fate}" for fate, count in count_fates(result.tally).items()) if result.cleaning else ""
    sentences = [f"{format_rows(result.tally.seen)}. {describe_severities(result.tally)}", *([f"Rows: {fates}."] if fates else [])]
    return render_fragment(Fragment(write_heading(result), [*sentences, *conclude(result)], columns, rows[:MOST_ROWS], more))


def _list_findings(result: ScanResult, redact: str) -> list[tuple[object, ...]]:
    """Return the first lines. Rows that could not be checked come first: they must not disappear behind many findings."""
    rows: list[tuple[object, ...]] = []
    for unread in result.unreadable[:SHOWN]:
        rows.append(("unreadable", printable_name(unread.origin.file), unread.origin.row, "", "", f"{unread.reason} {unread.detail}"))
    for missed in result.missed[:SHOWN]:
        rows.append(("unchecked", printable_name(missed.file), missed.row, missed.detector, "", missed.reason))
    for one in sort_by_severity(result.findings)[: MOST_ROWS - len(rows)]:
        mark = one.mark
        rows.append((mark.severity.label, printable_name(one.file), one.row, mark.rule.id, show_passage(one, redact), mark.message))
    return rows


def _list_rules(result: ScanResult) -> list[tuple[object, ...]]:
    """Return a line for each rule and severity that matched."""
    rates = rate_rules(result)
    return [(one.severity.label, one.rule, one.rows, result.rules[one.rule].meaning if one.rule in result.rules else "") for one in rates]
