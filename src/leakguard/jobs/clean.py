"""The clean command: hash the inputs, resume or refuse an earlier run, sort every row by policy, and write a manifest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from leakguard.core.errors import LeakguardError, Stopped, UsageError, describe_failure
from leakguard.core.fields import Field
from leakguard.core.policy import Action, Fate, Policy
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Cleaning, Output, ScanResult, Statistics
from leakguard.core.store_address import StoreAddress
from leakguard.documents.duplicates import duplicates_to_dict, read_duplicates
from leakguard.documents.manifest import list_differences, read_manifest, write_manifest
from leakguard.documents.tally import read_tally, tally_to_dict
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.cluster import open_cluster
from leakguard.jobs.build.policy import build_policy
from leakguard.jobs.build.readers import build_data, choose_workers, expand_paths
from leakguard.jobs.duplicates import find_repeated_rows
from leakguard.jobs.file_hashes import refuse_changes
from leakguard.jobs.guard import ControlData, Guard, OnProgress, RunContext
from leakguard.jobs.identity import build_identity
from leakguard.jobs.user_key import read_user_key
from leakguard.outputs.folder import Folder
from leakguard.outputs.hashed_inputs import HashedInput, hash_inputs
from leakguard.outputs.redaction import redact_line
from leakguard.outputs.row_counts import read_totals, rows_to_dict
from leakguard.outputs.sections import Sections
from leakguard.outputs.verify import outputs_match
from leakguard.outputs.writer import OutputWriter, Tables
from leakguard.pipeline.clean import CleanJob, CleanTotals, clean, clean_on
from leakguard.pipeline.executor import defer_interrupts
from leakguard.pipeline.route import Router
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.format_detection import LINES, detect_stored_format
from leakguard.readers.files.inputs import STDIN, list_ignored
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.places import ResultPlace, join_place, list_present
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.safe_paths import MANIFEST, OUTPUTS
from leakguard.reports.scan.reasons import ReasonLines
from leakguard.reports.scan.statistics import statistics_to_dicts
from leakguard.settings.files import relative_path
from leakguard.settings.plan import Plan

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates

Clock = Callable[[], float]
# Differences from an earlier run that a message lists.
SHOWN = 3
SECTIONS = Sections({fate.name.lower(): fate for fate in Fate}, default=Fate.KEPT, rewritten=Fate.REDACTED, unread=Fate.UNREADABLE)


@dataclass(frozen=True, slots=True)
class CleanTarget:
    """The folder of a clean, and what happens if it is not empty: `resume` an interrupted run, `overwrite` the result of another.

    `address` is the folder of a store to which the result is uploaded afterwards (jobs.clean_to_store).
    """

    folder: Path
    resume: bool = True
    overwrite: bool = False
    address: StoreAddress | None = None


@dataclass(slots=True)
class _Run:
    """One clean: its plan and guard, what decides about its bytes (`identity`), its state, and the cores of its cluster if it has one."""

    plan: Plan
    guard: Guard
    folder: Folder
    place: ResultPlace
    files: Sequence[str]
    inputs: Sequence[HashedInput]
    identity: dict[str, Any]
    books: CleanTotals = field(default_factory=CleanTotals)
    readings: Readings = field(default_factory=Readings)
    stale: Sequence[str] = ()
    outputs: Sequence[Output] = ()
    before: str = ""
    interrupted: bool = False
    statistics: Mapping[str, Statistics] = field(default_factory=dict)
    duplicates: "Duplicates | None" = None
    cores: int | None = None


def clean_files(
    plan: Plan, files: Sequence[str], target: CleanTarget, *, stdin: BinaryIO, clock: Clock, on_progress: OnProgress
) -> ScanResult:
    """Sort every row of the files by policy into the target folder, and write a manifest.

    `clock` returns seconds; a checkpoint is saved about once a second. An interrupt ends the clean with a checkpoint, and the result
    says so. Raises UsageError if the clean cannot begin, and Stopped if the disk, the folder or an input failed on the way: then
    nothing is left behind. Any other LeakguardError leaves a checkpoint.
    """
    place = target.address or target.folder
    guard = build_guard(plan, lambda stage: on_progress(Progress(0, 0, stage)))
    policy = build_policy(plan.policy, guard)
    folder = Folder(target.folder, read_user_key())
    with open_cluster(plan, guard, files) as cores:
        folder.open()
        try:
            on_progress(Progress(0, 0, "hash"))
            inputs = hash_inputs(files, place, folder.work, stdin)
            run = _Run(plan, guard, folder, place, files, inputs, build_identity(plan, guard, inputs, files, place), cores=cores)
            if _resume(run, target):
                with guard.open_folder() as scratch:
                    _sort_rows(run, policy, scratch, clock, on_progress)
                if not run.interrupted:
                    _finish(run)
            return _result(run)
        except (OSError, Stopped) as error:
            folder.discard()
            if folder.moving:
                moved = f"the outputs are half moved to {target.folder}: run the same clean again to end that"
                raise Stopped(f"{describe_failure(error)}; {moved}") from error
            raise error if isinstance(error, Stopped) else Stopped(f"{describe_failure(error)}; nothing was written to {place}") from error
        finally:
            folder.close()


def _resume(run: _Run, target: CleanTarget) -> bool:
    """Restore what an earlier run left, and return whether work is left. Raises UsageError if its state does not allow this run."""
    folder = run.folder
    if not target.resume and folder.half_moved():
        raise UsageError(
            f"{folder.place}: an earlier run was interrupted while it moved its outputs here; if it was yours, run it again "
            "without `no-resume` to end it, else give another folder"
        )
    checkpoint = folder.checkpoint() if target.resume else None
    if not checkpoint:
        return _begin(run, target)
    if unlike := list_differences(checkpoint["run"], run.identity):
        words = "; ".join(unlike[:SHOWN])
        raise UsageError(f"{folder.place}: an earlier run was cut off there, and this one is another: {words}; start over with `no-resume`")
    if "moving" in checkpoint:
        folder.resume(checkpoint)
        return _take_result(run, "an earlier run was complete up to its last step, which is done now", folder.place)
    folder.restore(checkpoint["parts"])
    run.readings.restore(checkpoint["readings"])
    run.books, run.stale = read_totals(checkpoint["books"]), checkpoint["stale"]
    run.before = f"continued after {run.books.outcome.tally.seen:,} rows of an earlier run"
    return True


def _begin(run: _Run, target: CleanTarget) -> bool:
    """Begin from the start, and return whether work is left: an earlier run may have done all of it."""
    folder = run.folder
    folder.clear()
    # A result in the folder here that belongs into a store was not uploaded to its end.
    home = folder.place if folder.occupied() else run.place
    there = list_present(home, OUTPUTS)
    if MANIFEST in there:
        old = read_manifest(join_place(home, MANIFEST))
        unlike = list_differences(old, run.identity)
        if not unlike and outputs_match(old, home):
            left = ", and its upload is continued" if home != run.place else "; nothing was written"
            return _take_result(run, f"an earlier run is complete{left}", home)
        if not target.overwrite:
            why = unlike[0] if unlike else "its outputs were changed since"
            if home != run.place:
                waits = f"the result of another run waits in {home} for its upload ({why})"
                raise UsageError(f"{run.place}: {waits}; run that again, or start over with `no-resume`")
            raise UsageError(f"{home}: holds the result of another run ({why}); give another folder, or `overwrite`")
        run.stale = [entry["path"] for entry in old["outputs"]]
    elif there:
        raise UsageError(f"{home}: holds {', '.join(there)} that no manifest lists; give another folder")
    return True


def _take_result(run: _Run, before: str, home: ResultPlace) -> bool:
    """Take the result from the manifest in the folder `home`; no work is left."""
    said = read_manifest(join_place(home, MANIFEST))
    run.books.outcome.tally = read_tally(said["tally"])
    unread = said.get("unread", ())
    run.books.outcome.unreadable = [Unreadable(Origin(entry["name"], 0, 0), entry["reason"], entry["detail"]) for entry in unread]
    run.outputs = [Output(entry["path"], entry["rows"]) for entry in said["outputs"]]
    run.duplicates = read_duplicates(Field(said["duplicates"], "duplicates")) if said.get("duplicates") else None
    run.before = before
    return False


def _sort_rows(run: _Run, policy: Policy, scratch: Path | None, clock: Clock, on_progress: OnProgress) -> None:
    """Sort every row that no earlier run has sorted. An interrupt or an error saves a checkpoint."""
    read, write = run.plan.read, run.plan.write
    places = {entry.name: entry.place for entry in run.inputs}
    workers = choose_workers(read, list(places.values()))
    store = _open_store(run, clock)
    data = build_data(read, run.files, places.get(STDIN), run.readings)
    others = expand_paths(read, [read.control]) if read.control else ()
    control = ControlData(read.control, build_data(read, others, readings=run.readings)) if read.control else None
    context = RunContext(lambda mark: policy.action(mark) >= Action.QUARANTINE, scratch, control, on_progress)
    fitted = run.guard.fit(data, context)
    run.statistics = fitted.statistics
    run.duplicates, copies = find_repeated_rows(read, run.plan.look, data, policy=policy, workers=workers, on_progress=on_progress)
    router = Router(data.parser, fitted.detectors, policy, partial(redact_line, replacement=write.replacement), copies)
    job = CleanJob(data.source, router, ReasonLines(write.redact or "none"), store.pack)
    try:
        if run.cores:
            _clean_on_cluster(run, run.cores, job, store, on_progress)
        else:
            clean(job, store.take, run.books, workers=workers, folder=run.folder.spool, on_progress=on_progress)
    except KeyboardInterrupt:
        run.interrupted = True
        with defer_interrupts():
            store.save(run.books)
    except LeakguardError:
        store.save(run.books)
        raise
    if not run.interrupted:
        store.complete()


def _clean_on_cluster(run: _Run, cores: int, job: CleanJob, store: OutputWriter, on_progress: OnProgress) -> None:
    """Sort the rows on the cluster. The first checkpoint is saved before, so that the ledger is used even if no row was taken yet."""
    from leakguard.outputs.ledger import ShardLedger
    from leakguard.pipeline.executor.ray import RayExecutor

    store.save(run.books)
    folder = run.folder
    executor = RayExecutor(cores, folder.shards, ShardLedger(folder.shards, folder.place, folder.secret))
    clean_on(executor, job, store.take, run.books, on_progress=on_progress)


def _open_store(run: _Run, clock: Clock) -> OutputWriter:
    """Return the writer of the outputs."""
    read = run.plan.read
    limits = ReadLimits(row_limit=read.row_limit, unpack_limit=read.unpack_limit, readings=run.readings)
    places = [(entry.name, entry.place) for entry in run.inputs]
    tables = Tables({name: format for name, place in places if (format := detect_stored_format(name, place)) != LINES}, limits)
    state = {"run": run.identity, "stale": list(run.stale)}
    return OutputWriter(run.folder, run.inputs, state=state, clock=clock, tables=tables, sections=SECTIONS)


def _finish(run: _Run) -> None:
    """Write the manifest, and move all outputs to their places. Inputs and control are compared with their hashes before."""
    for entry in run.inputs:
        entry.check(run.readings)
    refuse_changes((run.identity["meaning"] or {}).get("control") or {}, run.readings)
    by_output = {entry.output: entry.name for entry in run.inputs}
    outputs = []
    for path, said in run.folder.described().items():
        fate, _, name = path.partition("/")
        outputs.append({"path": path, "fate": fate if name else Path(path).stem, "input": by_output.get(name), **said})
    tally = run.books.outcome.tally
    rows = {entry.name: rows_to_dict(run.books.files.get(entry.name, {})) for entry in run.inputs}
    damage = {name: {"broken": reason} for name, reason in run.books.broken.items()}
    content = {
        **run.identity,
        "inputs": [{**said, "rows": rows[said["name"]], **damage.get(said["name"], {})} for said in run.identity["inputs"]],
        "ignored": [asdict(entry) for entry in list_ignored(run.files)],
        "outputs": outputs,
        "tally": tally_to_dict(tally),
        "detectors": [{"name": name, "missed_rows": tally.missed_by.get(name, 0)} for name in run.guard.names],
        "control": None,
        "settings_file": relative_path(run.place, run.plan.settings.file),
        **dict(sorted(statistics_to_dicts(run.statistics).items())),
        "duplicates": duplicates_to_dict(run.duplicates) if run.duplicates else None,
    }
    run.outputs = [Output(entry["path"], entry["rows"]) for entry in outputs]
    with defer_interrupts():
        run.folder.commit({"run": run.identity}, write_manifest(content), run.stale)


def _result(run: _Run) -> ScanResult:
    """Return the result for reports."""
    # Of rows that an earlier run sorted, the tally is in the checkpoint or manifest.
    outcome = run.books.outcome
    return ScanResult(
        tally=outcome.tally,
        findings=(),
        unreadable=tuple(outcome.unreadable),
        missed=tuple(outcome.missed),
        files=tuple(run.files),
        rules=run.guard.rules,
        packs=run.guard.packs,
        settings=run.plan.settings.as_mapping(),
        interrupted=run.interrupted,
        fail_on=run.plan.policy.fail_on,
        baseline=run.guard.use_of_baseline(outcome.tally, whole=not run.interrupted),
        cleaning=Cleaning(str(run.folder.place), tuple(run.outputs), run.before),
        statistics=run.statistics,
        settings_file=run.plan.settings.file,
        ignored=list_ignored(run.files),
        duplicates=run.duplicates,
    )
