"""Settings become live objects here and nowhere else: detectors, parser, renderers, a finished scan."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from leakguard.core.errors import SettingsError
from leakguard.core.names import expected
from leakguard.core.policy import APART, MISSED, SEVERITIES, Action, Policy, plain_name
from leakguard.core.ports import Detector
from leakguard.core.rule import Rule, RulePack, Severity
from leakguard.core.verdict import ScanResult
from leakguard.detectors import DETECTORS, Means
from leakguard.detectors.grammar import RULES as FORMAT
from leakguard.detectors.rules.proof import prove
from leakguard.io.inputs import STDIN, find_inputs
from leakguard.io.packs import read_pack, read_packs
from leakguard.io.rows import Rows
from leakguard.io.sources import Files
from leakguard.io.streams import Stream
from leakguard.pipeline.crew import TASK_BYTES
from leakguard.pipeline.scan import Job, Outcome, Progress, scan
from leakguard.reports.jsonl import render
from leakguard.settings import Settings
from leakguard.settings.memory import remembered
from leakguard.settings.selection import chosen, located, matches, narrowed, shipped

PAPER = "paper-numbers"
MOST_WORKERS = 64
Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Guard:
    """What looks at the data, and the rules and packs that it looks with."""

    detectors: tuple[Detector, ...]
    rules: dict[str, Rule]
    packs: tuple[RulePack, ...]


def scanned(settings: Settings, files: Sequence[str], *, sinks: Sequence[BinaryIO], on_progress: Watch) -> ScanResult:
    """Scan the files, and the control if there is one, as the settings say; findings go to every sink as JSON lines.

    Raises UsageError before anything is read where the settings cannot be met.
    """
    control = find_inputs([settings.control]) if settings.control else []
    if STDIN in control and STDIN in files:
        raise SettingsError("--control: standard input is the data already; give a file")
    parser = Rows(settings.schema, settings.field, ",".join(settings.roles))
    watch = guard(settings)
    renderers = tuple(render(settings.redact or "none") for _ in sinks)
    outcome = _scan(settings, Job(_source(settings, files), parser, watch.detectors, renderers), files, sinks, on_progress)
    compared: Outcome | None = None
    if control and not outcome.interrupted:
        job = Job(_source(settings, control), parser, watch.detectors, keep=0)
        compared = _scan(settings, job, control, (), lambda more: on_progress(_after(outcome, more)))
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
        fail_on=fail_on(settings),
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
    """Bytes to read in all, if that can be known before: not of pipes, and not of packed files."""
    if not all(os.path.isfile(file) and _plain(file) for file in files):
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


def _source(settings: Settings, files: Sequence[str]) -> Files:
    inline = settings.limit is not None or workers_for(settings, files) == 1
    return Files(tuple(files), row_limit=settings.row_limit, inline=inline)


def workers_for(settings: Settings, files: Sequence[str]) -> int:
    """As many as asked for, else one a core; never more than there are tasks to hand out."""
    total = size(files)
    tasks = total // TASK_BYTES + 1 if total is not None else None
    if settings.workers:
        return min(settings.workers, tasks or MOST_WORKERS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, tasks) if tasks else cores


def guard(settings: Settings) -> Guard:
    """The detectors that the settings ask for. Raises PackError, SettingsError."""
    return _paper(settings) if settings.preset == PAPER else _rules(settings)


def _rules(settings: Settings) -> Guard:
    """Whole packs are proven, also where only some of their rules are used."""
    memory = remembered()
    packs = chosen(settings, memory)
    detector = DETECTORS["rules"](Means(_rules_of(packs), settings.engine, memory))
    prove(packs, detector, memory, settings.engine)
    if settings.select or settings.ignore:
        packs = narrowed(packs, settings)
        detector = DETECTORS["rules"](Means(_rules_of(packs), settings.engine, memory))
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
