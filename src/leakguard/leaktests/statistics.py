"""Statistics that compare rows of two labels for many label columns at once.

Each takes residual labels R of shape (n, 1 + rounds), the data's own in column 0, and returns one value per column: S = X'R is one matrix
product for all shuffles.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Floats = NDArray[np.floating]
WAVES = 256
SCALES = (1.0, 0.4)
"""Widths of the kernel, in units of the square root of twice the number of columns."""
_SEED = 20_250_714


def rank_columns(dense: Floats) -> NDArray[np.float64]:
    """Return the columns as ranks in (-0.5, 0.5), ties averaged: outliers and scales of the summaries play no part."""
    from scipy.stats import rankdata

    return np.column_stack([rankdata(column) / (len(dense) + 1) - 0.5 for column in dense.T])


def expand_ranks(ranks: Floats) -> NDArray[np.float32]:
    """Return r, r^2 and |r| of every column, standardised: they differ by location, spread and shape. Constant columns are left out."""
    columns = np.column_stack([ranks, ranks**2, np.abs(ranks)])
    spread = columns.std(0)
    kept = columns[:, spread > 1e-9]
    return np.asarray((kept - kept.mean(0)) / kept.std(0), np.float32)


def score_dense(columns: Floats, residuals: Floats) -> NDArray[np.float64]:
    """Return the mean of squared column sums, sum_k S_k^2 / (n columns): a linear MMD on standardised columns."""
    sums = columns.T @ residuals
    return np.asarray((sums.astype(np.float64) ** 2).sum(0) / (len(columns) * columns.shape[1]))


def sum_features(view: "csc_matrix", residuals: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return S = X'R with centred X, shape (features, columns), and the variances p(1 - p) of the features."""
    share = np.asarray(view.mean(0)).ravel()
    sums = np.asarray(view.T @ residuals, np.float64) - np.outer(share, residuals.sum(0))
    return sums, share * (1 - share)


def score_sparse(sums: NDArray[np.float64], variances: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Return sum_k S_k^2 v_k^(-1/2) / (n sum_k v_k^(1/2)): a mean between the plain sum (frequent features win) and z^2 (rare ones do)."""
    if not len(variances):
        return np.zeros(sums.shape[1])
    roots = np.sqrt(variances)
    return np.asarray((sums**2 / roots[:, None]).sum(0) / (rows * roots.sum()))


def score_largest(squares: NDArray[np.float64], count: int = 30) -> NDArray[np.float64]:
    """Return the sum of the `count` largest z^2 of every column: a few features that differ strongly."""
    count = min(count, len(squares))
    return (
        np.asarray(np.partition(squares, len(squares) - count, axis=0)[len(squares) - count :].sum(0))
        if count
        else np.zeros(squares.shape[1])
    )


def score_kernel(ranks: Floats, residuals: Floats) -> NDArray[np.float64]:
    """Return the squared maximum mean discrepancy under a Gaussian kernel, by random Fourier features (A. Rahimi and B. Recht, 2007).

    The features have a fixed seed, so that the statistic is the same function in every run.
    """
    rng = np.random.default_rng(_SEED)
    spread = ranks.std(0)
    scaled = ranks[:, spread > 1e-9] / spread[spread > 1e-9]
    waves = []
    for scale in SCALES:
        directions = rng.standard_normal((scaled.shape[1], WAVES)) / (scale * np.sqrt(2 * max(scaled.shape[1], 1)))
        waves.append(np.cos(scaled @ directions + rng.uniform(0, 2 * np.pi, WAVES)))
    features = np.column_stack(waves)
    features -= features.mean(0)
    return np.asarray(((features.T @ residuals) ** 2).sum(0) / (features**2).sum())
