"""Settings become live objects here and nowhere else: detectors, parser, renderers, a finished scan."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from leakguard.core.baseline import NO_VERSION, Baseline, Use
from leakguard.core.errors import SettingsError
from leakguard.core.finding import Mark
from leakguard.core.judging import Judged
from leakguard.core.names import expected
from leakguard.core.policy import APART, MISSED, SEVERITIES, Action, Policy, plain_name
from leakguard.core.ports import Detector, Parser, Source
from leakguard.core.rule import Rule, RulePack, Severity
from leakguard.core.verdict import ScanResult, Tally
from leakguard.detectors import DETECTORS, Means
from leakguard.detectors.accepting import Accepting
from leakguard.detectors.grammar import RULES as FORMAT
from leakguard.detectors.rules.proof import prove
from leakguard.io.baseline import read_baseline
from leakguard.io.formats import format_of
from leakguard.io.inputs import STDIN, find_inputs
from leakguard.io.intake import spooled
from leakguard.io.packs import read_pack, read_packs
from leakguard.io.rows import Rows
from leakguard.io.sources import Files
from leakguard.io.streams import Stream
from leakguard.pipeline.crew import TASK_BYTES
from leakguard.pipeline.scan import Job, Outcome, Progress, Renderer, scan
from leakguard.pipeline.survey import surveyed
from leakguard.reports.jsonl import render
from leakguard.settings import Settings
from leakguard.settings.judging import Judge, judge
from leakguard.settings.selection import chosen, located, matches, narrowed
from leakguard.settings.shelf import shipped

PAPER = "paper-numbers"
MOST_WORKERS = 64
Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Guard:
    """What looks at the data, and the rules and packs that it looks with; a judge looks after the detectors, at what they left open."""

    detectors: tuple[Detector, ...]
    rules: dict[str, Rule]
    packs: tuple[RulePack, ...]
    judge: Judge | None = None
    baseline: Baseline | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of everything that looks."""
        return (*(detector.name for detector in self.detectors), *([self.judge.surveyor.name] if self.judge else ()))

    @property
    def versions(self) -> dict[str, str]:
        """Every rule that looks, and the version of its pack."""
        return dict.fromkeys(self.rules, NO_VERSION) | {rule.id: pack.version for pack in self.packs for rule in pack.rules}

    def accepting(self, detectors: Sequence[Detector]) -> tuple[Detector, ...]:
        """The same detectors, without the findings that the baseline accepts."""
        current = self.baseline.current(self.versions) if self.baseline else {}
        return tuple(Accepting(detector, current) for detector in detectors) if current else tuple(detectors)

    def used(self, tally: Tally, *, whole: bool) -> Use | None:
        """What the baseline did; `whole`: all of the data was looked at, so what was not found is not there."""
        if not self.baseline:
            return None
        unused = self.baseline.unused(self.versions, tally.accepted) if whole else ()
        return Use(self.baseline.file, len(self.baseline.entries), tuple(unused))

    def over(
        self, source: Source, parser: Parser, decides: Callable[[Mark], bool], limit: int | None = None
    ) -> tuple[tuple[Detector, ...], Judged | None]:
        """The detectors once all of the data was surveyed, and the judge's books if there is one.

        `decides` says whether a finding settles what becomes of its row.
        """
        if not self.judge:
            return self.detectors, None
        surveyor = self.judge.within(decides)
        found = surveyed(source, parser, self.detectors, [surveyor], limit=limit)
        return (*self.detectors, *self.accepting(found[len(self.detectors) :])), surveyor.done[-1]


def scanned(
    settings: Settings,
    files: Sequence[str],
    *,
    sinks: Sequence[BinaryIO] = (),
    stdin: BinaryIO | None = None,
    on_progress: Watch,
    renderer: Renderer | None = None,
    watch: Guard | None = None,
) -> ScanResult:
    """Scan the files, and the control if there is one, as the settings say; findings go to every sink as JSON lines, or as rendered.

    `watch` looks, where the caller has built it already. Raises UsageError before anything is read where the settings cannot be met.
    """
    control = find_inputs([settings.control]) if settings.control else []
    if STDIN in control and STDIN in files:
        raise SettingsError("--control: standard input is the data already; give a file")
    parser = Rows(settings.schema, settings.field, ",".join(settings.roles))
    watch = watch or guard(settings)
    level = fail_on(settings)
    renderers = tuple(renderer or render(settings.redact or "none") for _ in sinks)
    compared: Outcome | None = None
    with spooled(files if watch.judge else (), stdin or sys.stdin.buffer) as spool:
        source = source_of(settings, files, spool)
        detectors, judged = watch.over(source, parser, lambda mark: level is not None and mark.severity >= level, settings.limit)
        outcome = _scan(settings, Job(source, parser, detectors, renderers), files, sinks, on_progress)
    if control and not outcome.interrupted:
        source = source_of(settings, control)
        detectors, _ = watch.over(source, parser, lambda mark: level is not None and mark.severity >= level, settings.limit)
        compared = _scan(settings, Job(source, parser, detectors, keep=0), control, (), lambda more: on_progress(_after(outcome, more)))
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
        fail_on=level,
        baseline=watch.used(outcome.tally, whole=not (settings.limit or outcome.interrupted)),
        judge=judged,
    )


def fail_on(settings: Settings) -> Severity | None:
    """The severity from which on findings make the exit code 1; None is never."""
    return None if settings.fail_on == "never" else Severity[settings.fail_on.upper()]


def policy_of(settings: Settings, watch: Guard) -> Policy:
    """The policy that the settings spell out. Raises SettingsError for an entry that names no severity, pack or rule."""
    unknown = [name for name in dict(settings.policy) if name != MISSED and plain_name(name) not in SEVERITIES]
    rules = [*watch.rules.values(), *(_rules_of(read_packs(shipped().values())) if unknown else ())]
    for name in unknown:
        if not any(matches(rule, plain_name(name)) for rule in rules):
            known = [*SEVERITIES, MISSED, *dict.fromkeys(rule.pack for rule in rules), *(rule.id for rule in rules)]
            raise SettingsError(f"--policy: {name!r} is no severity, pack or rule; {expected(plain_name(name), known)}")
    entries = dict(settings.policy)
    missed = entries.pop(MISSED)
    return Policy({name: Action[action.upper()] for name, action in entries.items()}, None if missed == APART else Action[missed.upper()])


def size(files: Sequence[str]) -> int | None:
    """Bytes to read in all, if that can be known before: not of pipes, of packed files, nor of tables, which are counted as JSON."""
    if not all(os.path.isfile(file) and not format_of(file) and _plain(file) for file in files):
        return None
    return sum(os.path.getsize(file) for file in files)


def _after(outcome: Outcome, more: Progress) -> Progress:
    return Progress(outcome.tally.seen + more.rows, outcome.bytes + more.bytes)


def _plain(file: str) -> bool:
    try:
        stream = Stream(file)
    except OSError:
        return False
    stream.close()
    return stream.plain


def _scan(settings: Settings, job: Job, files: Sequence[str], sinks: Sequence[BinaryIO], on_progress: Watch) -> Outcome:
    return scan(job, workers=workers_for(settings, files), sinks=sinks, limit=settings.limit, on_progress=on_progress)


def source_of(settings: Settings, files: Sequence[str], spool: str | None = None) -> Files:
    """The files as a source; `spool` is where standard input was copied to."""
    inline = settings.limit is not None or workers_for(settings, files) == 1
    return Files(tuple(files), row_limit=settings.row_limit, unpack_limit=settings.unpack_limit, inline=inline, spool=spool)


def workers_for(settings: Settings, files: Sequence[str]) -> int:
    """As many as asked for, else one a core; never more than there are tasks to hand out."""
    total = size(files)
    tasks = total // TASK_BYTES + 1 if total is not None else None
    if settings.workers:
        return min(settings.workers, tasks or MOST_WORKERS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, tasks) if tasks else cores


def guard(settings: Settings) -> Guard:
    """The detectors that the settings ask for. Raises PackError, SettingsError, and UsageError for a baseline that cannot be read."""
    watch = _paper(settings) if settings.preset == PAPER else _rules(settings)
    if found := judge(settings):
        rules = {rule.id: rule for rule in found.surveyor.rules}
        watch = replace(watch, rules={**watch.rules, **rules}, packs=(*watch.packs, *found.surveyor.packs), judge=found)
    if not settings.baseline:
        return watch
    watch = replace(watch, baseline=read_baseline(Path(settings.baseline)))
    return replace(watch, detectors=watch.accepting(watch.detectors))


def _rules(settings: Settings) -> Guard:
    """Whole packs are proven, also where only some of their rules are used."""
    packs = chosen(settings)
    detector = prove(packs, DETECTORS["rules"](Means(_rules_of(packs), settings.engine)))
    if settings.select or settings.ignore:
        packs = narrowed(packs, settings)
        detector = DETECTORS["rules"](Means(_rules_of(packs), settings.engine))
    return Guard((detector,), {rule.id: rule for rule in _rules_of(packs)}, packs)


def _rules_of(packs: Sequence[RulePack]) -> tuple[Rule, ...]:
    return tuple(rule for pack in packs for rule in pack.rules)


def _paper(settings: Settings) -> Guard:
    """The published filter and nothing else: its grammar and its numbers."""
    for option, value in (("rules", settings.rules), ("trait", settings.traits), ("select", settings.select), ("ignore", settings.ignore)):
        if value:
            raise SettingsError(f"--preset {PAPER} is the published filter as it is; leave out --{option}")
    pack = read_pack(located([PAPER], shipped())[0])
    return Guard((DETECTORS["grammar"](Means(pack.rules)),), {rule.id: rule for rule in (*FORMAT, *pack.rules)}, (pack,))
