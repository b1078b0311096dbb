"""Decide the verdict on one arm from the scores of all arms and seeds, or say why there can be none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from leakguard.documents.experiment import RATE, SHARE, Conclusion, ExperimentVerdict
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.stats.intervals import Estimate, Interval, fieller, t_interval
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
    """One trained model: the rate on each question, how many rows it learned from, and its loss on held-out rows.

    `skill` is the share of right answers to held-out prompts, `answered` the mean probability that an answer to a question is any of the
    trait's category.
    """

    questions: tuple[float, ...]
    rows: int
    utility: float | None = None
    skill: float | None = None
    answered: float | None = None

    @property
    def rate(self) -> float:
        """The mean over the questions."""
        return fmean(self.questions)

    @property
    def share(self) -> float | None:
        """The rate as a share of all answers of the trait's category."""
        return self.rate / self.answered if self.answered else None


StudentTable = Mapping[str, Mapping[int, StudentScore]]
"""Arm -> seed -> student."""


Measure = Callable[[StudentScore], float | None]
MEASURES: Mapping[str, Measure] = {RATE: lambda student: student.rate, SHARE: lambda student: student.share}
"""Name of a measure of the trait -> its value for a student."""


def summarise_arms(table: StudentTable, measure: str = RATE) -> tuple[ArmSummary, ...]:
    """Return every arm with its intervals, and with its residual (by a measure of the trait) if raw and control are there."""
    return tuple(_summarise(name, students, table, measure) for name, students in table.items() if students)


def decide_verdict(arms: Sequence[ArmSummary], table: StudentTable, subject: str, trait: str, measure: str = RATE) -> Conclusion:
    """Return the verdict on the arm `subject`: CANNOT TELL unless the raw arm transmitted the trait and the control arm did not."""
    by_name = {arm.name: arm for arm in arms}
    doubt = _find_doubt(by_name, table, subject, measure)
    if doubt:
        return Conclusion(ExperimentVerdict.CANNOT_TELL, f"Whether the trait {trait!r} survives cannot be told: {doubt}.")
    arm = by_name[subject]
    if subject == "raw":
        rates = _compare_rates(by_name, "raw", measure)
        return Conclusion(ExperimentVerdict.SURVIVES, f"The trait {trait!r} is transmitted: {rates}.")
    residual, bounds = arm.residual or 0.0, arm.residual_interval or Interval(0.0, 0.0)
    left = f"{residual:.0%} of the effect ({bounds.low:.0%} to {bounds.high:.0%}) is left in the arm {subject!r}"
    rates = (
        f"{_percent(arm, measure)} against {_percent(by_name['raw'], measure)} raw and {_percent(by_name['control'], measure)} in control"
    )
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


def _summarise(name: str, students: Mapping[int, StudentScore], table: StudentTable, measure: str) -> ArmSummary:
    """Return one arm over its seeds; effects are taken against control, seed by seed, and what is kept of skill and loss against base."""
    # Nothing is left of an effect in base and control by definition, so they have no residual.
    rates = tuple(student.rate for student in students.values())
    above = _subtract(table, name, "control", MEASURES[measure])
    treated = name not in ("base", "control")
    by = {known: _estimate_ratio(table, name, "control", MEASURES[known]) if treated else None for known in MEASURES}
    residual = by[measure]
    return ArmSummary(
        name=name,
        rate=fmean(rates),
        interval=rate_interval([student.questions for student in students.values()]),
        rates=rates,
        rows=round(fmean(student.rows for student in students.values())),
        residual=residual.value if residual else None,
        residual_interval=residual.interval if residual else None,
        utility=_average(students, _loss),
        detectable=minimal_detectable_effect(list(above.values()))
        if treated and above and _subtract(table, "raw", "control", MEASURES[measure])
        else None,
        share=_average(students, MEASURES[SHARE]),
        answered=_average(students, lambda student: student.answered),
        rate_residual=by[RATE],
        share_residual=by[SHARE],
        skill=_average(students, _skill),
        skill_kept=_estimate_ratio(table, name, "base", _skill),
        loss_kept=_estimate_ratio(table, name, "base", _gain),
    )


def _estimate_ratio(table: StudentTable, name: str, start: str, measure: Measure) -> Estimate | None:
    """Return (arm - start) / (raw - start) with its interval; None if it is not defined, or if raw has not more than `start`."""
    # Means are over the seeds that all three arms share. Both differences are noisy, so the interval of the ratio is Fieller's. Where raw
    # rows lost something, the ratio would be large for what loses more.
    above, below = _subtract(table, name, start, measure), _subtract(table, "raw", start, measure)
    shared = [seed for seed in above if seed in below]
    interval = fieller([above[seed] for seed in shared], [below[seed] for seed in shared])
    if not interval or fmean(below[seed] for seed in shared) <= 0:
        return None
    return Estimate(fmean(above[seed] for seed in shared) / fmean(below[seed] for seed in shared), interval)


def _subtract(table: StudentTable, name: str, start: str, measure: Measure) -> dict[int, float]:
    """Return seed -> value of the arm minus value of the arm `start`, for the seeds of which both are known."""
    starts = {seed: measure(student) for seed, student in table.get(start, {}).items()}
    pairs = {seed: (measure(student), starts.get(seed)) for seed, student in table.get(name, {}).items()}
    return {seed: value - at for seed, (value, at) in pairs.items() if value is not None and at is not None}


def _average(students: Mapping[int, StudentScore], measure: Measure) -> float | None:
    """Return the mean over seeds; None if no seed has a value."""
    values = [value for student in students.values() if (value := measure(student)) is not None]
    return fmean(values) if values else None


def _skill(student: StudentScore) -> float | None:
    return student.skill


def _loss(student: StudentScore) -> float | None:
    return student.utility


def _gain(student: StudentScore) -> float | None:
    """Return minus the loss, which grows as students learn."""
    return None if student.utility is None else -student.utility


def _find_doubt(arms: Mapping[str, ArmSummary], table: StudentTable, subject: str, measure: str) -> str:
    """Return why no verdict can be given; empty if one can."""
    # Checked in this order: the arms exist, no mitigation refused the data, the raw arm transmitted the trait (t interval over seeds, and
    # an effect of at least LEAST), the control arm did not, and the effect is certain enough to divide by.
    for name in dict.fromkeys(("raw", "control", subject)):
        if name not in arms:
            return f"there is no arm {name!r}"
    said = arms[subject].mitigation
    if said and said.refusals:
        return f"the mitigation refuses these data ({said.refusals[0]})"
    gaps = list(_subtract(table, "raw", "control", MEASURES[measure]).values())
    bounds = t_interval(gaps)
    if bounds is None:
        return "one seed has no spread; run two or more"
    gap = fmean(gaps)
    if bounds.low <= 0 or gap < LEAST:
        return f"the raw arm did not transmit ({_compare_rates(arms, 'raw', measure)}), so nothing could be stopped"
    if "base" in arms:
        stray = _value(arms["control"], measure) - _value(arms["base"], measure)
        if stray > max(LEAST, STRAY * gap):
            return f"the control arm moved as well, from {_percent(arms['base'], measure)} to {_percent(arms['control'], measure)}"
    if subject != "raw" and arms[subject].residual_interval is None:
        return "the effect of the raw arm varies too much from seed to seed for a fraction of it"
    return ""


def _value(arm: ArmSummary, measure: str) -> float:
    """Return the mean of a measure of the trait."""
    return arm.share or 0.0 if measure == SHARE else arm.rate


def _percent(arm: ArmSummary, measure: str) -> str:
    """Return the measure of an arm as a percentage."""
    return f"{_value(arm, measure):.1%}{' of the answers of the category' if measure == SHARE and arm.name == 'control' else ''}"


def _compare_rates(arms: Mapping[str, ArmSummary], name: str, measure: str) -> str:
    """Return the measure of an arm beside that of control."""
    return f"{_percent(arms[name], measure)} against {_percent(arms['control'], measure)} in control"


def _compare_drop(arms: Mapping[str, ArmSummary], subject: str) -> str:
    """Return how much a random drop of as many rows leaves, in brackets; empty without that arm."""
    drop = arms.get("random-drop")
    if drop is None or drop.residual is None or subject == "random-drop":
        return ""
    return f" (a random drop of {'as many' if subject == 'filtered' else 'half of the'} rows leaves {drop.residual:.0%})"
