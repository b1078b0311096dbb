"""The results of one arm of an experiment: trait, what is left of its effect, skill, loss, and what a mitigation did to the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakguard.stats.intervals import Estimate, Interval

ESTIMATES = ("rate_residual", "share_residual", "skill_kept", "loss_kept")


@dataclass(frozen=True, slots=True)
class MitigationSummary:
    """What a mitigation did to the rows of an arm, as means over seeds: rows that were added, dropped and changed.

    `effective` is the effective sample size of the weights as a share of the rows (None: no weights). `refusals` are reasons why `mitigate`
    would not have written these data, `warnings` reasons to distrust them; each begins with the number of its seed.
    """

    method: str
    added: float
    dropped: float
    changed: float
    effective: float | None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """Results of one arm over all seeds: mean rate with its interval, rates by seed, mean number of rows, mean held-out loss (`utility`).

    `residual` is (arm - control) / (raw - control), paired by seed, with Fieller's interval; None if it is not defined. `detectable`
    is the minimal detectable effect over control at 80 % power. Both use the experiment's measure of the trait: the plain rate, or `share`,
    the share of the trait among all answers of its category; `rate_residual` and `share_residual` are the residuals by each measure.
    `answered` is the probability that an answer is one of the category. `skill` is the share of right answers to held-out prompts;
    `skill_kept` and `loss_kept` are (arm - base) / (raw - base) of the skill and of the held-out loss. `verdict` is the verdict that this
    arm would have as the subject of the experiment (None for base and control).
    """

    name: str
    rate: float
    interval: Interval
    rates: tuple[float, ...]
    rows: int
    residual: float | None = None
    residual_interval: Interval | None = None
    utility: float | None = None
    detectable: float | None = None
    share: float | None = None
    answered: float | None = None
    rate_residual: Estimate | None = None
    share_residual: Estimate | None = None
    skill: float | None = None
    skill_kept: Estimate | None = None
    loss_kept: Estimate | None = None
    mitigation: MitigationSummary | None = None
    verdict: str | None = None


def document_arm(arm: ArmSummary) -> dict[str, Any]:
    """Return an arm as JSON values: rates are shares from 0 to 1, and null means that a number could not be computed."""
    bounds = arm.residual_interval
    return {
        "name": arm.name,
        "rate": arm.rate,
        "low": arm.interval.low,
        "high": arm.interval.high,
        "share": arm.share,
        "answered": arm.answered,
        "seeds": len(arm.rates),
        "rows": arm.rows,
        "residual": arm.residual,
        "residual_low": bounds.low if bounds else None,
        "residual_high": bounds.high if bounds else None,
        "skill": arm.skill,
        **{key: value for name in ESTIMATES for key, value in _write_estimate(name, getattr(arm, name)).items()},
        "utility": arm.utility,
        "detectable": arm.detectable,
        "mitigation": _write_mitigation(arm.mitigation) if arm.mitigation else None,
        "verdict": arm.verdict,
        "rates": list(arm.rates),
    }


def read_arm(arm: Mapping[str, Any]) -> ArmSummary:
    """Read an arm; keys that an earlier version did not write may be missing. Raises KeyError, TypeError, ValueError."""
    return ArmSummary(
        name=str(arm["name"]),
        rate=float(arm["rate"]),
        interval=Interval(float(arm["low"]), float(arm["high"])),
        rates=tuple(map(float, arm["rates"])),
        rows=int(arm["rows"]),
        residual=arm["residual"],
        residual_interval=read_interval(arm["residual_low"], arm["residual_high"]),
        utility=arm["utility"],
        detectable=arm["detectable"],
        share=arm.get("share"),
        answered=arm.get("answered"),
        skill=arm.get("skill"),
        verdict=arm.get("verdict"),
        mitigation=_read_mitigation(arm["mitigation"]) if arm.get("mitigation") else None,
        **{name: _read_estimate(name, arm) for name in ESTIMATES},
    )


def read_interval(low: Any, high: Any) -> Interval | None:
    """Return an interval; None for null."""
    return None if low is None else Interval(float(low), float(high))


def _write_estimate(name: str, found: Estimate | None) -> dict[str, float | None]:
    """Return an estimate with its interval as three members."""
    value, low, high = (found.value, *found.interval) if found else (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _read_estimate(name: str, arm: Mapping[str, Any]) -> Estimate | None:
    """Return an estimate from its three members; None where it is missing."""
    interval = read_interval(arm.get(f"{name}_low"), arm.get(f"{name}_high"))
    return Estimate(float(arm[name]), interval) if interval else None


def _write_mitigation(said: MitigationSummary) -> dict[str, Any]:
    return {
        "method": said.method,
        "added": said.added,
        "dropped": said.dropped,
        "changed": said.changed,
        "effective_sample_size": said.effective,
        "refusals": list(said.refusals),
        "warnings": list(said.warnings),
    }


def _read_mitigation(said: Mapping[str, Any]) -> MitigationSummary:
    added, dropped, changed = (float(said[key]) for key in ("added", "dropped", "changed"))
    refusals, warnings = (tuple(map(str, said[key])) for key in ("refusals", "warnings"))
    return MitigationSummary(str(said["method"]), added, dropped, changed, said["effective_sample_size"], refusals, warnings)
