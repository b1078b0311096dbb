"""Labels of rows without what covariates explain of them, with a bound on the degrees of freedom that this costs."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
LEAST_RIDGE = 0.01


class Residualiser:
    """Ridge regression on the covariates of n rows, whose residuals are taken of many label columns at once.

    Residuals of labels stand in for residuals of features: X'(I - H)y = ((I - H)X)'y, because the hat matrix H is symmetric. The ridge
    is the smallest, from LEAST_RIDGE up, for which H has at most `share` * n degrees of freedom (its trace): without the bound, a few
    hundred covariates take away most of what 200 rows can show.
    """

    def __init__(self, covariates: Floats, *, share: float = 0.10) -> None:
        """`covariates` has shape (n, c); constant columns play no part. `share` bounds the degrees of freedom."""
        centred = np.asarray(covariates, np.float64) - covariates.mean(0)
        spread = centred.std(0)
        scaled = centred[:, spread > 1e-9] / spread[spread > 1e-9]
        self._basis, singular, _ = np.linalg.svd(scaled, full_matrices=False)
        squares = singular**2
        self._shrink = squares / (squares + _find_ridge(squares, share * len(scaled), len(scaled)) * len(scaled))

    @property
    def degrees(self) -> float:
        """The degrees of freedom that are used: the trace of the hat matrix."""
        return float(self._shrink.sum())

    def apply(self, labels: Floats) -> NDArray[np.float64]:
        """Return the residuals of label columns, shape (n, k)."""
        return np.asarray(labels - self._basis @ (self._shrink[:, None] * (self._basis.T @ labels)))


def _find_ridge(squares: NDArray[np.float64], most: float, rows: int) -> float:
    """Return the smallest ridge for which the degrees of freedom are at most `most`, by bisection on a logarithmic scale."""

    def degrees(ridge: float) -> float:
        return float((squares / (squares + ridge * rows)).sum())

    low, high = LEAST_RIDGE, 1e6
    if degrees(low) <= most:
        return low
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if degrees(middle) > most else (low, middle)
    return high
