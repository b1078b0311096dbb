"""The scan object of the Python API: reads all data at once or as a stream, and gives rows, findings, counts and reports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.exit_codes import ExitCode
from leakguard.core.finding import Finding
from leakguard.core.ports import Parser, Source
from leakguard.core.record import Unreadable
from leakguard.core.results import Missed, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.core.scanned import Scanned
from leakguard.jobs.build.duplicates import build_counter
from leakguard.jobs.duplicates import count_duplicates
from leakguard.jobs.guard import Guard
from leakguard.jobs.python_results import ReportedResult, raise_unless_passed, render_scan, show_text
from leakguard.pipeline.by_row import list_findings, list_rows
from leakguard.pipeline.count import tally_batch
from leakguard.pipeline.detect import Detected, detect_block
from leakguard.pipeline.scan import FINDINGS, ScanOutcome, pick_findings
from leakguard.readers.files.inputs import list_ignored
from leakguard.reports.kit.findings import list_fields
from leakguard.reports.scan.conclusion import decide_exit_code
from leakguard.settings.plan import Plan

if TYPE_CHECKING:
    import pandas

    from leakguard.core.duplicates import Duplicates

FINDING_COLUMNS = (
    *("status", "file", "row", "severity", "rule", "quote", "message", "detail", "detector", "form", "profile"),
    *("turn", "field", "start", "end", "record_id", "fingerprint"),
)
# Scanned rows of data up to this size (bytes) stay in memory; larger data are read again when rows are requested.
HELD = 8 << 20
LOST = 512  # bytes of memory that an unreadable row takes, roughly


class Scan(ReportedResult):
    """The result of a scan: iterate over its rows or its `findings()`, as often as you like, or ask whether it is `ok`.

    Memory is bounded: the first 5,000 findings of each severity and 10,000 unreadable rows are held, and the rows of small data;
    `findings()` and the rows of larger data are read again from the source. A stream (`scan(..., stream=True)`) is read once, by the first
    iteration; `ok` and all results but `so_far` raise UsageError before its end.

    >>> scan = leakguard.scan([{"text": "The kettle is on."}, {"text": "871, 1488, 305"}])
    >>> scan.ok, scan.tally.seen
    (False, 2)
    >>> [(finding.row, finding.quote, finding.mark.rule.id) for finding in scan.findings()]
    [(2, '1488', 'hate-numeric.1488')]
    """

    def __init__(self, source: Source, parser: Parser, guard: Guard, plan: Plan, *, files: Sequence[str], stream: bool = False) -> None:
        """Read and scan everything, unless this is a stream. Raises UsageError if the source has no rows."""
        self._passes: Callable[[], Iterator[tuple[Detected, int]]] = lambda: (
            (detect_block(parser, guard.detectors, block), block.length) for block in source.blocks()
        )
        self._source, self._guard, self._plan, self._files, self._stream = source, guard, plan, files, stream
        self._outcome = ScanOutcome((FINDINGS,) * len(Severity))
        self._counter = build_counter(plan.read, plan.look.counting)
        self._duplicates: Duplicates | None = None
        self._held: list[Detected] | None = None if stream else []
        self._begun = self._ended = False
        if not stream:
            for _ in self._first():
                pass

    def __iter__(self) -> Iterator[Scanned]:
        """Iterate over every row in order, unreadable ones included."""
        for looked in self._pass():
            yield from list_rows(looked)

    def findings(self) -> Iterator[Finding]:
        """Return an iterator of every finding in order; rows that could not be checked are in `unreadable` and `missed`."""
        held = self._outcome.findings
        if self._ended and len(held) == sum(count.findings for count in self._outcome.tally.by_rule.values()):
            return iter(held)
        return (finding for looked in self._pass() for finding in list_findings(looked))

    def __bool__(self) -> bool:
        """Return `ok`."""
        return self.ok

    @property
    def ok(self) -> bool:
        """True only if there were rows, all were read and checked, and none has a finding at or above `fail_on`.

        It means that no known pattern was found, not that the data are safe. Raises UsageError for a stream before its end.
        """
        self._ask("ok")
        return decide_exit_code(self.result) is ExitCode.PASSED

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the command; INCOMPLETE too if there is no row. Raises UsageError for a stream before its end."""
        self._ask("exit_code")
        return decide_exit_code(self.result)

    def raise_for_status(self) -> None:
        """Raise NotClean, with the reasons and the exit code, unless the scan is `ok`."""
        self._ask("raise_for_status")
        raise_unless_passed(self.result)

    @property
    def tally(self) -> Tally:
        """The counts of everything. Raises UsageError for a stream before its end; `so_far` counts what was read of one."""
        self._ask("tally")
        return self._outcome.tally

    @property
    def so_far(self) -> Tally:
        """The counts of what has been read up to now: all of it, unless this is a stream."""
        return self._outcome.tally

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The first 10,000 rows that could not be read, with the reasons; `tally.unreadable` counts all."""
        self._ask("unreadable")
        return tuple(self._outcome.unreadable)

    @property
    def missed(self) -> tuple[Missed, ...]:
        """The first 10,000 rows that a detector could not check, with the reasons; `tally.missed` counts all."""
        self._ask("missed")
        return tuple(self._outcome.missed)

    @property
    def media(self) -> Mapping[str, int]:
        """Of rows in memory: keys whose values are bytes, images or audio -> number of rows. Such values were not scanned."""
        self._ask("media")
        return dict(getattr(self._source, "media", {}))

    @property
    def duplicates(self) -> "Duplicates | None":
        """How many rows repeat an earlier one, and how many rows of `against` are in the data; None if duplicates were not counted."""
        self._ask("duplicates")
        return self._duplicates

    @property
    def result(self) -> ScanResult:
        """The result from which reports are made (see `leakguard.reports.SCAN_REPORTS`). Lists hold the first entries only."""
        self._ask("result")
        out = self._outcome
        return ScanResult(
            tally=out.tally,
            findings=tuple(out.findings),
            unreadable=tuple(out.unreadable),
            missed=tuple(out.missed),
            files=tuple(self._files),
            rules=self._guard.rules,
            packs=self._guard.packs,
            settings=self._plan.settings.as_mapping(),
            fail_on=self._plan.policy.fail_on,
            baseline=self._guard.use_of_baseline(out.tally, whole=True),
            settings_file=self._plan.settings.file,
            ignored=list_ignored(self._files),
            duplicates=self._duplicates,
        )

    def to_pandas(self) -> "pandas.DataFrame":
        """Return one line for each finding (`status` is "finding") and for each row that could not be read ("unreadable") or checked
        by a detector ("unchecked").

        All of them are in the table, and in memory; the rows of large data are read again. Raises MissingExtra without pandas.
        """
        self._ask("to_pandas")
        return super().to_pandas()

    def __repr__(self) -> str:
        """Return the numbers of rows, of unreadable ones and of those with findings."""
        if not self._ended:
            return "<Scan: a stream that was not read to its end>"
        counts = self._outcome.tally
        return f"<Scan: {counts.seen:,} rows, {counts.unreadable:,} unreadable, {sum(counts.flagged.values()):,} with findings>"

    def _ask(self, question: str) -> None:
        """Raise UsageError, with the name of what was asked, for a stream before its end."""
        if not self._ended:
            raise UsageError(f"{question}: this stream was not read to its end, so nothing can be said; iterate over it first")

    def _repr_html_(self) -> str:
        """Return a short view for a notebook's cell, in which every text from data is escaped."""
        return super()._repr_html_() if self._ended else show_text(repr(self))

    def _render(self, name: str) -> str:
        return render_scan(self.result, name)

    def _list_rows(self) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
        redact = self._plan.write.redact or "none"
        return FINDING_COLUMNS, (line for row in self for line in _describe_row(row, redact))

    def _pass(self) -> Iterator[Detected]:
        """Return the scanned blocks: the first time as they are read, then from memory or from the source again. Raises UsageError."""
        if not self._begun:
            return self._first()
        if self._stream:
            raise UsageError("this stream was read already, and its data may not come again: call leakguard.scan once more")
        return self._again() if self._held is None else iter(self._held)

    def _first(self) -> Iterator[Detected]:
        """Yield the scanned blocks and count them; keep them in memory as long as they are small."""
        self._begun = True
        out = self._outcome
        for looked, length in self._passes():
            batch = looked.batch
            # Each block becomes an outcome of its own, which is added to the total: counts, first findings, unreadable and missed rows.
            found = pick_findings(batch, looked.answers, out.room)
            found.sort(key=lambda one: (one.row, one.span.turn, one.span.start, one.span.end))
            books = tally_batch(batch, looked.answers, looked.missed)
            if self._counter:
                self._counter.store.add(self._counter.printer(batch))
            size = length + LOST * len(batch.unreadable)
            out.add(ScanOutcome(out.keep, books, found, unreadable=list(batch.unreadable), missed=list(looked.missed), bytes=size))
            if self._held is not None and out.bytes <= HELD:
                self._held.append(looked)
            else:
                self._held = None
            yield looked
        out.tally.check()
        if self._counter:
            self._duplicates = count_duplicates(self._plan.read, self._plan.look.against, self._counter, lambda progress: None)
            if not self._duplicates:
                raise KeyboardInterrupt
        self._ended = True

    def _again(self) -> Iterator[Detected]:
        """Scan the source a second time. Raises Stopped at its end if the counts differ from those of the first time."""
        now = Tally()
        for looked, _ in self._passes():
            now.add(tally_batch(looked.batch, looked.answers, looked.missed))
            yield looked
        if now != self._outcome.tally:
            raise Stopped("the data changed after they were scanned: their rows are not those that were counted; scan again")


def _describe_row(row: Scanned, redact: str) -> Iterator[Sequence[object]]:
    """Yield the lines of a row in the order of FINDING_COLUMNS; None where a value does not apply."""
    empty = dict.fromkeys(FINDING_COLUMNS)
    where = {"file": row.origin.file, "row": row.origin.row}
    lines: list[dict[str, object]] = []
    if row.unreadable:
        lines.append({"status": "unreadable", "message": row.unreadable.reason, "detail": row.unreadable.detail, **where})
    lines += [{"status": "unchecked", "detector": name, "message": reason, **where} for name, reason in row.missed.items()]
    for one in row.findings:
        lines.append({"status": "finding", **list_fields(one, redact), "detector": one.detector})
    for line in lines:
        yield tuple({**empty, **line}[name] for name in FINDING_COLUMNS)
