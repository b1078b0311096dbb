"""Reports: a scan's result in, text out; the table maps format names to builders and imports nothing heavy."""

from collections.abc import Callable
from dataclasses import dataclass

from leakguard.core.gate import GateResult
from leakguard.core.verdict import ScanResult


@dataclass(frozen=True, slots=True)
class Style:
    """How a report looks: `redact` empty means the format's own default; `width` and `color` matter to a terminal only."""

    redact: str = ""
    verbose: bool = False
    color: bool = False
    width: int = 120


def _table(result: ScanResult, style: Style) -> str:
    from leakguard.reports.table import table

    return table(result, redact=style.redact or "mask", verbose=style.verbose, color=style.color, width=style.width)


def _json(result: ScanResult, style: Style) -> str:
    from leakguard.reports.document import document

    return document(result, redact=style.redact or "none")


def _gate_table(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate import table

    return table(result, color=style.color, width=style.width)


def _gate_json(result: GateResult, style: Style) -> str:
    from leakguard.reports.gate import document

    return document(result)


REPORTS: dict[str, Callable[[ScanResult, Style], str]] = {"table": _table, "json": _json}
STREAMS = ("jsonl",)
FORMATS = (*REPORTS, *STREAMS)
SUFFIXES = {".txt": "table", ".json": "json", ".jsonl": "jsonl"}

GATE_REPORTS: dict[str, Callable[[GateResult, Style], str]] = {"table": _gate_table, "json": _gate_json}
