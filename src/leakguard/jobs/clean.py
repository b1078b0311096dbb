"""A clean, put together: inputs are hashed, an earlier run is taken up or refused, rows go to their fates, and a manifest says so."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from leakguard.core.errors import LeakguardError, Stopped, UsageError
from leakguard.core.fields import Field
from leakguard.core.judge_stats import Judged
from leakguard.core.policy import Action, Policy
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Cleaning, Output, ScanResult
from leakguard.core.similarity import Similarity
from leakguard.documents.duplicates import duplicates_to_dict, read_duplicates
from leakguard.documents.manifest import list_differences, read_manifest, write_manifest
from leakguard.documents.tally import read_tally, tally_to_dict
from leakguard.jobs.build.detectors import (
    build_guard,
    build_parser,
    build_policy,
    build_source,
    choose_workers,
    expand_paths,
    fail_severity,
)
from leakguard.jobs.build.semantic import open_scratch
from leakguard.jobs.guard import Guard, OnProgress, RunData
from leakguard.jobs.identity import build_identity
from leakguard.jobs.repeated_rows import count_copies
from leakguard.jobs.user_key import read_user_key
from leakguard.outputs.folder import Folder
from leakguard.outputs.hashed_inputs import HashedInput, hash_inputs
from leakguard.outputs.redaction import redact_line
from leakguard.outputs.row_counts import read_totals, rows_to_dict
from leakguard.outputs.verify import outputs_match
from leakguard.outputs.writer import OutputWriter, Packings, Tables
from leakguard.pipeline.clean import CleanJob, CleanTotals, clean
from leakguard.pipeline.executor import defer_interrupts
from leakguard.pipeline.route import Router
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.format_detection import LINES, detect_stored_format
from leakguard.readers.files.inputs import STDIN, list_ignored
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.reports.judge.stats import judge_to_dict
from leakguard.reports.scan.reasons import ReasonLines
from leakguard.reports.scan.similarity import similarity_to_dict
from leakguard.settings import Settings
from leakguard.settings.files import relative_path

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates

Clock = Callable[[], float]
SHOWN = 3


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """What the user wants of a folder that is not empty: take up what was cut off, replace what an earlier run finished."""

    resume: bool = True
    overwrite: bool = False


@dataclass(slots=True)
class _Run:
    """One clean: what decides about its bytes (`identity`), and how far it is."""

    settings: Settings
    watch: Guard
    folder: Folder
    files: Sequence[str]
    inputs: Sequence[HashedInput]
    identity: dict[str, Any]
    books: CleanTotals = field(default_factory=CleanTotals)
    readings: Readings = field(default_factory=Readings)
    stale: Sequence[str] = ()
    outputs: Sequence[Output] = ()
    before: str = ""
    interrupted: bool = False
    judged: Judged | None = None
    similarity: Similarity | None = None
    duplicates: "Duplicates | None" = None


def clean_files(
    settings: Settings, files: Sequence[str], place: Path, wish: FolderOptions, *, stdin: BinaryIO, clock: Clock, on_progress: OnProgress
) -> ScanResult:
    """Clean the files into the folder `place`.

    Raises UsageError where that cannot be begun, and Stopped if the disk, the folder or an input failed on the way: then
    nothing is left behind. An interrupt, and any other LeakguardError, leaves a checkpoint.
    """
    watch = build_guard(settings, lambda stage: on_progress(Progress(0, 0, stage)))
    policy = build_policy(settings, watch)
    folder = Folder(place, read_user_key())
    folder.open()
    try:
        on_progress(Progress(0, 0, "hash"))
        inputs = hash_inputs(files, place, folder.work, stdin)
        run = _Run(settings, watch, folder, files, inputs, build_identity(settings, watch, inputs, files, place))
        if _taken_up(run, wish):
            with open_scratch(bool(watch.meaning)) as scores:
                _work(run, policy, scores, clock, on_progress)
            if not run.interrupted:
                _finish(run)
        return _result(run)
    except (OSError, Stopped) as error:
        folder.discard()
        if folder.moving:
            raise Stopped(f"{_named(error)}; the outputs are half moved to {place}: run the same clean again to end that") from error
        raise error if isinstance(error, Stopped) else Stopped(f"{_named(error)}; nothing was written to {place}") from error
    finally:
        folder.close()


def _taken_up(run: _Run, wish: FolderOptions) -> bool:
    """Whether work is left to do, after looking at what an earlier run left. Raises UsageError where that stands in the way."""
    folder = run.folder
    if not wish.resume and folder.half_moved():
        raise UsageError(
            f"{folder.place}: an earlier run was cut off while it moved its outputs here; if it was yours, run it again "
            "without --no-resume to end it, else give another folder"
        )
    checkpoint = folder.checkpoint() if wish.resume else None
    if not checkpoint:
        return _begun(run, wish)
    if unlike := list_differences(checkpoint["run"], run.identity):
        words = "; ".join(unlike[:SHOWN])
        raise UsageError(f"{folder.place}: an earlier run was cut off there, and this one is another: {words}; start over with --no-resume")
    if "moving" in checkpoint:
        folder.resume(checkpoint)
        return _done(run, "an earlier run was complete up to its last step, which is done now")
    folder.restore(checkpoint["parts"])
    run.readings.restore(checkpoint["readings"])
    run.books, run.stale = read_totals(checkpoint["books"]), checkpoint["stale"]
    run.before = f"continued after {run.books.outcome.tally.seen:,} rows of an earlier run"
    return True


def _begun(run: _Run, wish: FolderOptions) -> bool:
    """A run from the start, unless an earlier one has done all of it."""
    folder = run.folder
    folder.clear()
    there = folder.occupied()
    if MANIFEST in there:
        old = read_manifest(folder.place / MANIFEST)
        unlike = list_differences(old, run.identity)
        if not unlike and outputs_match(old, folder.place):
            return _done(run, "an earlier run is complete; nothing was written")
        if not wish.overwrite:
            why = unlike[0] if unlike else "its outputs were changed since"
            raise UsageError(f"{folder.place}: holds the result of another run ({why}); give another folder, or --overwrite")
        run.stale = [entry["path"] for entry in old["outputs"]]
    elif there:
        raise UsageError(f"{folder.place}: holds {', '.join(there)} of which no manifest speaks; give another folder")
    return True


def _done(run: _Run, before: str) -> bool:
    """The result is what the manifest in the folder says."""
    said = read_manifest(run.folder.place / MANIFEST)
    run.books.outcome.tally = read_tally(said["tally"])
    unread = said.get("unread", ())
    run.books.outcome.unreadable = [Unreadable(Origin(entry["name"], 0, 0), entry["reason"], entry["detail"]) for entry in unread]
    run.outputs = [Output(entry["path"], entry["rows"]) for entry in said["outputs"]]
    run.duplicates = read_duplicates(Field(said["duplicates"], "duplicates")) if said.get("duplicates") else None
    run.before = before
    return False


def _work(run: _Run, policy: Policy, scores: Path | None, clock: Clock, on_progress: OnProgress) -> None:
    """Every row that no earlier run has done to its fate."""
    settings, files = run.settings, [entry.name for entry in run.inputs]
    parser = build_parser(settings)
    places = {entry.name: entry.place for entry in run.inputs}
    workers = choose_workers(settings, list(places.values()))
    names = {entry.name: entry.output for entry in run.inputs}
    state = {"run": run.identity, "stale": list(run.stale)}
    limits = ReadLimits(row_limit=settings.row_limit, unpack_limit=settings.unpack_limit, readings=run.readings)
    tables = Tables({name: format for name in files if (format := detect_stored_format(name, places[name])) != LINES}, limits)
    pack = Packings({entry.name: entry.wrapping for entry in run.inputs}, tables.formats)
    store = OutputWriter(run.folder, names=names, pack=pack, state=state, clock=clock, places=places, tables=tables)
    source = build_source(settings, run.files, places.get(STDIN), run.readings)
    others = expand_paths(settings, [settings.control]) if settings.control else ()
    control = (settings.control, build_source(settings, others, readings=run.readings)) if settings.control else None
    data = RunData(source, parser)
    sight = run.watch.over(
        data, lambda mark: policy.action(mark) >= Action.QUARANTINE, folder=scores, control=control, on_progress=on_progress
    )
    run.judged, run.similarity = sight.judged, sight.similarity
    run.duplicates, copies = count_copies(settings, policy, data, workers, on_progress)
    sorter = Router(parser, sight.detectors, policy, partial(redact_line, replacement=settings.replacement), copies)
    job = CleanJob(source, sorter, ReasonLines(settings.redact or "none"), pack)
    try:
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


def _finish(run: _Run) -> None:
    """The manifest, and everything into its place."""
    for entry in run.inputs:
        entry.check(run.readings)
    _check_control(run)
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
        "detectors": [{"name": name, "missed_rows": tally.missed_by.get(name, 0)} for name in run.watch.names],
        "control": None,
        "settings_file": relative_path(run.folder.place, run.settings.file),
        "judge": judge_to_dict(run.judged) if run.judged else None,
        "similarity": similarity_to_dict(run.similarity) if run.similarity else None,
        "duplicates": duplicates_to_dict(run.duplicates) if run.duplicates else None,
    }
    run.outputs = [Output(entry["path"], entry["rows"]) for entry in outputs]
    with defer_interrupts():
        run.folder.commit({"run": run.identity}, write_manifest(content), run.stale)


def _check_control(run: _Run) -> None:
    """Raise Stopped if a file of the control is not what was hashed when the run began."""
    for file, sha256 in ((run.identity["meaning"] or {}).get("control") or {}).items():
        try:
            same = run.readings.confirm(file, Path(file)).sha256 == sha256
        except OSError:
            same = False
        if not same:
            raise Stopped(f"{file}: changed or vanished while it was being read; nothing was written")


def _result(run: _Run) -> ScanResult:
    outcome = run.books.outcome
    return ScanResult(
        tally=outcome.tally,
        findings=(),
        unreadable=tuple(outcome.unreadable),
        missed=tuple(outcome.missed),
        files=tuple(run.files),
        rules=run.watch.rules,
        packs=run.watch.packs,
        settings=run.settings.as_mapping(),
        interrupted=run.interrupted,
        fail_on=fail_severity(run.settings),
        baseline=run.watch.used(outcome.tally, whole=not run.interrupted),
        cleaning=Cleaning(str(run.folder.place), tuple(run.outputs), run.before),
        judge=run.judged,
        similarity=run.similarity,
        settings_file=run.settings.file,
        ignored=list_ignored(run.files),
        duplicates=run.duplicates,
    )


def _named(error: OSError | Stopped) -> str:
    if isinstance(error, Stopped):
        return str(error)
    words = error.strerror or str(error)
    return f"{error.filename}: {words}" if error.filename else words
