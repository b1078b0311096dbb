"""Statistics that compare rows of two labels for many label columns at once.

Each takes residual labels R of shape (n, k), one column per labelling of the rows, and returns one value per column: S = X'R is one
matrix product for all labellings.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leakguard.stats.residuals import standardise
from leakguard.text.features.sparse_views import share_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Floats = NDArray[np.floating]
WAVES = 256
SCALES = (1.0, 0.4)
"""Widths of the kernel, in units of the square root of twice the number of columns."""
LEAST_FREQUENCY = 8
"""Rows that a feature needs to be one of the largest: below, z^2 is far from normal."""
_SEED = 20_250_714
_ROWS = 4_096


def rank_columns(dense: Floats) -> NDArray[np.float64]:
    """Return the columns as ranks in (-0.5, 0.5), ties averaged: outliers and scales of the summaries play no part."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(dense, axis=0) / (len(dense) + 1) - 0.5)


def expand_ranks(ranks: Floats) -> NDArray[np.float32]:
    """Return r, r^2 and |r| of every column, standardised: they differ by location, spread and shape. Constant columns are 0."""
    return np.asarray(standardise(np.column_stack([ranks, ranks**2, np.abs(ranks)])), np.float32)


def spread_waves(ranks: Floats) -> NDArray[np.float32]:
    """Return random Fourier features of a Gaussian kernel of two widths, centred (A. Rahimi and B. Recht, NeurIPS 2007).

    Their directions have a fixed seed, so that the statistic is the same function of the rows in every run.
    """
    # Rows are expanded a block at a time into single precision: at 100,000 rows, all cosines in double precision would take a gigabyte.
    rng = np.random.default_rng(_SEED)
    scaled = standardise(ranks)
    features = np.empty((len(ranks), WAVES * len(SCALES)), np.float32)
    for at, scale in enumerate(SCALES):
        directions = rng.standard_normal((scaled.shape[1], WAVES)) / (scale * np.sqrt(2 * max(int(scaled.any(0).sum()), 1)))
        phases = rng.uniform(0, 2 * np.pi, WAVES)
        for start in range(0, len(ranks), _ROWS):
            rows = slice(start, start + _ROWS)
            features[rows, at * WAVES : (at + 1) * WAVES] = np.cos(scaled[rows] @ directions + phases)
    features -= features.mean(0, dtype=np.float64).astype(np.float32)
    return features


def score_columns(columns: Floats, residuals: Floats) -> NDArray[np.float64]:
    """Return sum_k S_k^2 / sum_k |x_k|^2 over dense columns: the squared distance of two means, a linear MMD."""
    total = float((columns.astype(np.float64) ** 2).sum())
    return np.asarray(((columns.T @ residuals).astype(np.float64) ** 2).sum(0) / max(total, 1e-300))


class SparseScores:
    """The statistics of one sparse binary view, from one product S = X'R with centred X."""

    def __init__(self, view: "csc_matrix") -> None:
        """Take a view of shape (n, features)."""
        # Products run over the transpose in rows, one feature after the other; variances are p(1 - p).
        self._rows = view.shape[0]
        self._transposed = view.T.tocsr()
        self._shares = share_rows(view)
        self._variances = self._shares * (1 - self._shares)
        self._frequent = np.flatnonzero(self._shares * self._rows >= LEAST_FREQUENCY)

    def square(self, residuals: Floats) -> NDArray[np.float32]:
        """Return S_k^2 / n for every feature and column, shape (features, k)."""
        # X is centred here and not in the matrix, which would fill it: (X - 1p')'R = X'R - p(1'R). Everything is done in place.
        sums = np.asarray(self._transposed @ np.asarray(residuals, np.float32), np.float32)
        sums -= self._shares.astype(np.float32)[:, None] * residuals.sum(0, dtype=np.float64).astype(np.float32)
        np.multiply(sums, sums, out=sums)
        sums /= np.float32(self._rows)
        return sums

    def average(self, squares: NDArray[np.float32], power: float = 0.5) -> NDArray[np.float64]:
        """Return sum_k S_k^2 v_k^(-power) / (n sum_k v_k^(1 - power)).

        With power 0, frequent features decide; with 1 (the sum of z^2), rare ones; 0.5 is between the two.
        """
        if not len(self._variances):
            return np.zeros(squares.shape[1])
        weights = self._variances**-power / (self._variances ** (1 - power)).sum()
        return np.asarray(weights.astype(np.float32) @ squares, np.float64)

    def list_squares(self, residuals: Floats) -> NDArray[np.float32]:
        """Return z^2 of every feature and column, shape (features, k)."""
        return np.asarray(self.square(residuals) / self._variances[:, None].astype(np.float32))

    def list_largest(self, squares: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """Return the `count` largest z^2 of every column, in no order; fewer where the view has fewer frequent features."""
        # z^2 is S_k^2 / (n v_k).
        variances = self._variances[self._frequent, None].astype(np.float32)
        return take_largest(np.asarray(squares[self._frequent] / variances, np.float32), count)


def take_largest(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return the `count` largest values of every column, in no order; all, if there are fewer."""
    if len(values) <= count:
        return values
    return np.asarray(np.partition(values, len(values) - count, axis=0)[len(values) - count :])
