"""Build the parts of a run from its plan. A table maps the name of each detector to its builder; nothing heavy is imported here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakguard.jobs.build.traits import ChosenTraits
    from leakguard.jobs.guard import Guard, GuardPart
    from leakguard.settings.plan import Plan

OnStage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Means:
    """Arguments of builders: the plan, its traits, and a function that is called with the name of each stage that takes seconds."""

    plan: "Plan"
    traits: "ChosenTraits"
    on_stage: OnStage


def _rules(means: Means) -> "GuardPart | None":
    """Return the detector of rule packs, or None if a preset replaces it."""
    if means.plan.look.preset:
        return None
    from leakguard.jobs.build.rules import build_rules

    return build_rules(means.plan.look, means.traits.ruled)


def _keys(means: Means) -> "GuardPart | None":
    """Return the detector of repeated keys, or None if a preset replaces it, or `select` or `ignore` switches its rule off."""
    from leakguard.detectors.repeated_keys import REPEATED_KEY, RepeatedKeyDetector
    from leakguard.jobs.build.packs import rule_matches
    from leakguard.jobs.guard import GuardPart

    look = means.plan.look
    if look.preset or look.select or any(rule_matches(REPEATED_KEY, name) for name in look.ignore):
        return None
    return GuardPart(detectors=(RepeatedKeyDetector(),), rules=(REPEATED_KEY,))


def _grammar(means: Means) -> "GuardPart | None":
    """Return the detector of the published format filter, if a preset names it."""
    if not means.plan.look.preset:
        return None
    from leakguard.jobs.build.rules import build_preset

    return build_preset(means.plan.look.preset)


def _semantic(means: Means) -> "GuardPart | None":
    """Return the semantic search, if the plan has one."""
    if not means.plan.meaning:
        return None
    from leakguard.jobs.build.rules import build_trait_rules
    from leakguard.jobs.build.semantic import build_semantic

    named = build_trait_rules(means.plan.look, means.traits.ruled, [trait.id for trait in means.traits.described])
    return build_semantic(means.plan.meaning, means.traits.described, named, means.on_stage)


def _judge(means: Means) -> "GuardPart | None":
    """Return the judge, if the plan has one."""
    if not means.plan.judge:
        return None
    from leakguard.jobs.build.judge import build_judge

    return build_judge(means.plan.judge, means.traits).as_part()


DETECTORS: "dict[str, Callable[[Means], GuardPart | None]]" = {
    "rules": _rules,
    "keys": _keys,
    "grammar": _grammar,
    "semantic": _semantic,
    "judge": _judge,
}
"""Builders by the name of their detector. A guard has the parts that are not None, in this order."""


def build_guard(plan: "Plan", on_stage: OnStage = lambda stage: None) -> "Guard":
    """Return the guard for a plan. `on_stage` is called with the name of each part that may take seconds.

    Raises SettingsError, PackError, MissingExtra or UsageError if a part cannot be built or the baseline cannot be read.
    """
    from leakguard.jobs.build.traits import choose_traits
    from leakguard.jobs.guard import Guard
    from leakguard.outputs.baseline import read_baseline

    on_stage("rules")
    means = Means(plan, choose_traits(plan.look.traits), on_stage)
    parts = [part for build in DETECTORS.values() if (part := build(means))]
    guard = Guard(
        detectors=tuple(detector for part in parts for detector in part.detectors),
        learners=tuple(learner for part in parts for learner in part.learners),
        rules={rule.id: rule for part in parts for rule in part.rules},
        packs=tuple(pack for part in parts for pack in part.packs),
        baseline=read_baseline(Path(plan.look.baseline)) if plan.look.baseline else None,
    )
    return replace(guard, detectors=guard.hide_accepted(guard.detectors))
