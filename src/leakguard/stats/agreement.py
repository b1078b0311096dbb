"""Agreement of a judge with labels: sensitivity, specificity, Cohen's kappa, calibration and Brier score, with bootstrap intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from leakguard.core.judge_stats import JudgeAccuracy
from leakguard.stats.intervals import Estimate, Interval, wilson
from leakguard.stats.resampling import ROUNDS, Floats, percentile_interval, resample

BINS = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """A labelled example and its verdict: `leaks` is None if undetermined, `share` the judge's own probability (0 to 1) of a leak."""

    label: bool
    leaks: bool | None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Measures of agreement for one rule, with 95 % percentile bootstrap intervals over examples; None if there was no example for it.

    Sensitivity, specificity and kappa are over the examples with a verdict, `undetermined` is the share of examples without one.
    `calibration` is the expected calibration error over ten bins and `brier` the mean squared error of the judge's own
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
    """Measure one rule over its labelled examples, with `rounds` bootstrap samples drawn from `rng`.

    A share of exactly 0 or 1, and a kappa of 1, get Wilson's interval: a bootstrap sees no variation there and would
    claim certainty.
    """
    # Resampled tables of (leaking found, leaking missed, clean accused, clean cleared) are multinomial draws; calibration and Brier
    # score need the single probabilities, so examples themselves are drawn anew.
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
        brier=_resampled(brier_score, truth, share, rng, rounds),
    )


def kappa(cells: Floats) -> Floats:
    """Return Cohen's kappa of tables [..., 4]: leaking found, leaking missed, clean accused, clean cleared; NaN if chance agrees fully.

    J. Cohen, Educational and Psychological Measurement 20 (1960) 37-46.
    """
    total = cells.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = (cells[..., 0] + cells[..., 3]) / total
        leaking, accused = (cells[..., 0] + cells[..., 1]) / total, (cells[..., 0] + cells[..., 2]) / total
        chance = leaking * accused + (1 - leaking) * (1 - accused)
        return cast(Floats, np.where(chance < 1, (observed - chance) / (1 - chance), np.nan))


def calibration_error(truth: Floats, share: Floats) -> float:
    """Return the expected calibration error: the mean gap between claimed and true share over ten equal bins, weighted by size.

    M. P. Naeini, G. F. Cooper and M. Hauskrecht, AAAI 2015. `truth` [n] is 0 or 1, `share` [n] a probability.
    """
    bins = np.minimum((share * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=share - truth, minlength=BINS)
    return float(np.abs(gaps).sum() / len(share))


def brier_score(truth: Floats, share: Floats) -> float:
    """Return the mean squared error of probabilities [n] against 0 or 1 (G. W. Brier, Monthly Weather Review 78 (1950) 1-3)."""
    return float(np.mean((share - truth) ** 2))


def _cells(label: NDArray[np.bool_], said: NDArray[np.bool_]) -> Floats:
    """Return the shares [4] of the cells of `kappa`: found, missed, accused, cleared.

    `label` and `said` are boolean arrays [n]: whether an example leaks, and whether the judge says so.
    """
    counts = np.array([np.sum(label & said), np.sum(label & ~said), np.sum(~label & said), np.sum(~label & ~said)], dtype=np.float64)
    return cast(Floats, counts / counts.sum())


def _rate(right: int, examples: int, good: Floats, bad: Floats) -> Estimate | None:
    if not examples:
        return None
    value = right / examples
    if right in (0, examples):
        return Estimate(value, wilson(right, examples))
    total = good + bad
    return Estimate(value, percentile_interval(good[total > 0] / total[total > 0]))


def _kappa(label: NDArray[np.bool_], said: NDArray[np.bool_], draws: Floats) -> Estimate | None:
    """Return Cohen's kappa with a bootstrap interval over `draws` [rounds, 4]; None without examples, or if chance agrees fully."""
    if not len(label):
        return None
    value = float(kappa(_cells(label, said)))
    if value == 1.0:
        # With full agreement every draw has kappa 1 and the bootstrap interval has no width. Instead the lower bound is kappa at Wilson's
        # lower bound of the agreement, with the chance agreement of the labels.
        chance = float(np.mean(label) ** 2 + np.mean(~label) ** 2)
        return Estimate(value, Interval((wilson(len(label), len(label)).low - chance) / (1 - chance), 1.0))
    drawn = kappa(draws)
    return None if np.isnan(value) else Estimate(value, percentile_interval(drawn[~np.isnan(drawn)]))


def _resampled(
    measure: Callable[[Floats, Floats], float], truth: Floats, share: Floats, rng: np.random.Generator, rounds: int
) -> Estimate | None:
    if not len(share):
        return None
    return Estimate(measure(truth, share), percentile_interval(resample(measure, (truth, share), rng, rounds)))
