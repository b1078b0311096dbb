"""The monitor of the audit command: test rows while they arrive, with evidence that is valid whenever one looks at it."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leakguard.core.audit import MOST_ROUNDS
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.monitor import MonitorRun, MonitorSettings, MonitorStep
from leakguard.core.store_address import find_address
from leakguard.documents.monitor import read_monitor
from leakguard.jobs.audit import require_packages
from leakguard.jobs.monitor_pairs import PairedRows
from leakguard.jobs.monitor_rows import SIDES, MonitorInput, find_file, open_inputs
from leakguard.jobs.state_lock import StateLock
from leakguard.readers.files.growing import ends_with_line_feed, is_plain_lines
from leakguard.readers.files.inputs import STDIN
from leakguard.settings import Settings
from leakguard.settings.plan import Plan, resolve

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

    def __post_init__(self) -> None:
        if type(self.block) is not int or self.block < 1:
            raise UsageError(f"`block` is {self.block!r}: give a whole number of pairs, 1 or more")


def plan_monitor(settings: Settings) -> Plan:
    """Return the plan of a monitor. Raises UsageError for settings whose result a monitor cannot give, such as a trait panel."""
    # A monitor draws no permutations: as many as an audit can have allow any alpha that an audit can reach.
    plan = resolve(replace(settings, rounds=MOST_ROUNDS))
    audit, panel = plan.audit, plan.audit.panel
    if audit.control2:
        raise UsageError("`control2`: a monitor compares data with one control; leave out the second one")
    if audit.cluster:
        raise UsageError("`cluster`: a monitor takes every row as independent of the others; audit rows that are not without `monitor`")
    for name, value in {"panel": panel.traits, "panel_model": panel.model, "logprobs": panel.logprobs}.items():
        if value:
            raise UsageError(f"`{name.replace('_', '-')}`: a monitor has no trait panel; leave it out, or audit the rows without `monitor`")
    return plan


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
    # With one thread the sums are added in one order, so that the lines do not depend on the number of cores.
    with StateLock(target.state), threadpool_limits(limits=1):
        run = begin_run(plan, target, stream=STDIN in names)
        inputs = open_inputs(plan.read, names, target.source, follow=target.follow, resumable=target.state is not None)
        for one, done in zip(inputs, run.inputs, strict=False):
            one.skip(done)
        if run.report.drift:
            return run
        monitoring = _Following(run, inputs, Path(target.state) if target.state else None)
        while monitoring.advance(on_step) or target.follow:
            if monitoring.run.report.drift:
                break
            if not monitoring.advanced:
                wait()
    return monitoring.run


def find_open_lines(run: MonitorRun, target: MonitorTarget) -> list[str]:
    """Return the names of files whose last line has no line feed, and therefore was not read: with a state it may not be whole yet."""
    if target.state is None or run.report.drift:
        return []
    return [one.name for one in run.inputs if one.name != STDIN and is_plain_lines(one.name) and not ends_with_line_feed(one.name)]


class _Following:
    """A run that reads its inputs. `run` is what is known of it, `advanced` whether the last call of `advance` tested a block."""

    def __init__(self, run: MonitorRun, inputs: list[MonitorInput], state: Path | None) -> None:
        self.advanced = False
        self._inputs, self._pairs = inputs, PairedRows(run, state)

    @property
    def run(self) -> MonitorRun:
        """What is known."""
        return self._pairs.run

    def advance(self, on_step: Callable[[MonitorStep], None]) -> bool:
        """Read until a block is full and test it, or until there are no more rows; return whether a block was tested.

        What is known is kept before it returns. On an interrupt, it is kept if a block was tested since; rows that only wait for their
        partner are read again, except those of standard input.
        """
        unrepeatable = self._inputs[0].name == STDIN
        try:
            self._fill()
            self.advanced = self._pairs.full
            if self.advanced:
                # A line is given before it is kept: after a crash in between, it is given again. An interrupt that comes while the
                # line is written keeps it.
                step = self._pairs.test()
                unrepeatable = True
                on_step(step)
            self._keep()
        except KeyboardInterrupt:
            if unrepeatable:
                self._keep()
            raise
        return self.advanced

    def _fill(self) -> None:
        """Take rows of each side until they fill a block, never more, so that the counts of a block do not depend on how files grow."""
        for one in self._inputs:
            while self._pairs.lacks(one.side) and (line := one.take()):
                self._pairs.add(line)
                most = max(MOST_WAITING, self._pairs.run.need)
                if one.side is None and line.side is not None and self._pairs.count(line.side) > most:
                    raise Stopped(f"{one.name}: {most:,} rows of the {SIDES[line.side]} wait for rows of the other source; mix the sources")

    def _keep(self) -> None:
        self._pairs.keep(tuple(one.position for one in self._inputs))


def _check(plan: Plan, paths: Sequence[str], target: MonitorTarget) -> None:
    """Raise UsageError for settings that do not go together."""
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
    if target.follow and (addresses := [name for name in (*paths, plan.read.control) if find_address(name)]):
        raise UsageError(f"`follow` reads files of this machine while they grow, and an object does not: copy {addresses[0]} here")


def _refuse_same_files(names: list[str], state: str | None) -> None:
    """Raise UsageError if one file has two parts to play."""
    files = [name for name in names if name != STDIN and not find_address(name)]
    if len(names) == 2 and (names[0] == names[1] or (len(files) == 2 and os.path.samefile(*files))):
        raise UsageError(f"`control`: {names[1]} is the data; give data that another model wrote")
    if state is not None and any(os.path.exists(state) and os.path.samefile(state, name) for name in files):
        raise UsageError(f"`state` {state}: this is an input; give a file of its own")


def begin_run(plan: Plan, target: MonitorTarget, *, stream: bool) -> MonitorRun:
    """Return the run in the state file, or a new one. Raises UsageError for a state that was made with other settings.

    `stream`: rows come from a stream without a beginning, not from files.
    """
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
    if stream == any(one.sha256 for one in found.inputs):
        was = " and ".join(one.name for one in found.inputs)
        raise UsageError(f"`state` {target.state} was made from {was}: files continue files, streams continue streams")
    return found
