"""One p-value from several statistics that were computed on the same shuffles."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leakguard.leaktests.components import PANEL
from leakguard.stats.permutation import combine_by_logarithms, combine_by_smallest, p_value, rank_extremes

Floats = NDArray[np.floating]


class JointNull:
    """The components of the data and of every shuffle, combined in two steps, each exact under the joint permutation.

    Components that look at all features are combined by the sum of their -log p, which is strong where several of them agree.
    That sum and the panels of the largest features are combined by the smallest p-value, which finds a difference in a few
    features alone.
    """

    def __init__(self, scores: Floats, weights: Mapping[str, float]) -> None:
        """`scores` has shape (components, 1 + rounds), the data first, large is extreme; `weights` names and weighs the components."""
        # Sorted shuffles are kept, to look up the ranks of other labellings later.
        self._panels = np.array([name.endswith(PANEL) for name in weights])
        self._weights = np.array(list(weights.values()))
        self._scores = np.sort(np.asarray(scores, np.float64)[:, 1:], axis=1)
        ranks = np.array([rank_extremes(one) for one in scores])
        sums = combine_by_logarithms(ranks[~self._panels], self._weights[~self._panels])
        self._sums = np.sort(sums[1:])
        self.statistics = combine_by_smallest([rank_extremes(sums), *ranks[self._panels]], [1.0, *self._weights[self._panels]])
        self._smallest = np.sort(self.statistics[1:])
        self.p_value = p_value(-self.statistics)
        self.components = dict(zip(weights, ranks[:, 0].tolist(), strict=True))

    def test(self, scores: Floats) -> NDArray[np.float64]:
        """Return the p-value of each of other labellings of the same rows, whose components are `scores` (components, k)."""
        # The same two steps as for the data, with ranks looked up among the shuffles.
        ranks = np.array([_rank_among(null, one) for null, one in zip(self._scores, scores, strict=True)])
        sums = combine_by_logarithms(ranks[~self._panels], self._weights[~self._panels])
        smallest = combine_by_smallest([_rank_among(self._sums, sums), *ranks[self._panels]], [1.0, *self._weights[self._panels]])
        return np.asarray((1 + np.searchsorted(self._smallest, smallest * (1 + 1e-9), side="right")) / (1 + len(self._smallest)))


def _rank_among(null: Floats, values: Floats) -> NDArray[np.float64]:
    """Return (1 + shuffles at least as large) / (1 + shuffles) for each value; `null` is sorted."""
    return np.asarray((1 + len(null) - np.searchsorted(null, values * (1 - 1e-9), side="left")) / (1 + len(null)))
