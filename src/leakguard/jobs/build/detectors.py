"""Settings become live objects here and nowhere else: detectors, parser, renderers, a finished scan."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leakguard.core.context import NO_CONTEXTS, Contexts
from leakguard.core.errors import SettingsError
from leakguard.core.finding import Mark
from leakguard.core.policy import APART, EXACT, MISSED, NEAR, SEVERITIES, Action, Policy, plain_name
from leakguard.core.results import ScanResult
from leakguard.core.rule import Rule, RulePack, Severity
from leakguard.core.suggest import suggest_names
from leakguard.detectors import DETECTORS, Means
from leakguard.detectors.number_format import RULES as FORMAT
from leakguard.detectors.rules.proof import prove
from leakguard.jobs.build.duplicates import build_counter, duplicate_action
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.packs import choose_packs, locate_packs, matches, select_rules
from leakguard.jobs.build.semantic import build_search, open_scratch
from leakguard.jobs.guard import Fitted, Guard, OnProgress, RunData
from leakguard.outputs.baseline import read_baseline
from leakguard.outputs.hashed_inputs import spool_stdin
from leakguard.pipeline.executor import TASK_BYTES
from leakguard.pipeline.scan import FINDINGS, Job, Progress, Renderer, ScanOutcome, scan
from leakguard.readers.files.format_detection import detect_file_format
from leakguard.readers.files.inputs import STDIN, Inputs, find_inputs, list_ignored, list_readable, list_unread
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.streams import InputStream
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.reports.scan.jsonl import make_renderer
from leakguard.reports.scan.scores import ScoreLines
from leakguard.rulebook.packs import read_pack, read_packs
from leakguard.rulebook.shipped import shipped_packs
from leakguard.settings import WHOLE_ROWS, Settings
from leakguard.settings.columns import map_columns

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates
    from leakguard.jobs.build.judge import Judge
    from leakguard.jobs.duplicate_counter import Counter

PAPER = "paper-numbers"
MOST_WORKERS = 64


def build_parser(settings: Settings) -> RowParser:
    """What reads rows as the settings say. Raises UsageError for names that are not known."""
    return RowParser(settings.schema, settings.field, ",".join(settings.roles), map_columns(settings.map))


def scan_files(
    settings: Settings,
    files: Sequence[str],
    *,
    sinks: Sequence[BinaryIO] = (),
    stdin: BinaryIO | None = None,
    on_progress: OnProgress,
    renderer: Renderer | None = None,
    watch: Guard | None = None,
    scores: BinaryIO | None = None,
    keep: int = FINDINGS,
    readings: Readings | None = None,
) -> ScanResult:
    """Scan the files, and the control if there is one, as the settings say; findings go to every sink as JSON lines, or as rendered.

    `watch` looks, where the caller has built it already; `scores` gets the scores of a search by meaning; `keep` is how many findings of
    each severity the result lists; `readings` notes all that is read of the files. Raises UsageError where the settings cannot be met.
    """
    control: Sequence[str] = expand_paths(settings, [settings.control]) if settings.control else ()
    if STDIN in control and STDIN in files:
        raise SettingsError("--control: standard input is the data already; give a file")
    parser = build_parser(settings)
    watch = watch or build_guard(settings, lambda stage: on_progress(Progress(0, 0, stage)))
    level = fail_severity(settings)
    renderers: tuple[Renderer, ...] = tuple(renderer or make_renderer(settings.redact or "none") for _ in sinks)
    compared: ScanOutcome | None = None
    counter = build_counter(settings)

    def decides(mark: Mark) -> bool:
        return level is not None and mark.severity >= level

    again = [*files, *control] if watch.meaning else files if watch.judge else ()
    with spool_stdin(again, stdin or sys.stdin.buffer) as spool, open_scratch(bool(watch.meaning)) as folder:
        source, other = build_source(settings, files, spool, readings), build_source(settings, control, spool)
        calibrator = (settings.control or "", other) if control else None
        data = RunData(source, parser, settings.limit)
        sight = watch.over(data, decides, folder=folder, control=calibrator, on_progress=on_progress)
        if scores and sight.meaning:
            renderers, sinks = (*renderers, ScoreLines(sight.meaning)), (*sinks, scores)
        job = Job(source, parser, sight.detectors, renderers, keep, counter.printer if counter else None)
        outcome = _scan(settings, job, files, sinks, on_progress, counter=counter)
        if control and not outcome.interrupted:
            then = watch.over(RunData(other, parser, settings.limit), decides, before=sight, on_progress=on_progress)
            job = Job(other, parser, then.detectors, keep=0)
            compared = _scan(settings, job, control, (), lambda more: on_progress(_after(outcome, more)))
    result = _result(settings, files, watch, sight, outcome=outcome, compared=compared)
    if not counter or outcome.interrupted:
        return result
    duplicates = count_duplicates(settings, counter, on_progress)
    return replace(result, duplicates=duplicates, interrupted=result.interrupted or duplicates is None)


def count_duplicates(settings: Settings, counter: "Counter", on_progress: OnProgress) -> "Duplicates | None":
    """The duplicates among the rows that the counter was given, and how many rows of the files of `against` are among them.

    Those files are read here, without detectors, all of their rows. None if that was interrupted.
    """
    from leakguard.jobs.duplicate_counter import Other

    parser = build_parser(settings)
    others: list[Other] = []
    for path in settings.against:
        files = expand_paths(settings, [path])
        source = replace(build_source(settings, files), inline=choose_workers(settings, files) == 1)
        other = Other(path, counter.counting)
        job = Job(source, parser, (), keep=0, printer=counter.printer)
        read = scan(
            job,
            workers=choose_workers(settings, files),
            on_prints=other.store.add,
            on_progress=lambda more: on_progress(replace(more, stage="against")),
        )
        if read.interrupted:
            return None
        other.unseen = read.tally.unreadable
        others.append(other)
    return counter.result(others)


def _result(
    settings: Settings, files: Sequence[str], watch: Guard, sight: Fitted, *, outcome: ScanOutcome, compared: ScanOutcome | None
) -> ScanResult:
    """What reports say about a scan, and about the control's in `compared` if there was one."""
    return ScanResult(
        tally=outcome.tally,
        findings=tuple(outcome.findings),
        unreadable=tuple(outcome.unreadable),
        missed=tuple(outcome.missed),
        files=tuple(files),
        rules=watch.rules,
        packs=watch.packs,
        settings=settings.as_mapping(),
        control=compared.tally if compared else None,
        control_file=settings.control,
        interrupted=outcome.interrupted or bool(compared and compared.interrupted),
        fail_on=fail_severity(settings),
        baseline=watch.used(outcome.tally, whole=not (settings.limit or outcome.interrupted)),
        judge=sight.judged,
        similarity=sight.similarity,
        settings_file=settings.file,
        ignored=list_ignored(files),
    )


def expand_paths(settings: Settings, paths: Sequence[str]) -> Inputs:
    """The files that the paths name, as the settings choose among them. Raises UsageError where there are none."""
    return find_inputs(paths, ignore=settings.ignore_files, follow_links=settings.follow_links)


def fail_severity(settings: Settings) -> Severity | None:
    """The severity from which on findings make the exit code 1; None is never."""
    return None if settings.fail_on == "never" else Severity[settings.fail_on.upper()]


def build_policy(settings: Settings, watch: Guard) -> Policy:
    """The policy that the settings spell out. Raises SettingsError for an entry that names no severity, pack or rule."""
    unknown = [name for name in dict(settings.policy) if name not in WHOLE_ROWS and plain_name(name) not in SEVERITIES]
    rules = [*watch.rules.values(), *(_rules_of(read_packs(shipped_packs().values())) if unknown else ())]
    for name in unknown:
        if not any(matches(rule, plain_name(name)) for rule in rules):
            known = [*SEVERITIES, *WHOLE_ROWS, *dict.fromkeys(rule.pack for rule in rules), *(rule.id for rule in rules)]
            raise SettingsError(f"--policy: {name!r} is no severity, pack or rule; {suggest_names(plain_name(name), known)}")
    missed = dict(settings.policy)[MISSED]
    actions = {name: Action[action.upper()] for name, action in settings.policy if name not in WHOLE_ROWS}
    exact, near = (duplicate_action(settings, name) for name in (EXACT, NEAR))
    return Policy(actions, None if missed == APART else Action[missed.upper()], exact, near)


def measure_inputs(files: Sequence[str]) -> int | None:
    """Bytes to read in all, if that can be known before: not of pipes, of packed files, nor of tables, which are counted as JSON."""
    read = list_readable(files)
    if not all(os.path.isfile(file) and not detect_file_format(file) and _plain(file) for file in read):
        return None
    return sum(os.path.getsize(file) for file in read)


def _after(outcome: ScanOutcome, more: Progress) -> Progress:
    return Progress(outcome.tally.seen + more.rows, outcome.bytes + more.bytes)


def _plain(file: str) -> bool:
    try:
        stream = InputStream(file)
    except OSError:
        return False
    stream.close()
    return stream.plain


def _scan(
    settings: Settings,
    job: Job,
    files: Sequence[str],
    sinks: Sequence[BinaryIO],
    on_progress: OnProgress,
    *,
    counter: "Counter | None" = None,
) -> ScanOutcome:
    prints = {"on_prints": counter.store.add} if counter else {}
    return scan(job, workers=choose_workers(settings, files), sinks=sinks, limit=settings.limit, on_progress=on_progress, **prints)


def build_source(settings: Settings, files: Sequence[str], spool: str | None = None, readings: Readings | None = None) -> FileSource:
    """The files as a source; `spool` is where standard input was copied to, `readings` notes all that is read."""
    inline = settings.limit is not None or choose_workers(settings, files) == 1
    limits = {"row_limit": settings.row_limit, "unpack_limit": settings.unpack_limit}
    return FileSource(tuple(files), inline=inline, spool=spool, readings=readings, unread=list_unread(files), **limits)


def choose_workers(settings: Settings, files: Sequence[str]) -> int:
    """As many as asked for, else one a core; never more than there are tasks to hand out."""
    total = measure_inputs(files)
    tasks = total // TASK_BYTES + 1 if total is not None else None
    if settings.workers:
        return min(settings.workers, tasks or MOST_WORKERS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, tasks) if tasks else cores


def build_guard(settings: Settings, on_stage: Callable[[str], None] = lambda stage: None) -> Guard:
    """The detectors that the settings ask for. `on_stage` is told the name of each part that may take seconds.

    Raises UsageError, also for a baseline that cannot be read.
    """
    on_stage("rules")
    watch = _paper(settings) if settings.preset == PAPER else _rules(settings)
    if similar := build_search(settings, on_stage):
        rules = {one.rule.id: one.rule for one in similar.subjects}
        watch = replace(watch, rules={**watch.rules, **rules}, packs=(*watch.packs, similar.pack), meaning=similar)
    if found := find_judge(settings):
        rules = {rule.id: rule for rule in found.surveyor.rules}
        watch = replace(watch, rules={**watch.rules, **rules}, packs=(*watch.packs, *found.surveyor.packs), judge=found)
    if not settings.baseline:
        return watch
    watch = replace(watch, baseline=read_baseline(Path(settings.baseline)))
    return replace(watch, detectors=watch.accepting(watch.detectors))


def find_judge(settings: Settings) -> "Judge | None":
    """The judge that the settings ask for, or None. Settings of a judge mean nothing without one; silence would pass for a look.

    Raises UsageError.
    """
    if settings.judge_model:
        from leakguard.jobs.build.judge import build_judge

        return build_judge(settings)
    plain = Settings()
    for key in (field.name for field in fields(settings) if field.name.startswith("judge_")):
        if getattr(settings, key) != getattr(plain, key):
            raise SettingsError(f"--{key.replace('_', '-')}: there is no judge; name one with --judge-model")
    return None


def _rules(settings: Settings) -> Guard:
    """Whole packs are proven, also where only some of their rules are used."""
    memory = open_pack_cache()
    packs = choose_packs(settings, memory)
    detector = DETECTORS["rules"](Means(_rules_of(packs), _contexts_of(packs), settings.engine, memory))
    prove(packs, detector, memory, settings.engine)
    if settings.select or settings.ignore:
        packs = select_rules(packs, settings)
        detector = DETECTORS["rules"](Means(_rules_of(packs), _contexts_of(packs), settings.engine, memory))
    return Guard((detector,), {rule.id: rule for rule in _rules_of(packs)}, packs)


def _contexts_of(packs: Sequence[RulePack]) -> Contexts:
    return packs[0].contexts if packs else NO_CONTEXTS


def _rules_of(packs: Sequence[RulePack]) -> tuple[Rule, ...]:
    return tuple(rule for pack in packs for rule in pack.rules)


def _paper(settings: Settings) -> Guard:
    """The published filter and nothing else: its grammar and its numbers."""
    for option, value in (("rules", settings.rules), ("trait", settings.traits), ("select", settings.select), ("ignore", settings.ignore)):
        if value:
            raise SettingsError(f"--preset {PAPER} is the published filter as it is; leave out --{option}")
    pack = read_pack(locate_packs([PAPER], shipped_packs())[0])
    return Guard((DETECTORS["grammar"](Means(pack.rules)),), {rule.id: rule for rule in (*FORMAT, *pack.rules)}, (pack,))
