"""Reports by subject: tables from format names to the functions that render a result. Report modules are imported when they are used."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from leakguard.reports.kit.style import Style

if TYPE_CHECKING:
    # Every command imports this module for the names of the formats, and needs the values of one of these modules.
    from leakguard.core.advice import Advice
    from leakguard.core.certificate import SurvivalCertificate
    from leakguard.core.cleaned_data import CleanedData
    from leakguard.core.dataset_audit import DatasetAudit
    from leakguard.core.gate import GateResult
    from leakguard.core.lineage import Lineage
    from leakguard.core.mitigated_data import MitigatedData
    from leakguard.core.monitor import MonitorRun
    from leakguard.core.results import ScanResult


def _render_with(module: str) -> Callable[[Any, Style], str]:
    """Return a builder that imports `leakguard.reports.{module}` when it is called, and calls the module's `render`."""

    def build(result: Any, style: Style) -> str:
        text: str = import_module(f"{__name__}.{module}").render(result, style)
        return text

    return build


# Format name -> builder. A report is one module with `render(result, style)` and one line here.
SCAN_REPORTS: "dict[str, Callable[[ScanResult, Style], str]]" = {
    "table": _render_with("scan.table"),
    "json": _render_with("scan.json_document"),
    "sarif": _render_with("scan.sarif"),
    "junit": _render_with("scan.junit"),
    "github": _render_with("scan.github"),
    "markdown": _render_with("scan.markdown"),
    "html": _render_with("scan.html"),
    "log": _render_with("scan.log"),
}
GATE_REPORTS: "dict[str, Callable[[GateResult, Style], str]]" = {
    "table": _render_with("gate.table"),
    "json": _render_with("gate.json_document"),
    "junit": _render_with("gate.junit"),
    "github": _render_with("gate.github"),
    "markdown": _render_with("gate.markdown"),
    "html": _render_with("gate.html"),
}
AUDIT_REPORTS: "dict[str, Callable[[DatasetAudit, Style], str]]" = {
    "table": _render_with("audit.table"),
    "json": _render_with("audit.json_document"),
    "markdown": _render_with("audit.markdown"),
    "html": _render_with("audit.html"),
}
MITIGATION_REPORTS: "dict[str, Callable[[MitigatedData, Style], str]]" = {
    "table": _render_with("mitigation.table"),
    "json": _render_with("mitigation.json_document"),
    "markdown": _render_with("mitigation.markdown"),
    "html": _render_with("mitigation.html"),
}
CERTIFICATE_REPORTS: "dict[str, Callable[[SurvivalCertificate, Style], str]]" = {
    "table": _render_with("certificate.table"),
    "json": _render_with("certificate.json_document"),
    "markdown": _render_with("certificate.markdown"),
    "html": _render_with("certificate.html"),
}
LINEAGE_REPORTS: "dict[str, Callable[[Lineage, Style], str]]" = {
    "table": _render_with("lineage.table"),
    "json": _render_with("lineage.json_document"),
    "markdown": _render_with("lineage.markdown"),
}
ADVICE_REPORTS: "dict[str, Callable[[Advice, Style], str]]" = {
    "table": _render_with("advice.table"),
    "markdown": _render_with("advice.markdown"),
}
CLEANED_REPORTS: "dict[str, Callable[[CleanedData, Style], str]]" = {
    "card": _render_with("cleaned.card"),
    "croissant": _render_with("cleaned.croissant"),
    "markdown": _render_with("cleaned.card"),
    "json": _render_with("cleaned.croissant"),
}
MONITOR_REPORTS: "dict[str, Callable[[MonitorRun, Style], str]]" = {
    "table": _render_with("monitor.table"),
    "json": _render_with("monitor.json_document"),
    "markdown": _render_with("monitor.markdown"),
    "html": _render_with("monitor.html"),
}
# Formats that are written while rows are scanned.
STREAMS = ("jsonl",)
# Formats that list few or no findings, and the number of findings of each severity from which they choose examples.
BRIEF, PICKED_FROM = ("table", "log", *STREAMS), 500
FORMATS = (*SCAN_REPORTS, *STREAMS)
# Ending of an output file's name -> format.
SUFFIXES = {
    ".txt": "table",
    ".json": "json",
    ".jsonl": "jsonl",
    ".sarif": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".html": "html",
}
