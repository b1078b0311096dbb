"""Count duplicate rows in a run: held-out files that are compared with the data, and the rows on which a clean acts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from leakguard.core.policy import Policy
from leakguard.jobs.build.duplicates import build_counter
from leakguard.jobs.build.readers import build_parser, build_source, choose_workers, expand_paths
from leakguard.jobs.guard import OnProgress, RunData
from leakguard.pipeline.scan import Job, Progress, scan
from leakguard.settings.plan import LookPlan, ReadPlan

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates
    from leakguard.pipeline.duplicate_counter import Counter
    from leakguard.pipeline.repeated_rows import RepeatedRows


def count_duplicates(read: ReadPlan, against: Sequence[str], counter: "Counter", on_progress: OnProgress) -> "Duplicates | None":
    """Return the duplicates among the rows in `counter`, and how many rows of each path of `against` are among them.

    All rows of those files are read here, without detectors. Returns None if that was interrupted.
    """
    from leakguard.pipeline.duplicate_counter import Other

    parser = build_parser(read)
    others: list[Other] = []
    for path in against:
        files = expand_paths(read, [path])
        workers = choose_workers(read, files)
        other = Other(path, counter.counting)
        job = Job(replace(build_source(read, files), inline=workers == 1), parser, (), keep=0, printer=counter.printer)
        found = scan(
            job,
            workers=workers,
            on_prints=other.store.add,
            on_progress=lambda more: on_progress(replace(more, stage="against")),
        )
        if found.interrupted:
            return None
        other.unseen = found.tally.unreadable
        others.append(other)
    return counter.result(others)


def find_repeated_rows(
    read: ReadPlan, look: LookPlan, data: RunData, *, policy: Policy, workers: int, on_progress: OnProgress
) -> "tuple[Duplicates | None, RepeatedRows | None]":
    """Read all data, and return the counts of duplicates and the rows on which the policy acts; (None, None) if none are counted.

    Raises KeyboardInterrupt if it is interrupted: a part of the data does not show which rows are repeated.
    """
    counter = build_counter(read, look.counting)
    if not counter:
        return None, None

    def report(progress: Progress) -> None:
        on_progress(replace(progress, stage="duplicates"))

    job = Job(data.source, data.parser, (), keep=0, printer=counter.printer)
    outcome = scan(job, workers=workers, on_prints=counter.store.add, on_progress=report)
    found = None if outcome.interrupted else count_duplicates(read, look.against, counter, on_progress)
    if not found:
        raise KeyboardInterrupt
    return found, counter.copies(policy)
