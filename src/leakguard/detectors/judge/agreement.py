"""How well a judge agrees with labels: sensitivity, specificity, Cohen's kappa and calibration, with bootstrap intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from leakguard.core.judge_stats import JudgeAccuracy
from leakguard.stats.intervals import Estimate, Interval, wilson

ROUNDS = 2000
BINS = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A labelled example and what became of it: `leaks` is the verdict (None: undetermined), `share` how likely the judge finds a leak."""

    label: bool
    leaks: bool | None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was measured of one rule; intervals are 95 % percentile bootstraps over examples. None where nothing could be measured.

    Sensitivity, specificity and kappa are over the examples with a verdict, `undetermined` is the share of those without.
    `calibration` is the expected calibration error over ten bins, `brier` the mean squared error, both of the judge's own
    probabilities or scores.
    """

    measured: JudgeAccuracy
    examples: int
    undetermined: Estimate
    sensitivity: Estimate | None
    specificity: Estimate | None
    kappa: Estimate | None
    calibration: Estimate | None
    brier: Estimate | None


def measure_agreement(judgements: Sequence[Judgement], *, rng: np.random.Generator, rounds: int = ROUNDS) -> Agreement:
    """Measure one rule over its labelled examples.

    A share that came out as 0 or 1, and a kappa of 1, get Wilson's interval: a bootstrap sees no variation there and would
    claim certainty.
    """
    known = [one for one in judgements if one.leaks is not None]
    label = np.array([one.label for one in known], dtype=bool)
    said = np.array([bool(one.leaks) for one in known], dtype=bool)
    found, cleared = int(np.sum(label & said)), int(np.sum(~label & ~said))
    measured = JudgeAccuracy(int(label.sum()), found, int((~label).sum()), cleared)
    draws = rng.multinomial(max(len(known), 1), _cells(label, said), size=rounds).astype(np.float64) if known else np.zeros((rounds, 4))
    missing = len(judgements) - len(known)
    sure = [one for one in judgements if one.share is not None]
    truth = np.array([one.label for one in sure], dtype=np.float64)
    share = np.array([one.share for one in sure], dtype=np.float64)
    return Agreement(
        measured=measured,
        examples=len(judgements),
        undetermined=Estimate(missing / len(judgements) if judgements else 0.0, wilson(missing, len(judgements))),
        sensitivity=_rate(found, measured.leaking, draws[:, 0], draws[:, 1]),
        specificity=_rate(cleared, measured.clean, draws[:, 3], draws[:, 2]),
        kappa=_kappa(label, said, draws),
        calibration=_resampled(calibration_error, truth, share, rng, rounds),
        brier=_resampled(_brier, truth, share, rng, rounds),
    )


def kappa(cells: Floats) -> Floats:
    """Cohen's kappa of tables (..., 4): leaking found, leaking missed, clean accused, clean cleared; NaN where chance alone agrees.

    J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46.
    """
    total = cells.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = (cells[..., 0] + cells[..., 3]) / total
        leaking, accused = (cells[..., 0] + cells[..., 1]) / total, (cells[..., 0] + cells[..., 2]) / total
        chance = leaking * accused + (1 - leaking) * (1 - accused)
        return cast(Floats, np.where(chance < 1, (observed - chance) / (1 - chance), np.nan))


def calibration_error(truth: Floats, share: Floats) -> float:
    """Expected calibration error: over ten equal bins, the mean gap between what was claimed and what was true, weighted by size."""
    bins = np.minimum((share * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=share - truth, minlength=BINS)
    return float(np.abs(gaps).sum() / len(share))


def _brier(truth: Floats, share: Floats) -> float:
    return float(np.mean((share - truth) ** 2))


def _cells(label: NDArray[np.bool_], said: NDArray[np.bool_]) -> Floats:
    counts = np.array([np.sum(label & said), np.sum(label & ~said), np.sum(~label & said), np.sum(~label & ~said)], dtype=np.float64)
    return cast(Floats, counts / counts.sum())


def _rate(right: int, examples: int, good: Floats, bad: Floats) -> Estimate | None:
    if not examples:
        return None
    value = right / examples
    if right in (0, examples):
        return Estimate(value, wilson(right, examples))
    total = good + bad
    return Estimate(value, _interval(good[total > 0] / total[total > 0]))


def _kappa(label: NDArray[np.bool_], said: NDArray[np.bool_], draws: Floats) -> Estimate | None:
    if not len(label):
        return None
    value = float(kappa(_cells(label, said)))
    if value == 1.0:
        chance = float(np.mean(label) ** 2 + np.mean(~label) ** 2)
        return Estimate(value, Interval((wilson(len(label), len(label)).low - chance) / (1 - chance), 1.0))
    drawn = kappa(draws)
    return None if np.isnan(value) else Estimate(value, _interval(drawn[~np.isnan(drawn)]))


def _resampled(
    measure: Callable[[Floats, Floats], float], truth: Floats, share: Floats, rng: np.random.Generator, rounds: int
) -> Estimate | None:
    if not len(share):
        return None
    picks = rng.integers(0, len(share), size=(rounds, len(share)))
    return Estimate(measure(truth, share), _interval(np.array([measure(truth[pick], share[pick]) for pick in picks])))


def _interval(values: Floats) -> Interval:
    if not len(values):
        return Interval(0.0, 1.0)
    low, high = np.quantile(values, (0.025, 0.975))
    return Interval(float(low), float(high))
