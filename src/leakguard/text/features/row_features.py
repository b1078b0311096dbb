"""What is known of every row of two datasets together, before any statistic is computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix


@dataclass(frozen=True, slots=True)
class RowFeatures:
    """Features of n rows: `views` are sparse binary matrices of shape (n, features) by name, `dense` is a float64 array of shape
    (n, len(names)) with one summary of a row per column.
    """

    views: Mapping[str, "csc_matrix"]
    dense: NDArray[np.float64]
    names: tuple[str, ...]
