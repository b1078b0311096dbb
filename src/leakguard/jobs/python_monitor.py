"""The monitor of the Python API: a program gives it rows as it writes or reads them, and asks for drift whenever it likes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.monitor import UNUSED, InputPosition, MonitorReport, MonitorRun
from leakguard.jobs.audit import require_packages
from leakguard.jobs.audit_monitor import MOST_WAITING, MonitorTarget, begin_run, plan_monitor
from leakguard.jobs.monitor_pairs import PairedRows
from leakguard.jobs.monitor_rows import SIDES, LineReader, MonitorLine
from leakguard.jobs.python_arguments import Place, read_settings
from leakguard.jobs.state_lock import StateLock
from leakguard.readers.python.containers import RowCollection
from leakguard.readers.python.python_rows import PythonRows
from leakguard.settings.keywords import AuditKeywords
from leakguard.settings.plan import Plan


def read_monitor_plan(config: Place | None, options: Mapping[str, object]) -> Plan:
    """Return the plan for a settings file and keywords. Raises UsageError for those of an audit that a monitor has no use for."""
    for name in UNUSED:
        if options.get(name) is not None:
            raise UsageError(f"{name}= is not for a monitor: leave it out, or call leakguard.audit with all rows")
    return plan_monitor(read_settings(config, options, AuditKeywords))


class RowMonitor:
    """Pairs rows of data and control in the order in which they are added, and tests each block of pairs."""

    def __init__(self, plan: Plan, target: MonitorTarget) -> None:
        """Begin, or continue from the state file of the target. Raises UsageError for one that was made with other settings."""
        require_packages()
        self._lock = StateLock(target.state)
        self._lock.take()
        run = begin_run(plan, target, stream=True)
        self._pairs = PairedRows(run, Path(target.state) if target.state else None)
        self._readers = [LineReader(plan.read, "", side) for side in range(len(SIDES))]
        self._limit = plan.read.row_limit

    def __repr__(self) -> str:
        """Return the numbers of pairs and of unreadable rows, and the evidence."""
        run, report = self._pairs.run, self.report
        found = "drift" if report.drift else "no drift so far"
        return f"<RowMonitor: {found}, {report.pairs:,} pairs, {run.unreadable:,} unreadable rows, e-value {report.e_value:.3g}>"

    @property
    def drift(self) -> bool:
        """Whether the e-value has ever reached 1 / alpha."""
        return self.report.drift

    @property
    def report(self) -> MonitorReport:
        """The evidence after the last block: pairs, e-value, highest e-value, p-value."""
        return self._pairs.run.report

    @property
    def run(self) -> MonitorRun:
        """All that is known: every report, rows read, unreadable rows."""
        return self._pairs.run

    def add(self, data: Any = (), control: Any = ()) -> list[MonitorReport]:
        """Take rows of either source, as many as there are, and return a report for each block of pairs that they complete.

        Rows are those of a list, a generator, a DataFrame, an Arrow table or a dataset. Rows without a partner wait, in the state too.
        After drift no more rows are taken. Raises UsageError for anything but rows, and if the first rows of the two sources are of
        different kinds, or the same; Stopped if more than 10,000 rows of one source would wait for the other.
        """
        # As in the command, sums are added in one order, by one thread. The sources are read in turns, so that few rows are in
        # memory beside those that wait.
        from threadpoolctl import threadpool_limits

        if self.drift:
            return []
        self._lock.take()
        named = zip(self._readers, SIDES, (data, control), strict=True)
        lines = [self._read(reader, name, find_rows(rows, name)) for reader, name, rows in named]
        reports = []
        try:
            with threadpool_limits(limits=1):
                for pair in zip_longest(*lines):
                    for line in filter(None, pair):
                        self._take(line)
                    if self._pairs.full:
                        reports.append(self._pairs.test().report)
                        if self.drift:
                            break
        except Stopped:
            self._keep()
            raise
        self._keep()
        return reports

    def _keep(self) -> None:
        self._pairs.keep(tuple(InputPosition(name) for name in SIDES))

    def _read(self, reader: LineReader, name: str, rows: Iterator[object]) -> Iterator[MonitorLine | None]:
        return reader.read(PythonRows(rows, name, row_limit=self._limit).blocks())

    def _take(self, line: MonitorLine) -> None:
        """Let a row wait for its block. Raises Stopped if too many wait."""
        most = max(MOST_WAITING, self._pairs.run.need)
        if line.side is not None and line.row and self._pairs.count(line.side) >= most:
            name, other = SIDES[line.side], SIDES[1 - line.side]
            raise Stopped(f"{name}: {most:,} rows wait for rows of the other source, no more can; add rows of the {other} first")
        self._pairs.add(line)


def find_rows(data: Any, name: str) -> Iterator[object]:
    """Return an iterator over rows that are given as `name`. Raises UsageError, with what to give instead, for anything but rows."""
    if isinstance(data, (str, bytes, os.PathLike)):
        raise UsageError(f'{name}: a path or text is no row; give rows, such as [{{"text": ...}}]; the command audit monitors files')
    if isinstance(data, Sequence) and len(data) and isinstance(data[0], (str, os.PathLike)):
        raise UsageError(f'{name}: this is a list of texts; make each a row: [{{"text": text}} for text in {name}]')
    if isinstance(data, Mapping) and not all(hasattr(value, "with_format") for value in data.values()):
        raise UsageError(f"{name}: this is one mapping; give a list, [{name}] if it is one row")
    try:
        return iter(RowCollection(data))
    except UsageError as error:
        raise UsageError(f"{name}{str(error).removeprefix('data')}") from error
