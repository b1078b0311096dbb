"""How a judge's check came out, and what a dry run says."""

import json
from dataclasses import asdict

from leakguard.core.judge_stats import Judged
from leakguard.core.rule import RulePack
from leakguard.detectors.judge.estimate import CostEstimate
from leakguard.documents.judge_check import MEASURES, judge_check_to_dict
from leakguard.reports.judge.stats import describe_cache
from leakguard.reports.kit.json_text import write_json
from leakguard.stats.agreement import Agreement
from leakguard.stats.intervals import Estimate


def check_to_json(model: str, rubrics: tuple[RulePack, ...], by_rule: dict[str, Agreement], books: Judged) -> str:
    """The check as JSON, as --judge-check reads it."""
    return write_json(judge_check_to_dict(model, rubrics, by_rule, books))


def describe_check(model: str, by_rule: dict[str, Agreement], books: Judged) -> list[str]:
    """The check for people, a line each."""
    lines = [f"Judge {model}, measured on {sum(found.examples for found in by_rule.values()):,} labelled examples (95 % intervals):"]
    for rule, found in by_rule.items():
        counts = found.measured
        lines.append(f"  {rule}: {found.examples:,} examples, {counts.leaking} leaking and {counts.clean} clean ones with a verdict")
        lines += [f"    {name:<13}{_said(getattr(found, name))}" for name in MEASURES]
    lines += [f"  undetermined: {texts:,}: {why}" for why, texts in sorted(books.reasons.items(), key=lambda entry: -entry[1])]
    canaries = books.canaries
    lines.append(f"  canaries: {canaries['right']} right, {canaries['wrong']} wrong, {canaries['unanswered']} unanswered")
    return [*lines, *describe_cache(books)]


def _said(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not measured"
    low, high = estimate.interval
    return f"{estimate.value:.3f} ({low:.3f} to {high:.3f})"


def describe_dry_run(model: str, found: CostEstimate, money: float | None) -> list[str]:
    """A dry run for people, a line each."""
    lines = [
        f"Dry run: nothing was sent. {model} would judge {found.chosen:,} of {found.seen:,} distinct texts.",
        f"  calls: {found.calls:,}, {found.canaries:,} of them canaries; {found.remembered:,} more are remembered and cost nothing",
        f"  tokens, roughly: {found.prompt:,} to read and {found.completion:,} to write; at most {found.most:,} to read",
    ]
    return [
        *lines,
        f"  money, roughly: {money:.4f}" if money is not None else "  money: unknown without --judge-prices",
    ]


def dry_run_to_json(model: str, found: CostEstimate, money: float | None) -> str:
    """A dry run for machines."""
    return json.dumps({"schema_version": 1, "dry_run": True, "model": model, **asdict(found), "money": money}, indent=2) + "\n"
