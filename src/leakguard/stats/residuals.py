"""Labels of rows without what covariates explain of them, with a bound on the degrees of freedom that this costs."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
LEAST_RIDGE = 0.01
_SMALLEST = 1e-9


def standardise(columns: Floats) -> NDArray[np.float64]:
    """Return the columns with mean 0 and standard deviation 1. Constant columns are 0, whatever rounding makes of them."""
    centred = np.asarray(columns, np.float64) - columns.mean(0)
    spread = centred.std(0)
    return np.asarray(np.where(spread > _SMALLEST, centred, 0.0) / np.maximum(spread, _SMALLEST))


class Residualiser:
    """Ridge regression on the covariates of n rows, whose residuals are taken of many label columns at once.

    Residuals of labels stand in for residuals of features: X'(I - H)y = ((I - H)X)'y, because the hat matrix H is symmetric. The ridge
    is the smallest, from LEAST_RIDGE up, for which H has at most `share` * n degrees of freedom (its trace): without the bound, a few
    hundred covariates take away most of what 200 rows can show. Residuals of a row depend on the labels of all rows, so rows
    must not be split into training and test rows afterwards.
    """

    def __init__(self, covariates: Floats, *, share: float = 0.10) -> None:
        """`covariates` has shape (n, c); constant columns play no part. `share` bounds the degrees of freedom."""
        # The principal directions come from the smaller of the two products C'C and CC'.
        scaled = standardise(covariates)
        rows = len(scaled)
        if scaled.shape[1] <= rows:
            squares, directions = np.linalg.eigh(scaled.T @ scaled)
            kept = squares > _SMALLEST * max(rows, 1)
            basis = scaled @ (directions[:, kept] / np.sqrt(squares[kept]))
        else:
            squares, basis = np.linalg.eigh(scaled @ scaled.T)
            kept = squares > _SMALLEST * max(rows, 1)
            basis = basis[:, kept]
        squares = squares[kept]
        self._basis = np.asarray(basis, np.float32)
        self._shrink = squares / (squares + _find_ridge(squares, share * rows, rows) * rows)

    @property
    def degrees(self) -> float:
        """The degrees of freedom that are used: the trace of the hat matrix."""
        return float(self._shrink.sum())

    def apply(self, labels: Floats) -> NDArray[np.float32]:
        """Return the residuals of label columns, shape (n, k): y - U diag(s) U'y with the principal directions U of the covariates."""
        columns = np.asarray(labels, np.float32)
        shrunk = np.asarray(self._shrink[:, None], np.float32) * (self._basis.T @ columns)
        return np.asarray(columns - self._basis @ shrunk)


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
