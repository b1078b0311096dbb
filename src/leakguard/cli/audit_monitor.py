"""`leakguard audit --monitor`: its options, and the run that writes a line for each block of rows."""

import shlex
import sys
import time
from pathlib import Path
from typing import Any

import click

from leakguard.cli.flags import flags_of
from leakguard.cli.options import LocalPath, under
from leakguard.cli.terminal import put, tell
from leakguard.core.errors import UsageError
from leakguard.core.monitor import UNUSED, MonitorSettings, MonitorStep
from leakguard.settings import Settings

PAUSE = 0.5
"""Seconds between two looks at the end of a growing file."""
BLOCK = MonitorSettings().block
MONITOR = under(
    "Monitor",
    click.option("--monitor", is_flag=True, help="Test rows in the order in which they arrive, and write a line of JSON for each block."),
    click.option("--follow", is_flag=True, help="At the end of the files, wait for more rows until there is drift or Ctrl-C."),
    click.option(
        "--state", metavar="FILE", type=LocalPath(), help="Keep what is known in this file after each block, and continue from it."
    ),
    click.option("--source", metavar="FIELD", help='One file or - in place of two: this field of a row is "data" or "control".'),
    click.option(
        "--block", metavar="N", type=click.IntRange(1), help=f"Pairs of rows of a block; nothing is bet on the first two.  [{BLOCK}]"
    ),
)


def refuse_monitor_options(**options: Any) -> None:
    """Raise UsageError for an option of the monitor without --monitor."""
    for name, value in options.items():
        if value:
            raise UsageError(f"--{name} belongs to --monitor: add it, or leave --{name} out")


def refuse_audit_options(flags: dict[str, Any], *, shape: str, outputs: tuple[str, ...], attest: str | None) -> None:
    """Raise UsageError for an option of an audit that a monitor does not have."""
    for name in UNUSED:
        if flags.get(name) not in (None, ()):
            raise UsageError(
                f"{flags_of(name.replace('_', '-'))[0]} is not for --monitor: leave it out (see docs/audit.md, While rows arrive)"
            )
    if attest:
        raise UsageError("--attest is not for --monitor: a statement is about a finished audit")
    if outputs or shape != "table":
        given = "--output" if outputs else "--format"
        raise UsageError(f"{given} is not for --monitor, which writes lines of JSON; keep a --state and convert it with leakguard report")


def monitor_audit(
    settings: Settings, paths: tuple[str, ...], *, block: int | None, source: str | None, state: str | None, follow: bool, quiet: bool
) -> int:
    """Run the monitor; write its lines to stdout and its conclusion to stderr. Returns the exit code."""
    from leakguard.documents.monitor import render_step
    from leakguard.jobs.audit_monitor import MonitorTarget, find_open_lines, monitor_files, plan_monitor
    from leakguard.reports.monitor.conclusion import conclude

    def show(step: MonitorStep) -> None:
        put(render_step(step) + "\n", "utf-8")
        sys.stdout.flush()

    target = MonitorTarget(block or BLOCK, source or "", state, follow)
    try:
        run = monitor_files(plan_monitor(settings), paths, target, on_step=show, wait=lambda: time.sleep(PAUSE))
    except KeyboardInterrupt:
        if not quiet:
            tell(describe_interrupt(state))
        raise
    lines = [*conclude(run), *(f"{name}: the last line has no line feed yet and waits." for name in find_open_lines(run, target))]
    for line in [] if quiet else lines:
        tell(line)
    return int(run.exit_code)


def describe_interrupt(state: str | None) -> str:
    """Return what an interrupted run leaves: its state and the command that continues, or nothing."""
    if state is None or not Path(state).exists():
        return "Interrupted: nothing was kept; with --state FILE a run continues where it stopped"
    return f"Interrupted: {state} keeps what was tested; the same command continues from it: leakguard {shlex.join(sys.argv[1:])}"
