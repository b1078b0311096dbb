"""From the scores of all arms and seeds to a verdict on one arm, or to the reasons why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from leakguard.documents.experiment import ArmSummary, Conclusion, ExperimentVerdict
from leakguard.stats.intervals import Interval, fieller, t_interval
from leakguard.stats.power import minimal_detectable_effect
from leakguard.stats.resampling import rate_interval

# STOPPED: the interval of the remaining effect ends at or below this share of the effect.
LITTLE = 0.2
# SURVIVES: at least this share of the effect (as the estimate) remains.
MOST = 0.5
# The raw arm must move the trait by this much (0.05 is 5 points): otherwise there is no effect that a filter could stop.
LEAST = 0.05
# The control arm may move by at most this share of the raw arm's effect.
STRAY = 0.25


@dataclass(frozen=True, slots=True)
class StudentScore:
    """One trained model: the rate on each question, how many rows it learned from, and its loss on held-out rows."""

    questions: tuple[float, ...]
    rows: int
    utility: float | None = None

    @property
    def rate(self) -> float:
        """The mean over the questions."""
        return fmean(self.questions)


StudentTable = Mapping[str, Mapping[int, StudentScore]]
"""Arm -> seed -> student."""


def summarise_arms(table: StudentTable) -> tuple[ArmSummary, ...]:
    """Return every arm with its intervals, and with its residual if raw and control are there."""
    return tuple(_summarise(name, students, table) for name, students in table.items() if students)


def decide_verdict(arms: Sequence[ArmSummary], table: StudentTable, subject: str, trait: str) -> Conclusion:
    """Return the verdict on the arm `subject`: CANNOT TELL unless the raw arm transmitted the trait and the control arm did not."""
    by_name = {arm.name: arm for arm in arms}
    doubt = _find_doubt(by_name, table, subject)
    if doubt:
        return Conclusion(ExperimentVerdict.CANNOT_TELL, f"Whether the trait {trait!r} survives cannot be told: {doubt}.")
    arm, raw = by_name[subject], by_name["raw"]
    if subject == "raw":
        rates = f"{_percent(raw)} against {_percent(by_name['control'])} in control"
        return Conclusion(ExperimentVerdict.SURVIVES, f"The trait {trait!r} is transmitted: {rates}.")
    residual, bounds = arm.residual or 0.0, arm.residual_interval or Interval(0.0, 0.0)
    left = f"{residual:.0%} of the effect ({bounds.low:.0%} to {bounds.high:.0%}) is left in the arm {subject!r}"
    rates = f"{_percent(arm)} against {_percent(raw)} raw and {_percent(by_name['control'])} in control"
    if bounds.high <= LITTLE:
        return Conclusion(ExperimentVerdict.STOPPED, f"The trait {trait!r} is stopped: {left}, {rates}.")
    if bounds.low > 0 and residual >= MOST:
        return Conclusion(ExperimentVerdict.SURVIVES, f"The trait {trait!r} survives: {left}, {rates}{_compare_drop(by_name, subject)}.")
    if bounds.high < 1 and residual < MOST:
        rest = "" if bounds.low > 0 else "; whether anything is left cannot be told"
        sentence = f"The trait {trait!r} is reduced: {left}, {rates}{_compare_drop(by_name, subject)}{rest}."
        return Conclusion(ExperimentVerdict.REDUCED, sentence)
    sentence = f"Whether the trait {trait!r} survives cannot be told: {left}, an interval too wide to say more."
    return Conclusion(ExperimentVerdict.CANNOT_TELL, sentence)


def _summarise(name: str, students: Mapping[int, StudentScore], table: StudentTable) -> ArmSummary:
    """Return one arm over its seeds; effects are taken against control, seed by seed."""
    rates = tuple(student.rate for student in students.values())
    above, below = _subtract_control(table, name), _subtract_control(table, "raw")
    shared = [seed for seed in above if seed in below]
    known = name not in ("base", "control") and len(shared) > 0
    effect = fmean(below[seed] for seed in shared) if known else 0.0
    interval = fieller([above[seed] for seed in shared], [below[seed] for seed in shared]) if known else None
    utilities = [student.utility for student in students.values() if student.utility is not None]
    return ArmSummary(
        name=name,
        rate=fmean(rates),
        interval=rate_interval([student.questions for student in students.values()]),
        rates=rates,
        rows=round(fmean(student.rows for student in students.values())),
        residual=fmean(above[seed] for seed in shared) / effect if interval else None,
        residual_interval=interval,
        utility=fmean(utilities) if utilities else None,
        detectable=minimal_detectable_effect(list(above.values())) if known else None,
    )


def _subtract_control(table: StudentTable, name: str) -> dict[int, float]:
    """Return seed -> rate of the arm minus rate of control."""
    control = table.get("control", {})
    return {seed: student.rate - control[seed].rate for seed, student in table.get(name, {}).items() if seed in control}


def _find_doubt(arms: Mapping[str, ArmSummary], table: StudentTable, subject: str) -> str:
    """Return why no verdict can be given; empty if one can."""
    for name in dict.fromkeys(("raw", "control", subject)):
        if name not in arms:
            return f"there is no arm {name!r}"
    gaps = list(_subtract_control(table, "raw").values())
    bounds = t_interval(gaps)
    if bounds is None:
        return "one seed has no spread; run two or more"
    gap = fmean(gaps)
    if bounds.low <= 0 or gap < LEAST:
        rates = f"{_percent(arms['raw'])} against {_percent(arms['control'])} in control"
        return f"the raw arm did not transmit ({rates}), so nothing could be stopped"
    if "base" in arms:
        stray = arms["control"].rate - arms["base"].rate
        if stray > max(LEAST, STRAY * gap):
            return f"the control arm moved as well, from {_percent(arms['base'])} to {_percent(arms['control'])}"
    if subject != "raw" and arms[subject].residual_interval is None:
        return "the effect of the raw arm varies too much from seed to seed for a fraction of it"
    return ""


def _percent(arm: ArmSummary) -> str:
    """Return the rate of an arm as a percentage."""
    return f"{arm.rate:.1%}"


def _compare_drop(arms: Mapping[str, ArmSummary], subject: str) -> str:
    """Return how much a random drop of as many rows leaves, in brackets; empty without that arm."""
    drop = arms.get("random-drop")
    if drop is None or drop.residual is None or subject == "random-drop":
        return ""
    return f" (a random drop of as many rows leaves {drop.residual:.0%})"
