"""The monitor of the Python API: a program gives it rows as it writes or reads them, and asks for drift whenever it likes."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.core.monitor import UNUSED, InputPosition, MonitorReport, MonitorRun
from leakguard.jobs.audit import require_packages
from leakguard.jobs.audit_monitor import MonitorTarget, begin_run, plan_monitor
from leakguard.jobs.monitor_pairs import PairedRows
from leakguard.jobs.monitor_rows import SIDES, LineReader
from leakguard.jobs.python_arguments import Place, read_settings
from leakguard.readers.python.python_rows import PythonRows
from leakguard.settings.keywords import AuditKeywords
from leakguard.settings.option import field_name
from leakguard.settings.plan import Plan


def read_monitor_plan(config: Place | None, options: Mapping[str, object]) -> Plan:
    """Return the plan for a settings file and keywords. Raises UsageError for those of an audit that a monitor has no use for."""
    for name in map(field_name, UNUSED):
        if options.get(name) is not None:
            raise UsageError(f"{name}= is not for a monitor: leave it out, or call leakguard.audit with all rows")
    return plan_monitor(read_settings(config, options, AuditKeywords))


class RowMonitor:
    """Pairs rows of data and control in the order in which they are added, and tests each block of pairs."""

    def __init__(self, plan: Plan, target: MonitorTarget) -> None:
        """Begin, or continue from the state file of the target. Raises UsageError for one that was made with other settings."""
        require_packages()
        run = begin_run(plan, target, stream=True)
        self._pairs = PairedRows(run, Path(target.state) if target.state else None)
        self._readers = [LineReader(plan.read, "", side) for side in range(len(SIDES))]
        self._limit = plan.read.row_limit

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

    def add(self, data: Iterable[object] = (), control: Iterable[object] = ()) -> list[MonitorReport]:
        """Take rows of either source, as many as there are, and return a report for each block of pairs that they complete.

        Rows without a partner wait, in the state too. After drift no more rows are taken. Raises UsageError if the first rows of the
        two sources are of different kinds, or the same.
        """
        # As in the command, sums are added in one order, by one thread.
        from threadpoolctl import threadpool_limits

        if self.drift:
            return []
        for reader, name, rows in zip(self._readers, SIDES, (data, control), strict=True):
            for line in reader.read(PythonRows(rows, name, row_limit=self._limit).blocks()):
                if line:
                    self._pairs.add(line)
        reports = []
        with threadpool_limits(limits=1):
            while self._pairs.full and not self.drift:
                reports.append(self._pairs.test().report)
        self._pairs.keep(tuple(InputPosition(name) for name in SIDES))
        return reports
