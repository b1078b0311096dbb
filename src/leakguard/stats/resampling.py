"""Bootstrap intervals. What is drawn anew is the independent unit: a student, a question, an example; never a single answer."""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakguard.stats.intervals import Interval, t_interval

ROUNDS = 2000
Floats = NDArray[np.float64]


def percentile_interval(values: Floats, bounds: tuple[float, float] = (0.025, 0.975)) -> Interval:
    """Return the interval between two quantiles (`bounds`) of resampled statistics [rounds]; 0 to 1 if there are none.

    B. Efron, Annals of Statistics 7 (1979) 1-26.
    """
    if not len(values):
        return Interval(0.0, 1.0)
    low, high = np.quantile(values, bounds)
    return Interval(float(low), float(high))


def resample(statistic: Callable[[Floats, Floats], float], pairs: tuple[Floats, Floats], rng: np.random.Generator, rounds: int) -> Floats:
    """Return the statistic of `rounds` bootstrap samples of paired values ([n], [n]): pairs are drawn with replacement."""
    left, right = pairs
    picks = rng.integers(0, len(left), size=(rounds, len(left)))
    return np.array([statistic(left[pick], right[pick]) for pick in picks])


def bootstrap_interval(table: Any, level: float = 0.95, rounds: int = ROUNDS) -> Interval:
    """Return a bootstrap interval of the mean of a table [seeds, questions] in which both seeds and questions are drawn anew.

    All seeds are asked the same questions, so one draw of questions serves all seeds (crossed, not nested: A. B. Owen, Annals of
    Applied Statistics 1 (2007) 386-411, the pigeonhole bootstrap). The draws are the same in every call.
    """
    table = np.asarray(table, dtype=float)
    rng = np.random.Generator(np.random.Philox(key=20250714))
    # How often each seed and each question is drawn, as weights: a resampled mean is then a product of matrices.
    seeds, questions = (rng.multinomial(count, [1 / count] * count, size=rounds) / count for count in table.shape)
    return percentile_interval(((seeds @ table) * questions).sum(axis=1), ((1 - level) / 2, (1 + level) / 2))


def rate_interval(table: Sequence[Sequence[float]], level: float = 0.95) -> Interval:
    """Return an interval within 0 to 1 for the mean of a table of probabilities [seeds, questions].

    On each side the wider of Student's t interval over seeds and the bootstrap over seeds and questions: a bootstrap of few seeds is
    too narrow, and the t interval does not see the variation between questions.
    """
    both, seeds = bootstrap_interval(table, level), t_interval([fmean(row) for row in table], level)
    low, high = (min(both.low, seeds.low), max(both.high, seeds.high)) if seeds else both
    return Interval(max(0.0, low), min(1.0, high))
