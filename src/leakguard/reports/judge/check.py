"""The measured accuracy of a judge, and the estimated cost of a run (dry run), as JSON and in words."""

from dataclasses import asdict

from leakguard.core.judge_stats import Judged
from leakguard.core.rule import RulePack
from leakguard.detectors.judge.estimate import CostEstimate
from leakguard.documents.judge_check import MEASURES, judge_check_to_dict
from leakguard.reports.judge.stats import describe_cache
from leakguard.reports.kit.json_text import write_json
from leakguard.stats.agreement import Agreement
from leakguard.stats.intervals import Estimate


def check_to_json(model: str, rubrics: tuple[RulePack, ...], by_rule: dict[str, Agreement], statistics: Judged) -> str:
    """Return the accuracy as a JSON document, which the setting judge-check reads."""
    return write_json(judge_check_to_dict(model, rubrics, by_rule, statistics))


def describe_check(model: str, by_rule: dict[str, Agreement], statistics: Judged) -> list[str]:
    """Return the accuracy in words, a line each."""
    lines = [f"Judge {model}: accuracy on {sum(found.examples for found in by_rule.values()):,} labelled examples (95 % intervals):"]
    for rule, found in by_rule.items():
        counts = found.measured
        lines.append(f"  {rule}: {found.examples:,} examples, verdicts on {counts.leaking} leaking and {counts.clean} clean ones")
        lines += [f"    {name:<13}{_format_estimate(getattr(found, name))}" for name in MEASURES]
    lines += [f"  {texts:,} undetermined: {why}" for why, texts in sorted(statistics.reasons.items(), key=lambda entry: -entry[1])]
    canaries = statistics.canaries
    lines.append(
        f"  control questions (canaries): {canaries['right']} right, {canaries['wrong']} wrong, {canaries['unanswered']} unanswered"
    )
    return [*lines, *describe_cache(statistics)]


def _format_estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not measured"
    low, high = estimate.interval
    return f"{estimate.value:.3f} ({low:.3f} to {high:.3f})"


def describe_dry_run(model: str, found: CostEstimate, money: float | None) -> list[str]:
    """Return the estimated cost in words, a line each."""
    lines = [
        f"Dry run: nothing was sent. {model} would judge {found.chosen:,} of {found.seen:,} distinct texts.",
        f"  calls: {found.calls:,}, {found.canaries:,} of them control questions (canaries); {found.remembered:,} more are cached",
        f"  tokens, estimated: {found.prompt:,} prompt and {found.completion:,} completion; at most {found.most:,} prompt",
    ]
    return [
        *lines,
        f"  cost, estimated: {money:.4f}" if money is not None else "  cost: unknown (set judge-prices)",
    ]


def dry_run_to_json(model: str, found: CostEstimate, money: float | None) -> str:
    """Return the estimated cost as a JSON document."""
    return write_json({"schema_version": 1, "dry_run": True, "model": model, **asdict(found), "money": money})
