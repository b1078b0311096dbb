"""Power: the smallest effect that an experiment could have shown."""

from collections.abc import Sequence
from math import sqrt
from statistics import stdev

from leakguard.stats.intervals import t_quantile

POWER = 0.8


def minimal_detectable_effect(gaps: Sequence[float], level: float = 0.95, power: float = POWER) -> float | None:
    """Return the smallest mean of paired differences that a two-sided t test at 1 - level finds with this power.

    (t(1 - alpha/2) + t(power)) times the standard error of the differences `gaps` (H. S. Bloom, Evaluation Review 19 (1995) 547-556).
    None for fewer than two differences.
    """
    if len(gaps) < 2:
        return None
    freedom = len(gaps) - 1
    return (t_quantile((1 + level) / 2, freedom) + t_quantile(power, freedom)) * stdev(gaps) / sqrt(len(gaps))
