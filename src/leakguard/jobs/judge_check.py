"""The judge commands: measure a judge on labelled examples, and estimate what judging data would cost."""

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
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.judge import Judge, build_judge
from leakguard.jobs.build.readers import build_parser, build_source
from leakguard.jobs.build.traits import choose_traits
from leakguard.jobs.scan import decides_at
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import Prices
from leakguard.outputs.hashed_inputs import spool_stdin
from leakguard.pipeline.passes import detect_blocks
from leakguard.pipeline.scan import limit_rows
from leakguard.readers.files.inputs import STDIN
from leakguard.rulebook.labelled import Labelled, read_labels
from leakguard.settings.plan import Plan
from leakguard.stats.agreement import Agreement, Judgement, measure_agreement
from leakguard.stats.intervals import Estimate as Measure


@dataclass(frozen=True, slots=True)
class JudgeCheck:
    """The result of a judge check: the model, its rubrics, the agreement with labels for each rule, and the statistics of the calls."""

    model: str
    rubrics: tuple[RulePack, ...]
    by_rule: dict[str, Agreement]
    books: Judged


def measure_judge(plan: Plan, path: str, *, seed: int = 0) -> JudgeCheck:
    """Ask the judge about every labelled example in `path`, with canaries, and measure how well its verdicts agree with the labels.

    `seed` is that of the bootstrap. Raises SettingsError without a judge, and UsageError if examples cannot be read or a rule has none.
    """
    rows = list(read_labels(path))
    if not rows:
        raise UsageError(f"{path}: there is no labelled example in it")
    if not plan.judge:
        raise SettingsError("judge check: whom? name a judge with `judge-model`")
    named = tuple(dict.fromkeys(row.trait for row in rows if row.trait))
    # The judge is measured anew, whatever an earlier check says.
    plan = plan.changed(traits=plan.look.traits or named, judge_check=None, judge_minimum=())
    assert plan.judge
    judge = build_judge(plan.judge, choose_traits(plan.look.traits))
    counts = Judged(judge.learner.client.questions.model, "all", judge.packs)
    rng = np.random.default_rng(seed)
    by_rule = {}
    for case in judge.learner.client.cases:
        about = [row for row in rows if not row.trait or case.trait is None or row.trait == case.trait.id]
        if not about:
            raise UsageError(f"{path}: no example is about {case.id}; add some, or leave the trait out")
        by_rule[case.id] = measure_agreement(_ask(judge, case, about, counts), rng=rng)
    if counts.failed:
        nothing = [Judgement(row.leaks, None) for row in rows]
        by_rule = {name: measure_agreement(nothing, rng=rng) for name in by_rule}
    counts.spent = judge.model.meter.now()
    return JudgeCheck(counts.model, judge.packs, by_rule, counts)


def _ask(judge: Judge, case: JudgeCase, rows: Sequence[Labelled], counts: Judged) -> list[Judgement]:
    """Return the verdicts on these rows; identical texts are asked about once."""
    learner = judge.learner
    texts = list(dict.fromkeys(row.text for row in rows))
    suspects = learner.finder.suspects(texts)
    asked = [JudgeText(digest(text), text, suspect) for text, suspect in zip(texts, suspects, strict=True)]
    client = replace(learner.client, cases=(case,))
    session = Session(client, counts, concurrency=learner.concurrency, halt=learner.halt)
    verdicts: dict[str, tuple[bool | None, float | None]] = {}
    for text, outcome, (reply,) in session.judge(_groups(asked)):
        verdicts[text.text] = (None if outcome.missed else case.mark in outcome.marks, None if outcome.missed else reply.share)
        counts.reasons[outcome.missed] = counts.reasons.get(outcome.missed, 0) + 1
    counts.reasons.pop("", None)
    counts.seen = counts.chosen = counts.chosen + len(texts)
    return [Judgement(row.leaks, *verdicts[row.text]) for row in rows]


def _groups(texts: Sequence[JudgeText]) -> Iterator[Sequence[JudgeText]]:
    for start in range(0, len(texts), GROUP):
        yield texts[start : start + GROUP]


def find_shortfalls(plan: Plan, check: JudgeCheck) -> list[str]:
    """Return a line for each rule and measure whose lower bound of the interval is below the minimum of the plan."""
    lines = []
    for rule, found in check.by_rule.items():
        for what, least in plan.judge.minimum.items() if plan.judge else ():
            estimate: Measure | None = getattr(found, what)
            if estimate is None or estimate.interval.low < least:
                said = "was not measured" if estimate is None else f"is {estimate.interval.low:.3f} at worst"
                lines.append(f"{rule}: {what} {said}, below the minimum of {least:g}")
    return lines


@dataclass(frozen=True, slots=True)
class PriceEstimate:
    """The estimated cost of judging data with a model; `money` is None if prices are not known."""

    model: str
    estimate: CostEstimate
    money: float | None


def estimate_cost(plan: Plan, files: Sequence[str], stdin: BinaryIO) -> PriceEstimate:
    """Go through the data as a judge would, and count the calls; nothing is sent.

    Raises UsageError if the plan has no judge or cannot be carried out, and Stopped if the answer cache cannot be read.
    """
    guard = build_guard(plan)
    judge = next((learner for learner in guard.learners if isinstance(learner, Judge)), None)
    if not judge:
        raise SettingsError("`dry-run`: there is no judge to be priced; name one with `judge-model`")
    client, answers = judge.learner.client, judge.model.answers
    selection = replace(judge.learner.selection, decides=decides_at(plan.policy.fail_on))
    estimator = CostEstimator(client, selection, lambda key: _is_known(answers, key))
    with spool_stdin(files if STDIN in files else (), stdin) as spool:
        source = build_source(plan.read, files, spool)
        blocks = source.blocks() if plan.read.limit is None else limit_rows(source.blocks(), plan.read.limit)
        batches = detect_blocks(blocks, build_parser(plan.read), guard.detectors, estimator.name, lambda progress: None)
        found = estimator.fit(batches).statistics
    prices = Prices(**plan.judge.prices) if plan.judge and plan.judge.prices else None
    return PriceEstimate(client.questions.model, found, prices.of(found.prompt, found.completion) if prices else None)


def _is_known(answers: AnswerCache, key: str) -> bool:
    """Return whether the cache has an answer. Raises Stopped if it cannot be read."""
    try:
        return answers.get(key) is not None
    except Unanswered as error:
        raise Stopped(str(error)) from error
