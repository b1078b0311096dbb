"""Annotations for GitHub Actions: a workflow command a line, as many as GitHub shows, and a last line that says what is not shown."""

from collections.abc import Iterator

from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.escape import visible
from leakguard.reports.kit.finding_fields import located, loudest, quoted, shortened
from leakguard.reports.scan.conclusion import closing, exit_code
from leakguard.reports.scan.places import also, by_place
from leakguard.reports.scan.rates import looked_at
from leakguard.reports.scan.unscanned import left_out

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
# GitHub shows ten annotations of each kind for a step; one of each is kept for what the run says as a whole.
SHOWN, UNSEEN, TEXT = 9, 3, 300


def github(result: ScanResult, *, redact: str, root: str) -> str:
    """The whole report; `root` is the folder that file names are told from."""
    left = {**dict.fromkeys(COMMANDS, SHOWN), Severity.ERROR: SHOWN - min(UNSEEN, len(result.unreadable) + len(result.missed))}
    lines = [command(_urgency(result), " ".join([*closing(result), *left_out(result.tally)]), title="leakguard"), *_unseen(result, root)]
    shown = 0
    for place in by_place(loudest(result.findings)):
        finding, others = place[0], also(place)
        mark = finding.mark
        if left[mark.severity]:
            left[mark.severity] -= 1
            shown += 1
            said = f"{mark.message}: {shortened(quoted(finding, redact), TEXT)} ({finding.span.field})"
            text = f"{said}; {shortened(others, TEXT)}" if others else said
            lines.append(command(COMMANDS[mark.severity], text, located(finding.file, root), finding.row, mark.rule.id))
    rows = result.tally.unseen
    hidden = [(result.tally.places - shown, "findings"), (rows - (len(lines) - 1 - shown), "rows that could not be looked at")]
    words = " and ".join(f"{count:,} {what}" for count, what in hidden if count > 0)
    return "\n".join([*lines, *settings(result.settings_file, root), f"Not shown as annotations: {words or 'nothing'}."]) + "\n"


def settings(file: str | None, root: str) -> list[str]:
    """A plain line of the log that names the settings file that was used, if any."""
    return [f"Settings: {visible(located(file, root))}"] if file else []


def command(kind: str, message: str, file: str = "", line: int = 0, title: str = "") -> str:
    """One workflow command; what GitHub would read as the end of a value is escaped."""
    values = {"file": file, "line": str(max(line, 1)) if file else "", "title": title}
    properties = ",".join(f"{key}={_property(value)}" for key, value in values.items() if value)
    return f"::{kind} {properties}::{_data(message)}"


def _urgency(result: ScanResult) -> str:
    return "error" if exit_code(result) else "notice" if looked_at(result.tally) else "warning"


def _unseen(result: ScanResult, root: str) -> Iterator[str]:
    blind = [(one.origin.file, one.origin.row, f"unreadable: {one.reason} {one.detail}") for one in result.unreadable[:UNSEEN]]
    blind += [(one.file, one.row, f"undetermined: {one.detector}: {one.reason}") for one in result.missed[:UNSEEN]]
    for file, row, why in blind[:UNSEEN]:
        said = f"{shortened(why.rstrip(), TEXT)}. What the row holds is unknown."
        yield command("error", said, located(file, root), row, "could not look")


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
