"""Build a judge: a chat model with rubrics and traits, and what an earlier judge check measured of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.ports import Detector
from leakguard.core.rule import Rule, RulePack
from leakguard.detectors.judge.cases import JudgeClient, build_cases
from leakguard.detectors.judge.fit import JudgeLearner
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.question import QuestionBuilder
from leakguard.detectors.judge.selection import Selection
from leakguard.documents.judge_check import CheckFile, read_judge_check
from leakguard.jobs.build.chat import LOCAL, FakeKnowledge, JudgeModel, build_chat
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.rubrics import choose_rubrics, describe_traits
from leakguard.jobs.build.traits import ChosenTraits
from leakguard.jobs.guard import GuardPart, Hide, OnProgress, RunContext, RunData
from leakguard.pipeline.passes import fit_learners
from leakguard.pipeline.scan import Progress
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import find_injection_pack
from leakguard.settings.plan import JudgePlan


@dataclass(slots=True)
class JudgeProgress:
    """Joins the progress of the judge's pass with the answers of its model: one block of rows may take hours of answers."""

    tell: OnProgress
    last: Progress = field(default_factory=lambda: Progress(0, 0, "judge"))
    answers: int = 0

    def report_rows(self, progress: Progress) -> None:
        """Report rows that were read."""
        self.last = progress
        self.tell(replace(progress, answers=self.answers))

    def report_answers(self, answers: int) -> None:
        """Report how many answers of a model have arrived."""
        self.answers = answers
        self.tell(replace(self.last, answers=answers))


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge: its model, and the learner that is adapted to each run."""

    learner: JudgeLearner
    model: JudgeModel
    reads_control: bool = False

    @property
    def name(self) -> str:
        """The name of its detector."""
        return self.learner.name

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules that it may report."""
        return self.learner.rules

    @property
    def packs(self) -> tuple[RulePack, ...]:
        """Its rubrics and the injection pack."""
        return self.learner.packs

    def learn(self, data: RunData, before: Sequence[Detector], context: RunContext, hide: Hide) -> Detector:
        """Judge the texts, but not those about which an earlier finding decides, if the setting `judge-only` says so."""
        progress = JudgeProgress(context.on_progress)
        selection = replace(self.learner.selection, decides=context.decides)
        learner = replace(self.learner, selection=selection, on_answer=progress.report_answers)
        return fit_learners(data.source, data.parser, before, [learner], limit=data.limit, on_progress=progress.report_rows)[-1]

    def describe(self, control: Mapping[str, str]) -> dict[str, Any]:
        """Return the name of a local model with the hash of its weights; other models are named by the settings."""
        model = self.learner.client.questions.model
        return {"judge_weights": model if model.startswith(LOCAL) else None}

    def as_part(self) -> GuardPart:
        """Return the judge as a part of a guard."""
        return GuardPart(learners=(self,), rules=self.rules, packs=self.packs)


def build_judge(plan: JudgePlan, traits: ChosenTraits, *, environ: Mapping[str, str] = os.environ) -> Judge:
    """Return the judge of a plan; `environ` holds the endpoint's key. Raises SettingsError, PackError, MissingExtra, UsageError."""
    cache = open_pack_cache()
    finder = InjectionFinder(read_pack(find_injection_pack(), cache), cache)
    rubrics = choose_rubrics(plan.rubrics, with_traits=bool(traits.ids))
    model = build_chat(plan, FakeKnowledge(traits.ids, rubrics, finder.pack, cache), environ)
    questions = QuestionBuilder(model.chat.name, model.answers.nonce, plan.certainty)
    client = JudgeClient(model.chat, questions, build_cases(rubrics, describe_traits(traits)), plan.certainty, plan.threshold)
    check = _read_check(plan, client)
    learner = JudgeLearner(
        client,
        finder,
        Selection(plan.only, plan.sample),
        plan.concurrency,
        model.meter.now,
        measured=check.measured if check else {},
        halt=model.halt,
    )
    return Judge(learner, model)


def _read_check(plan: JudgePlan, client: JudgeClient) -> CheckFile | None:
    """Read what a judge check measured. Raises SettingsError if it measured another judge, or accuracy is below the minimum."""
    if not plan.check:
        if plan.minimum:
            raise SettingsError("`judge-minimum`: nothing is measured; run leakguard judge check -o FILE and give `judge-check` FILE")
        return None
    path = Path(plan.check)
    found = read_judge_check(path)
    if found.model != client.questions.model:
        raise SettingsError(f"`judge-check` {path}: it measured {found.model}, and the judge is {client.questions.model}: check this one")
    for case in client.cases:
        if found.rubrics.get(case.rubric.pack) != case.rubric.digest:
            raise SettingsError(f"`judge-check` {path}: it was made with another version of the rubric {case.rubric.id!r}: check again")
        if plan.minimum and case.id not in found.least:
            raise SettingsError(f"`judge-minimum`: {path} has not measured {case.id}: add labelled examples of it")
        for what, least in plan.minimum.items():
            known = found.least[case.id].get(what)
            if known is None or known < least:
                said = "was not measured" if known is None else f"is {known:.3f} at worst (95 %)"
                raise SettingsError(f"`judge-minimum`: the {what} of {case.id} {said}, below {least:g}: this judge is not to be relied on")
    return found
