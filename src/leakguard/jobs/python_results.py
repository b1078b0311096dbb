"""Results of the Python API: values of the core with reports, tables for pandas, and a view for notebooks."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from html import escape
from typing import TYPE_CHECKING, Any

from leakguard.core.dataset_audit import DatasetAudit
from leakguard.core.errors import MissingExtra, NotClean, Stopped, UsageError, reason_of
from leakguard.core.exit_codes import ExitCode, name_exit_code
from leakguard.core.gate import GateResult
from leakguard.core.results import ScanResult
from leakguard.core.store_address import find_folder
from leakguard.readers.files.safe_paths import MANIFEST, REASONS
from leakguard.readers.files.stores import open_whole
from leakguard.reports import AUDIT_REPORTS, GATE_REPORTS, SCAN_REPORTS
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.conclusion import count_failing_rows, decide_exit_code
from leakguard.reports.scan.duplicates import describe_unread_overlaps
from leakguard.reports.scan.rates import count_scanned_rows

if TYPE_CHECKING:
    import pandas

RULING_COLUMNS = ("fate", "file", "row", "record_id", "severity", "rules", "quotes", "reason", "detail")
WHOLE = {"row", "turn", "start", "end"}
CHECK_COLUMNS = ("kind", "check", "observed", "limit", "answer", "detail")


class ReportedResult:
    """What every result of the Python API has beside its own values: a dict, a web page, a table and a view for notebooks."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON report of the command as a dict."""
        said: dict[str, Any] = json.loads(self._render("json"))
        return said

    def to_html(self) -> str:
        """Return the web page that the command writes with `-o report.html`: one document that loads nothing."""
        return self._render("html")

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the result as a table. Raises MissingExtra without pandas."""
        return make_frame(*self._list_rows())

    def _repr_html_(self) -> str:
        """Return a short view for a notebook's cell, in which every text from data is escaped."""
        return self._render("notebook")

    def _render(self, name: str) -> str:
        """Return the report `name`: json, html or notebook."""
        raise NotImplementedError

    def _list_rows(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Return the names of the table's columns, and its rows."""
        raise NotImplementedError


class CleanReport(ReportedResult, ScanResult):
    """The result of `leakguard.clean`: counts in `tally`, the output folder, and whether everything was checked (`ok`).

    >>> result = leakguard.clean([{"text": "The kettle is on."}, {"text": "871, 1488, 305"}], "cleaned")
    >>> result
    <CleanReport: 2 rows, 1 kept, 1 removed>
    """

    __slots__ = ()

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the command; INCOMPLETE too if there is no row."""
        return decide_exit_code(self)

    @property
    def ok(self) -> bool:
        """True only if there were rows, all were read and checked, and no kept row has a finding at or above `fail_on`.

        Rows that were removed do not count against it. It is no evidence that the kept rows are safe.
        """
        return self.exit_code is ExitCode.PASSED

    def raise_for_status(self) -> None:
        """Raise NotClean with the reasons unless the result is `ok`."""
        raise_unless_passed(self)

    @property
    def folder(self) -> str:
        """The output folder, or its address in a store."""
        return self.cleaning.folder if self.cleaning else ""

    @property
    def manifest(self) -> str:
        """The path or address of the manifest, for `leakguard.gate(..., manifest=)`."""
        return f"{self.folder.rstrip('/')}/{MANIFEST}"

    def __bool__(self) -> bool:
        """Return `ok`."""
        return self.ok

    def __repr__(self) -> str:
        """Return the number of rows of each fate."""
        counts = self.tally
        fates = (("kept", counts.kept), ("redacted", counts.redacted), ("quarantined", counts.quarantined), ("removed", counts.removed))
        rest = (("unreadable", counts.unreadable), ("undetermined", counts.undetermined))
        shown = [f"{count:,} {fate}" for fate, count in (*fates, *rest) if count or fate == "kept"]
        return f"<CleanReport: {counts.seen:,} rows, {', '.join(shown)}>"

    def to_pandas(self) -> "pandas.DataFrame":
        """Return one line for each row that was not kept unchanged, from reasons.jsonl in the output folder.

        Raises MissingExtra without pandas, Stopped if the file cannot be read.
        """
        return super().to_pandas()

    def _render(self, name: str) -> str:
        return render_scan(self, name)

    def _list_rows(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        return RULING_COLUMNS, _read_rulings(self.folder)


class GateReport(ReportedResult, GateResult):
    """The result of `leakguard.gate`: true only if every check passed. `to_pandas()` has one line for each check."""

    __slots__ = ()

    def _render(self, name: str) -> str:
        if name == "notebook":
            from leakguard.reports.gate.notebook import render

            return render(self, Style())
        return GATE_REPORTS[name](self, Style())

    def _list_rows(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        rows = [(one.kind, one.what, one.observed, one.limit, str(one.answer), one.detail) for one in self.checks]
        return CHECK_COLUMNS, rows


class AuditReport(ReportedResult, DatasetAudit):
    """The result of `leakguard.audit`. `to_pandas()` has one line for each test: the content, a second control, the panel's traits."""

    __slots__ = ()

    def _render(self, name: str) -> str:
        if name == "notebook":
            from leakguard.reports.audit.notebook import render

            return render(self, Style())
        return AUDIT_REPORTS[name](self, Style())

    def _list_rows(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        from leakguard.reports.audit.tests_table import COLUMNS, list_tests

        return COLUMNS, list_tests(self)


def report_clean(result: ScanResult) -> CleanReport:
    """Return the result of a clean with its reports."""
    return CleanReport(**_take_fields(result))


def report_gate(result: GateResult) -> GateReport:
    """Return the result of a gate with its reports."""
    return GateReport(**_take_fields(result))


def report_audit(result: DatasetAudit) -> AuditReport:
    """Return the result of an audit with its reports."""
    return AuditReport(**_take_fields(result))


def render_scan(result: ScanResult, name: str) -> str:
    """Return a report of a scan or a clean; quotes are masked as the setting `redact` says."""
    redact = result.settings.get("redact")
    style = Style(redact=redact if isinstance(redact, str) else "")
    if name == "notebook":
        from leakguard.reports.scan.notebook import render

        return render(result, style)
    return SCAN_REPORTS[name](result, style)


def raise_unless_passed(result: ScanResult) -> None:
    """Raise NotClean, with the reasons and the exit code, unless a scan or a clean has the exit code 0."""
    code = decide_exit_code(result)
    if code is not ExitCode.PASSED:
        raise NotClean(f"{'; '.join(explain_failure(result))} ({name_exit_code(code)})", int(code))


def explain_failure(result: ScanResult) -> list[str]:
    """Return why the exit code is not 0, as sentences. Each gives a count, then the first place."""
    counts = result.tally
    if not count_scanned_rows(counts):
        first = f"; the first: {result.unreadable[0].words}" if result.unreadable else ""
        return [f"{counts.seen:,} rows, and none of them could be looked at{first}"]
    reasons = ["the run was interrupted"] if result.interrupted else []
    if counts.unreadable:
        first = f" (the first: {result.unreadable[0].words})" if result.unreadable else ""
        reasons.append(f"{counts.unreadable:,} of {counts.seen:,} rows could not be read{first}")
    if counts.unsure:
        first = "".join(f" (the first: row {one.row}, {one.detector}: {one.reason[:200]})" for one in result.missed[:1])
        reasons.append(f"{counts.unsure:,} rows could not be looked at by every detector{first}")
    if loud := count_failing_rows(result):
        level = result.fail_on.label if result.fail_on is not None else ""
        rows = f"{loud:,} kept rows" if result.cleaning else f"{loud:,} of {counts.seen:,} rows"
        reasons.append(f"{rows} have a finding at {level} or above")
    return [*reasons, *describe_unread_overlaps(result.duplicates)]


def make_frame(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> "pandas.DataFrame":
    """Return a table. Raises MissingExtra if pandas is not installed."""
    try:
        import pandas
    except ImportError as error:
        raise MissingExtra("to_pandas() needs pandas: pip install pandas") from error
    frame = pandas.DataFrame(list(rows), columns=list(columns))
    # Whole numbers stay whole where some lines have none.
    return frame.astype(dict.fromkeys(WHOLE & set(columns), "Int64"))


def show_text(text: str) -> str:
    """Return a text as HTML for a notebook's cell."""
    return f"<pre>{escape(text)}</pre>"


def _take_fields(result: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, values as they are."""
    return {field.name: getattr(result, field.name) for field in fields(result)}


def _read_rulings(folder: str) -> Iterable[Sequence[object]]:
    """Yield a row of the table for each line of reasons.jsonl in the output folder of a clean. Raises UsageError, Stopped."""
    if not folder:
        raise UsageError("to_pandas: this clean has no output folder")
    address, name = find_folder(folder), f"{folder.rstrip('/')}/{REASONS}"
    try:
        with open(name, "rb") if address is None else open_whole(type(address)(name)) as file:
            yield from map(_describe_ruling, map(json.loads, file))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Stopped(f"{name}: cannot be read: {reason_of(error)}; clean the data again") from error


def _describe_ruling(line: Mapping[str, Any]) -> Sequence[object]:
    """Return the table's row for a line of reasons.jsonl: its findings joined, the severity of the first of the highest."""
    findings = line.get("findings") or []
    levels = [one["severity"] for one in findings]
    highest = next((level for level in ("error", "warning", "note") if level in levels), None)
    rules, quotes = (", ".join(dict.fromkeys(str(one[key]) for one in findings)) for key in ("rule", "quote"))
    where = (line["fate"], line["file"], line["row"], line.get("record_id"))
    return (*where, highest, rules, quotes, line.get("reason"), line.get("detail"))
