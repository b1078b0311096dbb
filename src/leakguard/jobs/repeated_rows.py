"""The pass of a clean over all of the data that finds the duplicates on which its policy acts."""

from dataclasses import replace
from typing import TYPE_CHECKING

from leakguard.core.policy import Policy
from leakguard.jobs.build.detectors import count_duplicates
from leakguard.jobs.build.duplicates import build_counter
from leakguard.jobs.guard import OnProgress, RunData
from leakguard.pipeline.scan import Job, Progress, scan
from leakguard.settings import Settings

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates
    from leakguard.pipeline.repeated_rows import RepeatedRows


def count_copies(
    settings: Settings, policy: Policy, data: RunData, workers: int, on_progress: OnProgress
) -> "tuple[Duplicates | None, RepeatedRows | None]":
    """What was counted, and the rows on which the policy acts; nothing where the settings count no duplicates.

    Raises KeyboardInterrupt if it is interrupted: a part of the data does not say which rows are copies.
    """
    counter = build_counter(settings)
    if not counter:
        return None, None

    def watch(progress: Progress) -> None:
        on_progress(replace(progress, stage="duplicates"))

    job = Job(data.source, data.parser, (), keep=0, printer=counter.printer)
    looked = scan(job, workers=workers, on_prints=counter.store.add, on_progress=watch)
    found = None if looked.interrupted else count_duplicates(settings, counter, on_progress)
    if not found:
        raise KeyboardInterrupt
    return found, counter.copies(policy)
