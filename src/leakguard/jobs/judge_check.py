"""A judge on trial: asked about labelled examples, it is measured; asked about data that it shall judge, it is priced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from leakguard.core.chat import Unanswered
from leakguard.core.errors import SettingsError, Stopped, UsageError
from leakguard.core.judge_stats import Judged
from leakguard.core.rule import RulePack
from leakguard.detectors.judge.cases import JudgeCase
from leakguard.detectors.judge.dispatch import GROUP, JudgeText, Session
from leakguard.detectors.judge.estimate import CostEstimate, CostEstimator
from leakguard.detectors.judge.selection import digest
from leakguard.jobs.build.detectors import build_guard, build_parser, build_source, fail_severity, find_judge
from leakguard.jobs.build.judge import Judge
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import Prices
from leakguard.outputs.hashed_inputs import spooled
from leakguard.pipeline.passes import fit_learners
from leakguard.readers.files.inputs import STDIN
from leakguard.rulebook.labelled import Labelled, read_labels
from leakguard.settings import Settings
from leakguard.stats.agreement import Agreement, Judgement, measure_agreement
from leakguard.stats.intervals import Estimate as Measure


@dataclass(frozen=True, slots=True)
class JudgeCheck:
    """How a check came out: what was measured of each rule, whom it measured, and the books."""

    model: str
    rubrics: tuple[RulePack, ...]
    by_rule: dict[str, Agreement]
    books: Judged


def measure_judge(settings: Settings, path: str, *, seed: int = 0) -> JudgeCheck:
    """Ask the judge about every labelled example of `path`, canaries among them. Raises UsageError."""
    rows = list(read_labels(path))
    if not rows:
        raise UsageError(f"{path}: there is no labelled example in it")
    named = tuple(dict.fromkeys(row.trait for row in rows if row.trait))
    # A check is not held against an earlier one.
    found = find_judge(replace(settings, traits=settings.traits or named, judge_check=None, judge_minimum=()))
    if not found:
        raise SettingsError("judge check: whom? name a judge with --judge-model")
    surveyor = found.surveyor
    books = Judged(surveyor.bench.asker.model, "all", surveyor.packs)
    rng = np.random.default_rng(seed)
    by_rule = {}
    for case in surveyor.bench.cases:
        about = [row for row in rows if not row.trait or case.trait is None or row.trait == case.trait.id]
        if not about:
            raise UsageError(f"{path}: no example is about {case.id}; add some, or leave the trait out")
        by_rule[case.id] = measure_agreement(_judgements(found, case, about, books), rng=rng)
    if books.failed:
        nothing = [Judgement(row.leaks, None) for row in rows]
        by_rule = {name: measure_agreement(nothing, rng=rng) for name in by_rule}
    books.spent = found.meter.now()
    return JudgeCheck(books.model, surveyor.packs, by_rule, books)


def _judgements(found: Judge, case: JudgeCase, rows: Sequence[Labelled], books: Judged) -> list[Judgement]:
    """The verdicts on these rows; identical texts are asked about once."""
    surveyor = found.surveyor
    texts = list(dict.fromkeys(row.text for row in rows))
    suspects = surveyor.finder.suspects(texts)
    asked = [JudgeText(digest(text), text, suspect) for text, suspect in zip(texts, suspects, strict=True)]
    session = Session(replace(surveyor.bench, cases=(case,)), books, concurrency=surveyor.concurrency, halt=surveyor.halt)
    verdicts: dict[str, tuple[bool | None, float | None]] = {}
    for text, outcome, (said,) in session.judge(_groups(asked)):
        verdicts[text.text] = (None if outcome.missed else case.mark in outcome.marks, None if outcome.missed else said.share)
        books.reasons[outcome.missed] = books.reasons.get(outcome.missed, 0) + 1
    books.reasons.pop("", None)
    books.seen = books.chosen = books.chosen + len(texts)
    return [Judgement(row.leaks, *verdicts[row.text]) for row in rows]


def _groups(texts: Sequence[JudgeText]) -> Iterator[Sequence[JudgeText]]:
    for start in range(0, len(texts), GROUP):
        yield texts[start : start + GROUP]


def find_shortfalls(settings: Settings, trial: JudgeCheck) -> list[str]:
    """A line for each rule and minimum that the check falls short of; the lower bounds of the intervals count."""
    lines = []
    for rule, found in trial.by_rule.items():
        for what, least in settings.judge_minimum:
            estimate: Measure | None = getattr(found, what)
            if estimate is None or estimate.interval.low < least:
                said = "was not measured" if estimate is None else f"is {estimate.interval.low:.3f} at worst"
                lines.append(f"{rule}: {what} {said}, below the minimum of {least:g}")
    return lines


@dataclass(frozen=True, slots=True)
class PriceEstimate:
    """What judging would take, and cost by the prices given (None without)."""

    model: str
    estimate: CostEstimate
    money: float | None


def estimate_cost(settings: Settings, files: Sequence[str], stdin: BinaryIO) -> PriceEstimate:
    """Go through the data as a judge would, and only count; nothing is sent. Raises UsageError, and Stopped if the cache cannot be read."""
    watch = build_guard(settings)
    if not watch.judge:
        raise SettingsError("--dry-run: there is no judge to be priced; name one with --judge-model")
    level = fail_severity(settings)
    bench = watch.judge.surveyor.bench
    choice = watch.judge.within(lambda mark: level is not None and mark.severity >= level).choice
    answers = watch.judge.answers
    estimator = CostEstimator(bench, choice, lambda key: _is_known(answers, key), [])
    parser = build_parser(settings)
    with spooled(files if STDIN in files else (), stdin) as spool:
        fit_learners(build_source(settings, files, spool), parser, watch.detectors, [estimator], limit=settings.limit)
    (found,) = estimator.done
    prices = Prices(**{"prompt": 0.0, "completion": 0.0, **dict(settings.judge_prices)}) if settings.judge_prices else None
    return PriceEstimate(bench.asker.model, found, prices.of(found.prompt, found.completion) if prices else None)


def _is_known(answers: AnswerCache, key: str) -> bool:
    """Whether the cache holds an answer. Raises Stopped if it cannot be read."""
    try:
        return answers.get(key) is not None
    except Unanswered as error:
        raise Stopped(str(error)) from error
