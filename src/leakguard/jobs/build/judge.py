"""Build a judge: a chat model with rubrics and traits, and what an earlier judge check measured of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.rule import Rule, RulePack
from leakguard.detectors.judge.cases import JudgeClient, build_cases
from leakguard.detectors.judge.fit import JudgeLearner
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.question import QuestionBuilder
from leakguard.detectors.judge.selection import Selection
from leakguard.documents.judge_check import CheckFile, read_judge_check
from leakguard.jobs.build.chat import LOCAL, FakeKnowledge, JudgeModel, build_chat
from leakguard.jobs.build.rubrics import choose_rubrics, describe_traits
from leakguard.jobs.build.traits import ChosenTraits
from leakguard.jobs.guard import ControlData, GuardPart, PassProgress, RunContext
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import injection_pack
from leakguard.settings.plan import JudgePlan


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge that makes a learner for each run: its model, and the learner that is adapted to the run."""

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

    def make(self, context: RunContext, control: ControlData | None, progress: PassProgress) -> JudgeLearner:
        """Return a learner that judges only texts about which no earlier finding decides, if the setting `judge-only` says so."""
        selection = replace(self.learner.selection, decides=context.decides)
        return replace(self.learner, selection=selection, on_answer=progress.report_answers)

    def describe(self, control: Mapping[str, str]) -> dict[str, Any]:
        """Return the name of a local model with the hash of its weights; other models are named by the settings."""
        model = self.learner.client.questions.model
        return {"judge_weights": model if model.startswith(LOCAL) else None}

    def as_part(self) -> GuardPart:
        """Return the judge as a part of a guard."""
        return GuardPart(learners=(self,), rules=self.rules, packs=self.packs)


def build_judge(plan: JudgePlan, traits: ChosenTraits, *, environ: Mapping[str, str] = os.environ) -> Judge:
    """Return the judge of a plan; `environ` holds the endpoint's key. Raises SettingsError, PackError, MissingExtra, UsageError."""
    finder = InjectionFinder(read_pack(injection_pack()))
    rubrics = choose_rubrics(plan.rubrics, with_traits=bool(traits.ids))
    model = build_chat(plan, FakeKnowledge(traits.ids, rubrics, finder.pack), environ)
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
