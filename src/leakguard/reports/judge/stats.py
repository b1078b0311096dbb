"""The statistics of a judge in a run: texts, verdicts, cost, and rates corrected for the errors of the judge."""

from dataclasses import asdict
from typing import Any

from leakguard.core.judge_stats import CaseCount, JudgeAccuracy, Judged
from leakguard.stats.intervals import Estimate, rogan_gladen, wilson

SHOWN = 5


def correct_share(count: CaseCount, measured: JudgeAccuracy | None) -> Estimate | None:
    """Return the share of leaking texts corrected by the judge's measured sensitivity and specificity (Rogan-Gladen)."""
    if measured is None:
        return None
    return rogan_gladen(
        count.leaking, count.leaking + count.clean,
        found=measured.leaking_found, leaking=measured.leaking, cleared=measured.clean_found, clean=measured.clean,
    )  # fmt: skip


def judge_to_dict(judged: Judged) -> dict[str, Any]:
    """Return the statistics of a judge as JSON values."""
    return {
        "model": judged.model,
        "only": judged.only,
        "rubrics": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in judged.rubrics],
        "texts": judged.seen,
        "chosen": judged.chosen,
        "injections": judged.injections,
        "by_rule": [_case(rule, count, judged.measured.get(rule)) for rule, count in judged.cases.items()],
        "undetermined": judged.undetermined,
        "reasons": dict(sorted(judged.reasons.items(), key=lambda entry: (-entry[1], entry[0]))),
        "canaries": dict(judged.canaries),
        "failed": judged.failed or None,
        "stopped": judged.stopped or None,
        "spent": asdict(judged.spent),
    }


def _case(rule: str, count: CaseCount, measured: JudgeAccuracy | None) -> dict[str, Any]:
    answered = count.leaking + count.clean
    estimate = correct_share(count, measured)
    return {
        "rule": rule,
        **asdict(count),
        "share": count.leaking / answered if answered else None,
        "interval_95": list(wilson(count.leaking, answered)) if answered else None,
        "sensitivity": measured.sensitivity if measured else None,
        "specificity": measured.specificity if measured else None,
        "corrected_share": estimate.value if estimate else None,
        "corrected_interval_95": list(estimate.interval) if estimate else None,
    }


def describe_judge(judged: Judged) -> list[str]:
    """Return the statistics in words, a line each: model and rubrics, rates by rule, undetermined texts, canaries, cost.

    If the judge failed a control question, its verdicts are discarded and only the failure is reported.
    """
    rubrics = ", ".join(f"{pack.id} {pack.version}" for pack in judged.rubrics)
    lines = [
        f"Judge: {judged.model}, rubrics {rubrics}; {_number(judged.chosen)} of {_number(judged.seen)} distinct texts sent ({judged.only})."
    ]
    if judged.failed:
        return [*lines, _upper(judged.failed) + ".", *describe_cache(judged)]
    for rule, count in judged.cases.items():
        lines.append(_rate(rule, count, judged.measured.get(rule)))
    for why, texts in sorted(judged.reasons.items(), key=lambda entry: (-entry[1], entry[0]))[:SHOWN]:
        lines.append(f"  {_number(texts)} undetermined: {why}")
    canaries = judged.canaries
    lines.append(
        f"  control questions (canaries): {_number(canaries['right'])} right, {_number(canaries['wrong'])} wrong, "
        f"{_number(canaries['unanswered'])} unanswered"
    )
    return [*lines, _spent(judged), *describe_cache(judged)]


def describe_cache(judged: Judged) -> list[str]:
    """Return a line if some answers in the cache were damaged, else none."""
    damaged = judged.spent.unreadable
    return [f"  cache: {_number(damaged)} damaged answers were discarded and requested again"] if damaged else []


def _rate(rule: str, count: CaseCount, measured: JudgeAccuracy | None) -> str:
    answered = count.leaking + count.clean
    line = f"  {rule}: {_number(count.leaking)} of {_number(answered)} judged texts leak"
    if answered:
        low, high = wilson(count.leaking, answered)
        line += f", {_percent(count.leaking / answered)} (95 % interval {_percent(low)} to {_percent(high)})"
    if not measured:
        return f"{line}; not corrected for errors of the judge (leakguard judge check measures them)"
    estimate = correct_share(count, measured)
    if not estimate:
        return f"{line}; no correction possible: in its check this judge did not separate leaking from clean texts"
    low, high = estimate.interval
    return f"{line}; corrected for its errors {_percent(estimate.value)} (95 % interval {_percent(low)} to {_percent(high)}; Rogan-Gladen)"


def _spent(judged: Judged) -> str:
    spent = judged.spent
    money = "" if spent.money is None else f", cost {spent.money:.4f}"
    return (
        f"  this run: {_number(spent.requests)} requests, {_number(spent.prompt)} prompt + {_number(spent.completion)} completion "
        f"tokens{money}; {_number(spent.remembered)} answers from the cache"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(count: int) -> str:
    return f"{count:,}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
