"""The monitor of the audit command: test rows while they arrive, with evidence that is valid whenever one looks at it."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leakguard.core.audit import RowTexts
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.monitor import MonitorRun, MonitorSettings, MonitorStep, WaitingRow
from leakguard.documents.monitor import read_monitor, write_monitor
from leakguard.jobs.audit import require_packages
from leakguard.jobs.monitor_rows import SIDES, MonitorInput, MonitorLine, find_file, open_inputs
from leakguard.readers.files.inputs import STDIN
from leakguard.settings.plan import Plan

if TYPE_CHECKING:
    pass

MOST_WAITING = 10_000
"""Rows of one source that wait for rows of the other, at most: they are in memory and in the state."""


@dataclass(frozen=True, slots=True)
class MonitorTarget:
    """How rows are monitored: pairs of a block, the field that tells data from control ("": two files), state file, and following.

    Without a `state` nothing is kept. With `follow`, the monitor waits for more rows at the end of its files.
    """

    block: int = 25
    source: str = ""
    state: str | None = None
    follow: bool = False


def monitor_files(
    plan: Plan, paths: Sequence[str], target: MonitorTarget, *, on_step: Callable[[MonitorStep], None], wait: Callable[[], None]
) -> MonitorRun:
    """Read data and control in order, test each block of pairs, and return everything that is known at the end.

    It ends when drift is found, else at the end of the inputs; with `target.follow` it calls `wait` there and tries again. `on_step` gets
    the report of each block. If `target.state` exists, the run continues from it. Raises UsageError for settings that do not go
    together or differ from those of the state, and for inputs that are not what they were; Stopped if a file changes meanwhile.
    """
    require_packages()
    from threadpoolctl import threadpool_limits

    _check(plan, paths, target)
    names = [find_file(plan.read, path) for path in (*paths, *([] if target.source else [plan.read.control or ""]))]
    _refuse_same_files(names, target.state)
    run = _begin(plan, names, target)
    inputs = open_inputs(plan.read, names, target.source, follow=target.follow, resumable=target.state is not None)
    for one, done in zip(inputs, run.inputs, strict=False):
        one.skip(done)
    if run.report.drift:
        return run
    # With one thread the sums are added in one order, so that the lines do not depend on the number of cores.
    with threadpool_limits(limits=1):
        monitoring = _Monitoring(run, inputs, Path(target.state) if target.state else None)
        while monitoring.advance(on_step) or target.follow:
            if monitoring.run.report.drift:
                break
            if not monitoring.advanced:
                wait()
    return monitoring.run


class _Monitoring:
    """A run in progress. `run` is what is known of it, `advanced` whether the last call of `advance` tested a block."""

    def __init__(self, run: MonitorRun, inputs: list[MonitorInput], state: Path | None) -> None:
        from leakguard.leaktests.sequential import DriftMonitor

        self.run, self.advanced = run, False
        self._inputs, self._state = inputs, state
        self._waiting = [list(run.state.data), list(run.state.control)]
        self._monitor: DriftMonitor = DriftMonitor(run.settings, replace(run.state, data=(), control=()))
        self._kept: MonitorRun | None = None

    def advance(self, on_step: Callable[[MonitorStep], None]) -> bool:
        """Read until a block is full and test it, or until there are no more rows; return whether a block was tested.

        What is known is kept before it returns. On an interrupt, it is kept if a block was tested since; rows that only wait for their
        partner are read again, except those of standard input.
        """
        unrepeatable = self._inputs[0].name == STDIN
        try:
            self.advanced = self._fill()
            if self.advanced:
                # A line is given before it is kept: after a crash in between, it is given again. An interrupt that comes while the
                # line is written keeps it.
                step = self._test()
                unrepeatable = True
                on_step(step)
            self._keep()
        except KeyboardInterrupt:
            if unrepeatable:
                self._keep()
            raise
        return self.advanced

    def _fill(self) -> bool:
        """Take rows of each side until they fill a block, never more, so that the counts of a block do not depend on how files grow."""
        need = self.run.need
        for one in self._inputs:
            while self._count(one) < need and (line := one.take()):
                self._add(line, one.name)
        return min(map(len, self._waiting)) >= need

    def _count(self, one: MonitorInput) -> int:
        return min(map(len, self._waiting)) if one.side is None else len(self._waiting[one.side])

    def _add(self, line: MonitorLine, name: str) -> None:
        """Count a line, and let its row wait for its block."""
        run = self.run
        if line.problem:
            self.run = replace(run, unreadable=run.unreadable + 1, first_unreadable=run.first_unreadable or line.problem)
        elif line.side is not None:
            rows = (run.rows[0] + (line.side == 0), run.rows[1] + (line.side == 1))
            self.run = replace(run, rows=rows, wordless=run.wordless + (line.row is None))
            if line.row:
                self._waiting[line.side].append(line.row)
            if len(self._waiting[line.side]) > MOST_WAITING:
                raise Stopped(f"{name}: {MOST_WAITING:,} rows of the {SIDES[line.side]} wait for rows of the other source; mix the sources")

    def _test(self) -> MonitorStep:
        """Test the block that is full, and return its step."""
        need = self.run.need
        data, control = (side[:need] for side in self._waiting)
        if not self.run.state.pairs:
            _refuse_unlike(data, control)
        report = self._monitor.add(_as_texts(data), _as_texts(control))[-1]
        step = MonitorStep(report, self.run.rows, self.run.unreadable)
        self._waiting = [side[need:] for side in self._waiting]
        self.run = replace(self.run, state=self._monitor.state, steps=(*self.run.steps, step))
        return step

    def _keep(self) -> None:
        """Bring `run` up to date, and write it to the state file if it has changed."""
        data, control = map(tuple, self._waiting)
        state = replace(self._monitor.state, data=data, control=control)
        self.run = replace(self.run, state=state, inputs=tuple(one.position for one in self._inputs))
        if self._state and self.run != self._kept:
            write_monitor(self._state, self.run)
            self._kept = self.run


def _check(plan: Plan, paths: Sequence[str], target: MonitorTarget) -> None:
    """Raise UsageError for settings that do not go together."""
    if plan.audit.control2:
        raise UsageError("`control2`: a monitor compares data with one control; leave out the second one")
    if plan.audit.cluster:
        raise UsageError("`cluster`: a monitor takes every row as independent of the others; audit rows that are not without `monitor`")
    if len(paths) != 1:
        raise UsageError(f"`monitor` reads one file of data, or one stream with `source`; these are {len(paths):,}")
    if target.source and plan.read.control:
        raise UsageError("`source` says which rows are the control; leave out `control`, or `source` for two files")
    if not target.source and not plan.read.control:
        raise UsageError("`control`: a monitor compares data with control data of the same kind; name them, or the field `source`")
    if not target.source and STDIN in (*paths, plan.read.control):
        raise UsageError("standard input is one stream: name the field that tells data from control with `source`")
    if target.follow and STDIN in paths:
        raise UsageError("`follow`: standard input is always read as it arrives, until it ends; leave it out")


def _refuse_same_files(names: list[str], state: str | None) -> None:
    """Raise UsageError if one file has two parts to play, or the state no place."""
    files = [name for name in names if name != STDIN]
    if len(files) == 2 and os.path.samefile(*files):
        raise UsageError(f"`control`: {files[1]} is the data; give data that another model wrote")
    if state is None:
        return
    if any(os.path.exists(state) and os.path.samefile(state, name) for name in files):
        raise UsageError(f"`state` {state}: this is an input; give a file of its own")
    if not Path(state).absolute().parent.is_dir():
        raise UsageError(f"`state` {state}: there is no folder {Path(state).absolute().parent}; make it first")


def _begin(plan: Plan, names: list[str], target: MonitorTarget) -> MonitorRun:
    """Return the run in the state file, or a new one. Raises UsageError for a state that was made with other settings."""
    # Settings of the reader are compared in the form in which the state has them, which is that of JSON.
    settings = MonitorSettings(plan.audit.content.level, target.block, 2 * target.block)
    read = plan.read
    reading = {"schema": read.schema, "field": read.fields, "map": dict(read.columns), "roles": read.roles, "row_limit": read.row_limit}
    reading = json.loads(json.dumps(reading))
    found = read_monitor(Path(target.state)) if target.state else None
    if not found:
        return MonitorRun(settings, reading, target.source, ())
    now = {"alpha": settings.level, "block": settings.block, "source": target.source, **reading}
    then = {"alpha": found.settings.level, "block": found.settings.block, "source": found.source, **found.reading}
    for name, value in now.items():
        if then.get(name) != value:
            was, now_is = json.dumps(then.get(name)), json.dumps(value)
            raise UsageError(
                f"`{name.replace('_', '-')}` is {now_is}, but `state` {target.state} was made with {was}; give the same value, or begin "
                "again with a new state"
            )
    if any((one.name == STDIN) != (name == STDIN) for one, name in zip(found.inputs, names, strict=True)):
        raise UsageError(
            f"`state` {target.state} was made from {' and '.join(one.name for one in found.inputs)}; a file and standard "
            "input cannot continue each other"
        )
    return found


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
