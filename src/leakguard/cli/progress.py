"""Progress on stderr (a bar in a terminal, elsewhere a line a minute), and the line about an interrupt of a run that can continue."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leakguard.cli.terminal import tell
from leakguard.pipeline.scan import Progress

STAGES = {
    "rules": "preparing rules",
    "model": "loading model",
    "traits": "reading traits",
    "control": "control",
    "semantic": "comparing",
    "judge": "judging",
    "hash": "hashing",
    "scan": "scanning",
    "score": "scoring",
    "upload": "uploading",
}
"""Names of the stages of a run, as the bar shows them."""
EVERY = 60.0
"""Seconds between two lines about progress where stderr is no terminal, such as the log of a CI server."""


@contextmanager
def show_progress(shown: bool, total: int | None) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that takes progress and shows rows/s and the part of `total` bytes that was read, if `shown`."""
    if not shown:
        yield lambda progress: None
        return
    if not sys.stderr.isatty():
        yield log_progress(total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    # One task for all stages: a new stage resets it.
    left = TimeRemainingColumn()
    columns = (
        SpinnerColumn("line"),
        TextColumn("{task.description}"),
        BarColumn(10),
        TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, TextColumn("left"), left, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=total, pace="")

        def show(progress: Progress) -> None:
            stage = STAGES.get(progress.stage, progress.stage)
            if stage != bar.tasks[0].description:
                bar.reset(task, description=stage, total=total)
            bar.update(task, completed=progress.bytes, total=total, pace=_pace(progress, bar.tasks[0].elapsed or 0.0))

        yield show


def log_progress(
    total: int | None, *, write: Callable[[str], None] = tell, clock: Callable[[], float] = time.monotonic
) -> Callable[[Progress], None]:
    """Return a function that takes progress and writes a line every EVERY seconds: a run that ends before writes nothing."""
    start = last = clock()
    stage = ""

    def log(progress: Progress) -> None:
        nonlocal start, last, stage
        now = clock()
        # The pace is that of the stage, so its time begins with its first progress.
        if progress.stage != stage:
            stage, start = progress.stage, now
        if now - last >= EVERY:
            last = now
            part = f", {100 * min(progress.bytes / total, 1):.0f} % of the bytes" if total and progress.bytes else ""
            write(f"{STAGES.get(stage, stage)}: {_pace(progress, now - start) or 'started'}{part}")

    return log


def _pace(progress: Progress, seconds: float) -> str:
    """Return progress and speed of a stage as text, in rows or in answers of a judge."""
    what, done, digits = ("answers", progress.answers, 1) if progress.answers else ("rows", progress.rows, 0)
    if not done:
        return ""
    return f"{done:,} {what}, {done / seconds:,.{digits}f} {what}/s" if seconds else f"{done:,} {what}"


@contextmanager
def show_steps(shown: bool, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes (done, total) and shows them, if `shown`."""
    if not shown:
        yield lambda done, of: None
        return
    if not sys.stderr.isatty():
        yield log_steps(unit)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    counts = (SpinnerColumn("line"), MofNCompleteColumn(), TextColumn(unit), BarColumn(20), TimeElapsedColumn())
    with Bar(*counts, TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(unit, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def log_steps(unit: str, *, write: Callable[[str], None] = tell, clock: Callable[[], float] = time.monotonic) -> Callable[[int, int], None]:
    """Return a function that takes (done, total) and writes a line every EVERY seconds."""
    last = clock()

    def log(done: int, of: int) -> None:
        nonlocal last
        if clock() - last >= EVERY:
            last = clock()
            write(f"{done:,} of {of:,} {unit}" if of else f"{done:,} {unit}")

    return log


@contextmanager
def explain_interrupt(work: Path | None) -> Iterator[None]:
    """Write a line to stderr at an interrupt: the folder `work`, if there is one, keeps what is finished for the same command."""
    try:
        yield
    except KeyboardInterrupt:
        kept = work is not None and work.exists()
        what = f"{work} keeps what is finished, and the same command continues" if kept else "nothing was kept; run it again"
        tell(f"Interrupted: {what}: leakguard {shlex.join(sys.argv[1:])}")
        raise
