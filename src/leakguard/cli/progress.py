"""Progress bars on stderr, if it is a terminal, and the line about an interrupt of a run that can continue."""

import shlex
import sys
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


@contextmanager
def show_progress(shown: bool, total: int | None) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that takes progress and draws rows/s and the time left (of `total` bytes), if `shown` and stderr is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda progress: None
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


def _pace(progress: Progress, seconds: float) -> str:
    """Return progress and speed of a stage as text, in rows or in answers of a judge."""
    what, done, digits = ("answers", progress.answers, 1) if progress.answers else ("rows", progress.rows, 0)
    if not done:
        return ""
    return f"{done:,} {what}, {done / seconds:,.{digits}f} {what}/s" if seconds else f"{done:,} {what}"


@contextmanager
def show_steps(shown: bool, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes (done, total) and draws them and the time left, if `shown` and stderr is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    counts = (SpinnerColumn("line"), MofNCompleteColumn(), TextColumn(unit), BarColumn(20), TimeElapsedColumn())
    with Bar(*counts, TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(unit, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def explain_interrupt(work: Path) -> Iterator[None]:
    """Write a line to stderr at an interrupt: the folder `work` keeps what is finished for the same command, if it exists."""
    try:
        yield
    except KeyboardInterrupt:
        what = f"{work} keeps what is finished, and the same command continues" if work.exists() else "nothing was kept; run it again"
        tell(f"Interrupted: {what}: leakguard {shlex.join(sys.argv[1:])}")
        raise
