"""The report of a scan or a clean as annotations of GitHub Actions: a workflow command per line, as many as GitHub shows."""

from collections.abc import Iterator

from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.findings import show_quote, sort_by_severity
from leakguard.reports.kit.github import settings_line, workflow_command
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import relative_name, shorten
from leakguard.reports.scan.conclusion import conclude, decide_exit_code
from leakguard.reports.scan.place_rates import group_by_place, name_other_rules
from leakguard.reports.scan.rates import count_scanned_rows

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
# GitHub shows ten annotations of each kind for a step; one of each kind is left for the conclusion.
SHOWN, UNSEEN, TEXT = 9, 3, 300


def render(result: ScanResult, style: Style) -> str:
    """Return the workflow commands: the conclusion, rows that could not be checked, findings; the last line counts those left out."""
    redact, root = style.redact or "mask", style.root
    left = {**dict.fromkeys(COMMANDS, SHOWN), Severity.ERROR: SHOWN - min(UNSEEN, len(result.unreadable) + len(result.missed))}
    lines = [
        workflow_command(_urgency(result), " ".join([*conclude(result), *describe_excluded(result.tally)]), title="leakguard"),
        *_unseen(result, root),
    ]
    shown = 0
    for place in group_by_place(sort_by_severity(result.findings)):
        finding, others = place[0], name_other_rules(place)
        mark = finding.mark
        if left[mark.severity]:
            left[mark.severity] -= 1
            shown += 1
            text = f"{mark.message}: {shorten(show_quote(finding, redact), TEXT)} ({finding.span.field})"
            text = f"{text}; {shorten(others, TEXT)}" if others else text
            lines.append(workflow_command(COMMANDS[mark.severity], text, relative_name(finding.file, root), finding.row, mark.rule.id))
    rows = result.tally.unseen
    hidden = [(result.tally.places - shown, "findings"), (rows - (len(lines) - 1 - shown), "rows that could not be checked")]
    words = " and ".join(f"{count:,} {what}" for count, what in hidden if count > 0)
    return "\n".join([*lines, *settings_line(result.settings_file, root), f"Not shown as annotations: {words or 'nothing'}."]) + "\n"


def _urgency(result: ScanResult) -> str:
    return "error" if decide_exit_code(result) else "notice" if count_scanned_rows(result.tally) else "warning"


def _unseen(result: ScanResult, root: str) -> Iterator[str]:
    blind = [(one.origin.file, one.origin.row, f"unreadable: {one.reason} {one.detail}") for one in result.unreadable[:UNSEEN]]
    blind += [(one.file, one.row, f"undetermined: {one.detector}: {one.reason}") for one in result.missed[:UNSEEN]]
    for file, row, why in blind[:UNSEEN]:
        message = f"{shorten(why.rstrip(), TEXT)}. The content of the row is unknown."
        yield workflow_command("error", message, relative_name(file, root), row, "could not be checked")
