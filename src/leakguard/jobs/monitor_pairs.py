"""Rows of data and control that wait for their partner, and the test of each block of pairs."""

from dataclasses import replace
from pathlib import Path

from leakguard.core.audit import RowTexts
from leakguard.core.errors import UsageError
from leakguard.core.monitor import InputPosition, MonitorRun, MonitorStep, WaitingRow
from leakguard.documents.monitor import write_monitor
from leakguard.jobs.monitor_rows import MonitorLine


class PairedRows:
    """A run of a monitor in progress. `run` is what is known of it; `keep` also puts the rows into it that wait."""

    def __init__(self, run: MonitorRun, state: Path | None) -> None:
        """Begin or continue a run; `state` is the file in which it is kept."""
        from leakguard.leaktests.sequential import DriftMonitor

        self.run = run
        self._state = state
        self._waiting = [list(run.state.data), list(run.state.control)]
        self._monitor = DriftMonitor(run.settings, replace(run.state, data=(), control=()))
        self._kept: MonitorRun | None = None

    @property
    def full(self) -> bool:
        """Whether there are rows of both sides for a block."""
        return not self.lacks(None)

    def count(self, side: int | None) -> int:
        """Return the number of rows of a side that wait, of the side with fewer for None."""
        return min(map(len, self._waiting)) if side is None else len(self._waiting[side])

    def lacks(self, side: int | None) -> bool:
        """Return whether a side (None: any) has fewer rows than the next block needs."""
        return self.count(side) < self.run.need

    def add(self, line: MonitorLine) -> None:
        """Count a line, and let its row wait for its block."""
        run = self.run
        if line.problem:
            self.run = replace(run, unreadable=run.unreadable + 1, first_unreadable=run.first_unreadable or line.problem)
        elif line.side is not None:
            rows = (run.rows[0] + (line.side == 0), run.rows[1] + (line.side == 1))
            self.run = replace(run, rows=rows, wordless=run.wordless + (line.row is None))
            if line.row:
                self._waiting[line.side].append(line.row)

    def test(self) -> MonitorStep:
        """Test the block that is full, and return its step. Raises UsageError if the first rows say that the sides are unlike."""
        need = self.run.need
        data, control = (side[:need] for side in self._waiting)
        if not self.run.state.pairs:
            _refuse_unlike(data, control)
        report = self._monitor.add(_as_texts(data), _as_texts(control))[-1]
        step = MonitorStep(report, self.run.rows, self.run.unreadable)
        self._waiting = [side[need:] for side in self._waiting]
        self.run = replace(self.run, state=self._monitor.state, steps=(*self.run.steps, step))
        return step

    def keep(self, inputs: tuple[InputPosition, ...]) -> None:
        """Bring `run` up to date, and write it to the state file if it has changed."""
        data, control = map(tuple, self._waiting)
        self.run = replace(self.run, state=replace(self._monitor.state, data=data, control=control), inputs=inputs)
        if self._state and self.run != self._kept:
            write_monitor(self._state, self.run)
            self._kept = self.run


def _refuse_unlike(data: list[WaitingRow], control: list[WaitingRow]) -> None:
    """Raise UsageError if the first rows of the two are of different kinds (number lists and text), or equal."""
    from leakguard.leaktests.pooled_rows import NUMBERS, find_kind

    kinds = [find_kind([completion for _, completion in rows]) for rows in (data, control)]
    if kinds[0] != kinds[1] and NUMBERS in kinds:
        raise UsageError(f"the first {len(data)} rows of the data are {kinds[0]}, those of the control {kinds[1]}: give data of one kind")
    if data == control:
        raise UsageError(f"the first {len(data)} rows of data and control are the same; give data that another model wrote")


def _as_texts(rows: list[WaitingRow]) -> RowTexts:
    prompts, completions = zip(*rows, strict=True)
    return RowTexts(completions, prompts)
