"""The scan command: find what the detectors report in files, and write findings as they are found."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from leakguard.core.errors import SettingsError
from leakguard.core.finding import Mark
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.cluster import open_cluster, open_folder
from leakguard.jobs.build.duplicates import build_counter
from leakguard.jobs.build.readers import build_data, choose_workers, expand_paths
from leakguard.jobs.duplicates import count_duplicates
from leakguard.jobs.guard import ControlData, Fitted, Guard, OnProgress, RunContext
from leakguard.outputs.hashed_inputs import spool_stdin
from leakguard.pipeline.scan import FINDINGS, Job, Progress, Renderer, ScanOutcome, scan, scan_on
from leakguard.readers.files.inputs import STDIN, list_ignored
from leakguard.readers.files.readings import Readings
from leakguard.reports.scan.jsonl import make_renderer
from leakguard.settings.plan import Plan, ReadPlan

if TYPE_CHECKING:
    from leakguard.pipeline.duplicate_counter import Counter


@dataclass(frozen=True, slots=True)
class ScanInput:
    """What is scanned: files (see jobs.build.readers.expand_paths), standard input, and a record of all that is read (None: none)."""

    files: Sequence[str]
    stdin: BinaryIO | None = None
    readings: Readings | None = None


@dataclass(frozen=True, slots=True)
class ScanOutputs:
    """Where findings go while data are scanned.

    Each of `streams` gets them as JSON lines, or as `renderer` writes them; `scores` gets the scores of a semantic search; `keep` is
    the number of findings of each severity in the result.
    """

    streams: Sequence[BinaryIO] = ()
    renderer: Renderer | None = None
    scores: BinaryIO | None = None
    keep: int = FINDINGS


def scan_files(
    plan: Plan,
    data: ScanInput,
    outputs: ScanOutputs | None = None,
    *,
    guard: Guard | None = None,
    on_progress: OnProgress = lambda progress: None,
) -> ScanResult:
    """Scan files, and the control data of the plan if it has any.

    `guard` is used if the caller has built it already. An interrupt ends the scan, and sets `interrupted` in the result. Raises UsageError
    (SettingsError, PackError, MissingExtra) if the plan cannot be carried out, and LeakguardError if a worker process dies.
    """
    outputs = outputs or ScanOutputs()
    files, read = data.files, plan.read
    control: Sequence[str] = expand_paths(read, [read.control]) if read.control else ()
    if STDIN in control and STDIN in files:
        raise SettingsError("`control`: standard input is the data already; give a file")
    guard = guard or build_guard(plan, lambda stage: on_progress(Progress(0, 0, stage)))
    counter = build_counter(read, plan.look.counting)
    compared: ScanOutcome | None = None
    # Learners read all data before the scan, so standard input is copied to a file if there are any. The control is scanned last.
    again = (*files, *control) if guard.learners else ()
    stdin = data.stdin or sys.stdin.buffer
    with open_cluster(plan, guard, (*files, *control)) as cores, spool_stdin(again, stdin) as spool, guard.open_folder() as folder:
        rows, other = build_data(read, files, spool, data.readings), build_data(read, control, spool)
        compared_with = ControlData(read.control or "", replace(other, limit=None)) if control else None
        context = RunContext(decides_at(plan.policy.fail_on), folder, compared_with, on_progress)
        fitted = guard.fit(rows, context)
        sinks, renderers = _outputs(outputs, plan.write.redact or "none", fitted)
        job = Job(rows.source, rows.parser, fitted.detectors, renderers, outputs.keep, counter.printer if counter else None)
        outcome = _run(_Site(read, files, cores), job, sinks, on_progress, counter=counter)
        if control and not outcome.interrupted:
            then = guard.fit(other, context, known=fitted)
            job = Job(other.source, other.parser, then.detectors, keep=0)
            compared = _run(_Site(read, control, cores), job, (), lambda more: on_progress(_after(outcome, more)))
    result = _result(plan, files, _Scanned(guard, fitted, outcome, compared))
    if not counter or outcome.interrupted:
        return result
    duplicates = count_duplicates(read, plan.look.against, counter, on_progress)
    return replace(result, duplicates=duplicates, interrupted=result.interrupted or duplicates is None)


def decides_at(level: Severity | None) -> Callable[[Mark], bool]:
    """Return whether a finding has at least this severity; None: never."""
    return lambda mark: level is not None and mark.severity >= level


def _outputs(outputs: ScanOutputs, redact: str, fitted: Fitted) -> tuple[list[BinaryIO], tuple[Renderer, ...]]:
    """Return the streams, and for each what writes to it."""
    streams = list(outputs.streams)
    renderers: tuple[Renderer, ...] = (outputs.renderer or make_renderer(redact),) * len(streams)
    if outputs.scores:
        from leakguard.jobs.build.semantic import build_score_renderer

        if scores := build_score_renderer(fitted):
            return [*streams, outputs.scores], (*renderers, scores)
    return streams, renderers


@dataclass(frozen=True, slots=True)
class _Site:
    """Which files are scanned and where: on a cluster with `cores` cores, or in processes of this machine (None)."""

    read: ReadPlan
    files: Sequence[str]
    cores: int | None


def _run(site: _Site, job: Job, sinks: Sequence[BinaryIO], on_progress: OnProgress, *, counter: "Counter | None" = None) -> ScanOutcome:
    """Run the job on the files, and collect fingerprints if duplicates are counted."""
    if site.cores and site.read.cluster:
        from leakguard.pipeline.executor.ray import RayExecutor

        with open_folder(site.read.cluster) as folder:
            return scan_on(RayExecutor(site.cores, folder), job, sinks=sinks, on_progress=on_progress)
    prints = {"on_prints": counter.store.add} if counter else {}
    workers = choose_workers(site.read, site.files)
    return scan(job, workers=workers, sinks=sinks, limit=site.read.limit, on_progress=on_progress, **prints)


def _after(outcome: ScanOutcome, more: Progress) -> Progress:
    """Return the progress of the control scan, added to what the scan of the data has read."""
    return Progress(outcome.tally.seen + more.rows, outcome.bytes + more.bytes)


@dataclass(frozen=True, slots=True)
class _Scanned:
    """A scan that has ended: its guard and detectors, what it found, and what the scan of the control found (None: no control)."""

    guard: Guard
    fitted: Fitted
    outcome: ScanOutcome
    compared: ScanOutcome | None


def _result(plan: Plan, files: Sequence[str], scanned: _Scanned) -> ScanResult:
    """Return the result for reports. The baseline has unused entries only if all rows were scanned."""
    outcome, compared, guard = scanned.outcome, scanned.compared, scanned.guard
    return ScanResult(
        tally=outcome.tally,
        findings=tuple(outcome.findings),
        unreadable=tuple(outcome.unreadable),
        missed=tuple(outcome.missed),
        files=tuple(files),
        rules=guard.rules,
        packs=guard.packs,
        settings=plan.settings.as_mapping(),
        control=compared.tally if compared else None,
        control_file=plan.read.control,
        interrupted=outcome.interrupted or bool(compared and compared.interrupted),
        fail_on=plan.policy.fail_on,
        statistics=scanned.fitted.statistics,
        baseline=guard.use_of_baseline(outcome.tally, whole=not (plan.read.limit or outcome.interrupted)),
        settings_file=plan.settings.file,
        ignored=list_ignored(files),
    )
