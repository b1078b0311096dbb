"""A progress bar on stderr, for people who watch."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leakguard.pipeline.scan import Progress


@contextmanager
def progress_bar(shown: bool, total: int | None) -> Iterator[Callable[[Progress], None]]:
    """A function to tell about progress; draws rows/s and the time left (of `total` bytes), if `shown` and stderr is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn("{task.fields[pace]}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scan", total=total, pace="")

        def show(progress: Progress) -> None:
            if progress.stage != bar.tasks[0].description:
                bar.reset(task, description=progress.stage)
            seconds = bar.tasks[0].elapsed or 0.0
            what, done, digits = ("answers", progress.answers, 1) if progress.answers else ("rows", progress.rows, 0)
            pace = f"{done:,} {what}, {done / seconds:,.{digits}f} {what}/s" if seconds else f"{done:,} {what}"
            bar.update(task, completed=progress.bytes, pace=pace)

        yield show


@contextmanager
def steps_bar(shown: bool, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A function to tell (done, of how many); draws them and the time left, if `shown` and stderr is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(unit, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
