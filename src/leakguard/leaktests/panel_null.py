"""Units that are exchangeable under the null, pairs or separate ones: their studentised difference, and its joint permutation null."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PIECE = 1 << 22
"""Signs or labels that are held at once."""
_LEAST_ERROR = 1e-9
"""Standard errors below this, in nats, are rounding: log-probabilities of a model differ by more from one machine to another."""


@dataclass(frozen=True, slots=True)
class JointTest:
    """Adjusted p-values of columns, (1 + rounds whose largest statistic is at least as large) / (1 + rounds), and these largest ones."""

    p_values: list[float]
    null: Floats


def find_critical(null: Floats, level: float) -> float:
    """Return the statistic to exceed for a p-value of at most `level` among those of a null; infinite where none is so small."""
    # With k of n at least as large, p = (1 + k) / (1 + n): the statistic must exceed all but k of them.
    allowed = int(level * (1 + len(null)) * (1 + 1e-9)) - 1
    return float(np.sort(null)[len(null) - 1 - allowed]) if 0 <= allowed < len(null) else np.inf


@dataclass(slots=True)
class PairedUnits:
    """Differences data - control of pairs, shape (pairs, columns); under the null, each pair may be swapped."""

    differences: Floats
    difference: Floats = field(init=False)
    error: Floats = field(init=False)

    def __post_init__(self) -> None:
        # Sums of squares do not change under flips, so that a flipped mean is enough for its studentised form.
        self.difference = self.differences.mean(axis=0)
        self.error = np.sqrt(self.differences.var(axis=0, ddof=1) / self.count) if self.count > 1 else np.zeros(len(self.difference))

    @property
    def count(self) -> int:
        """Pairs."""
        return len(self.differences)

    @property
    def smallest(self) -> int:
        """Pairs."""
        return self.count

    @property
    def used(self) -> int:
        """Rows that have a partner."""
        return 2 * self.count

    @property
    def statistic(self) -> Floats:
        """The studentised mean of each column."""
        return _studentise(self.difference, self.error)

    def test(self, columns: NDArray[np.intp], rounds: int, rng: np.random.Generator) -> JointTest:
        """Test each column, adjusted for all of them: max-T over joint sign flips of whole pairs."""
        # A round is a row of signs; one product gives the means of all rounds, and their spread follows from the fixed sum of squares.
        chosen = self.differences[:, columns]
        squares = (chosen**2).sum(axis=0)

        def flip(size: int) -> Floats:
            signs = rng.integers(0, 2, (size, self.count)) * 2.0 - 1.0
            means = signs @ chosen / self.count
            spread = np.maximum(squares / self.count - means**2, 0.0) / max(self.count - 1, 1)
            return _studentise(means, np.sqrt(spread))

        return _adjust(self.statistic[columns], flip, rounds, self.count)


@dataclass(slots=True)
class SeparateUnits:
    """Values of independent units (units, columns), each of the data or of the control; under the null, labels may be shuffled.

    `used` is the number of rows in them.
    """

    values: Floats
    in_data: NDArray[np.bool_]
    used: int
    difference: Floats = field(init=False)
    error: Floats = field(init=False)

    def __post_init__(self) -> None:
        difference, error = self._compare(self.in_data[None, :].astype(np.float64), self.values)
        self.difference, self.error = difference[0], error[0]

    @property
    def count(self) -> int:
        """Units of both datasets."""
        return len(self.values)

    @property
    def smallest(self) -> int:
        """Units of the smaller dataset."""
        return int(min(self.in_data.sum(), (~self.in_data).sum()))

    @property
    def statistic(self) -> Floats:
        """Welch's t of each column."""
        return _studentise(self.difference, self.error)

    def test(self, columns: NDArray[np.intp], rounds: int, rng: np.random.Generator) -> JointTest:
        """Test each column, adjusted for all of them: max-T over joint shuffles of the labels."""
        # A round is a row of shuffled labels, with which all columns are compared.
        chosen = self.values[:, columns]

        def shuffle(size: int) -> Floats:
            labels = rng.permuted(np.tile(self.in_data.astype(np.float64), (size, 1)), axis=1)
            return _studentise(*self._compare(labels, chosen))

        return _adjust(self.statistic[columns], shuffle, rounds, self.count)

    def _compare(self, labels: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Return differences of means and their standard errors, (labellings, columns), for labels 1 and 0 (labellings, units)."""
        # Means and mean squares of each side are products with the labels; values are centred, so that no digits are lost.
        sides = []
        centred = values - values.mean(axis=0)
        for chosen in (labels, 1 - labels):
            many = np.maximum(chosen.sum(axis=1, keepdims=True), 1)
            mean = chosen @ centred / many
            spread = np.maximum(chosen @ centred**2 / many - mean**2, 0.0) / np.maximum(many - 1, 1)
            sides.append((mean, spread))
        return sides[0][0] - sides[1][0], np.sqrt(sides[0][1] + sides[1][1])


def _studentise(difference: Floats, error: Floats) -> Floats:
    """Return difference / error; 0 where both are 0 up to rounding, as for a column that is constant."""
    return np.asarray(difference / np.maximum(error, _LEAST_ERROR))


def _adjust(observed: Floats, draw: Any, rounds: int, units: int) -> JointTest:
    """Compare each observed statistic with the largest of every round.

    `draw(n)` gives the statistics of n rounds, (n, columns); rounds are drawn in pieces, so that memory does not grow with them. What
    cannot be compared (NaN) counts as large, so that it never makes a p-value small.
    """
    largest: list[Floats] = []
    piece = max(1, _PIECE // units)
    for start in range(0, rounds, piece):
        largest.append(draw(min(piece, rounds - start)).max(axis=1))
    null = np.concatenate([np.zeros(0), *largest])
    hits = (~(null[:, None] < observed - 1e-9 * np.abs(observed))).sum(axis=0)
    return JointTest([float(value) for value in (1 + hits) / (1 + rounds)], null)
