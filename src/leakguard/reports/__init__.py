"""Reports: a scan's result in, text out; the table maps format names to builders and imports nothing heavy."""

from collections.abc import Callable

from leakguard.core.gate import GateResult
from leakguard.core.results import ScanResult
from leakguard.reports.kit.style import Style


def _table(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.table import table

    return table(result, style, redact=style.redact or "mask")


def _json(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.document import document

    return document(result, redact=style.redact or "none")


def _sarif(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.sarif import sarif

    return sarif(result, redact=style.redact or "mask", root=style.root)


def _junit(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.junit import junit

    return junit(result, redact=style.redact or "mask", root=style.root)


def _github(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.github import github

    return github(result, redact=style.redact or "mask", root=style.root)


def _markdown(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.markdown import markdown

    return markdown(result, redact=style.redact or "mask", root=style.root)


def _html(result: ScanResult, style: Style) -> str:
    from leakguard.reports.scan.html import html

    return html(result, redact=style.redact or "none", root=style.root)


def _gate_table(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate.table import table

    return table(result, color=style.color, width=style.width, root=style.root, again=style.again)


def _gate_json(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate.table import document

    return document(result, again=style.again)


def _gate_junit(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate.formats import junit

    return junit(result, root=style.root)


def _gate_github(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate.formats import github

    return github(result, root=style.root)


def _gate_markdown(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate.formats import markdown

    return markdown(result, root=style.root, again=style.again)


REPORTS: dict[str, Callable[[ScanResult, Style], str]] = {
    "table": _table,
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
    "github": _github,
    "markdown": _markdown,
    "html": _html,
}
STREAMS = ("jsonl",)
# Formats that list few or no findings one by one, and from how many of each severity they pick.
BRIEF, PICKED_FROM = ("table", *STREAMS), 500
FORMATS = (*REPORTS, *STREAMS)
SUFFIXES = {
    ".txt": "table",
    ".json": "json",
    ".jsonl": "jsonl",
    ".sarif": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".html": "html",
}

GATE_REPORTS: dict[str, Callable[[GateResult, Style], str]] = {
    "table": _gate_table,
    "json": _gate_json,
    "junit": _gate_junit,
    "github": _gate_github,
    "markdown": _gate_markdown,
}
