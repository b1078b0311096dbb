"""The scan object of the Python API: reads all data at once or as a stream, and gives rows, findings, counts and reports."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leakguard.core.errors import NotClean, Stopped, UsageError
from leakguard.core.finding import Finding
from leakguard.core.ports import Parser, Source
from leakguard.core.record import Unreadable
from leakguard.core.results import Missed, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.core.scanned import Scanned
from leakguard.jobs.build.duplicates import build_counter
from leakguard.jobs.duplicates import count_duplicates
from leakguard.jobs.guard import Guard
from leakguard.pipeline.by_row import list_findings, list_rows
from leakguard.pipeline.count import tally_batch
from leakguard.pipeline.detect import Detected, detect_block
from leakguard.pipeline.scan import FINDINGS, ScanOutcome, pick_findings
from leakguard.readers.files.inputs import list_ignored
from leakguard.reports import SCAN_REPORTS
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.conclusion import count_failing_rows, decide_exit_code
from leakguard.reports.scan.duplicates import describe_unread_overlaps
from leakguard.reports.scan.rates import count_scanned_rows
from leakguard.settings.plan import Plan

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates

# Data of up to so many bytes stay in memory as they were looked at; larger ones are read again for their rows.
HELD = 8 << 20
LOST = 512  # about the bytes that an unreadable row takes


class Scan:
    """The result of a scan: iterate over its rows or its `findings()`, as often as you like, or ask whether it is `ok`.

    Memory is bounded: the first 5,000 findings of each severity and 10,000 unreadable rows are held, and the rows of small data;
    `findings()` and the rows of larger data are read again from the source. A stream (`scan(..., stream=True)`) is read once, by
    the first iteration, and answers no question before its end.
    """

    def __init__(self, source: Source, parser: Parser, guard: Guard, plan: Plan, *, files: Sequence[str], stream: bool = False) -> None:
        """Reads everything unless this is a stream. Raises UsageError where the source turns out to hold no rows."""
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
        """The same as `ok`."""
        return self.ok

    @property
    def ok(self) -> bool:
        """True only if there were rows, all were read and checked, and none has a finding at or above `fail_on`.

        It means that no known pattern was found, not that the data are safe. Raises UsageError for a stream before its end.
        """
        return not self._reasons()

    def raise_for_status(self) -> None:
        """Raise NotClean with the reasons unless the scan is `ok`."""
        if reasons := self._reasons():
            raise NotClean("; ".join(reasons))

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
        """The first 10,000 rows that a detector could not look at, with the reasons; `tally.missed` counts all."""
        self._ask("missed")
        return tuple(self._outcome.missed)

    @property
    def media(self) -> Mapping[str, int]:
        """Of rows in memory: keys whose values hold bytes, pictures or sounds, and their rows. Words in those were not looked at."""
        self._ask("media")
        return dict(getattr(self._source, "media", {}))

    @property
    def duplicates(self) -> "Duplicates | None":
        """How many rows repeat an earlier one, and how many of `against` stand in the data; None where that was not asked for."""
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

    def to_dict(self) -> dict[str, Any]:
        """The report `--format json` as a dict."""
        said: dict[str, Any] = json.loads(SCAN_REPORTS["json"](self.result, Style()))
        return said

    def __repr__(self) -> str:
        """How many rows, and what came of them."""
        if not self._ended:
            return "<Scan: a stream that was not read to its end>"
        counts = self._outcome.tally
        return f"<Scan: {counts.seen:,} rows, {counts.unreadable:,} unreadable, {sum(counts.flagged.values()):,} with findings>"

    def _ask(self, question: str) -> None:
        if not self._ended:
            raise UsageError(f"{question}: this stream was not read to its end, so nothing can be said; iterate over it first")

    def _reasons(self) -> list[str]:
        """Return why this scan is not ok, as sentences. Each gives a count, then the first place."""
        self._ask("ok")
        counts, result = self._outcome.tally, self.result
        if not count_scanned_rows(counts):
            first = f"; the first: {_place(result.unreadable[0])}" if result.unreadable else ""
            return [f"{counts.seen:,} rows, and none of them could be looked at{first}"]
        reasons = []
        if result.unreadable:
            reasons.append(f"{counts.unreadable:,} of {counts.seen:,} rows could not be read (the first: {_place(result.unreadable[0])})")
        if counts.unsure:
            first = "".join(f" (the first: row {one.row}, {one.detector}: {one.reason[:200]})" for one in result.missed[:1])
            reasons.append(f"{counts.unsure:,} rows could not be looked at by every detector{first}")
        if loud := count_failing_rows(result):
            level = result.fail_on.label if result.fail_on is not None else ""
            reasons.append(f"{loud:,} of {counts.seen:,} rows have a finding at {level} or above")
        reasons += describe_unread_overlaps(self._duplicates)
        return reasons if reasons or not decide_exit_code(result) else [f"exit code {decide_exit_code(result)}"]

    def _pass(self) -> Iterator[Detected]:
        """Everything that was looked at: the first time as it is read, then from memory or from the source again."""
        if not self._begun:
            return self._first()
        if self._stream:
            raise UsageError("this stream was read already, and its data may not come again: call leakguard.scan once more")
        return self._again() if self._held is None else iter(self._held)

    def _first(self) -> Iterator[Detected]:
        # Count each block as it is read, and keep it in memory while all of them are small.
        self._begun = True
        out = self._outcome
        for looked, length in self._passes():
            batch = looked.batch
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
        """A second reading. Raises Stopped at its end if it is not what was read first."""
        now = Tally()
        for looked, _ in self._passes():
            now.add(tally_batch(looked.batch, looked.answers, looked.missed))
            yield looked
        if now != self._outcome.tally:
            raise Stopped("the data changed after they were scanned: their rows are not those that were counted; scan again")


def _place(one: Unreadable) -> str:
    return f"{one.origin.file}, row {one.origin.row}: {one.reason}{f': {one.detail[:200]}' if one.detail else ''}"
