"""The components of the content test: several statistics, each strong against another kind of difference, for many labellings at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leakguard.leaktests.direction import Direction, score_words
from leakguard.leaktests.statistics import SparseScores, expand_ranks, rank_columns, score_columns, spread_waves, take_largest
from leakguard.stats.residuals import Residualiser
from leakguard.text.features.row_features import RowFeatures

Floats = NDArray[np.floating]
DirectedTexts = tuple[Direction, Sequence[str]]
"""A direction, and the completions of the rows."""
LARGEST = 30
"""Features in the panel: the sum of so many largest z^2."""
RANKS = "ranks"
CHUNK = 128
"""Labellings that are scored at once, so that memory does not grow with their number."""


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """A component as a weighted sum of statistics of views: with features weighted by variance (`views`) or not at all (`plain`).

    `ranks` is the weight of the dense summaries. `weight` is that of its -log p among all components.
    """

    views: Mapping[str, float] = field(default_factory=dict)
    plain: Mapping[str, float] = field(default_factory=dict)
    weight: float = 1.0


NUMBER_VIEWS = ("values", "characters", "patterns", "steps", "digits", "places", "relations")
TEXT_VIEWS = ("words", "new words", "syntax", "characters", "shapes", "places", "style")
NUMBER_PLAN = {
    "dense": ComponentPlan({RANKS: 2, "digits": 2, "places": 1, "relations": 1}),
    "all": ComponentPlan(dict.fromkeys((RANKS, *NUMBER_VIEWS), 1)),
}
NUMBER_POWER, TEXT_POWER = 0.5, 0.25
"""Features of a view count by variance to the power of minus this: texts differ in frequent words more than in rare ones."""
TEXT_PLAN = {
    "dense": ComponentPlan(dict.fromkeys((RANKS, "words", "syntax", "style"), 1)),
    "lexical": ComponentPlan({"new words": 1}, {"characters": 1}),
    "all": ComponentPlan(dict.fromkeys((RANKS, *TEXT_VIEWS), 1)),
    "code": ComponentPlan({"calls": 1, "indents": 1}),
}
KERNEL, REFERENCE, PANEL = "kernel", "reference", "panel"
PANEL_WEIGHT = 0.25
"""Of the panel in the minimum of p-values: the other components together count four times as much."""
KERNEL_WEIGHT = 2.0
REFERENCE_WEIGHT = 3.0
_NO_PANEL = {"characters"}
"""Views whose features repeat those of others: words and values are there already."""


class FeatureComponents:
    """The components of one set of features."""

    def __init__(
        self, features: RowFeatures, plan: Mapping[str, ComponentPlan], *, power: float, kernel: bool, texts: DirectedTexts | None
    ) -> None:
        """`power` weighs features by variance, `kernel` adds the MMD under a Gaussian kernel of the dense summaries, `texts` the
        difference along one direction. The panel of largest features always stands last.
        """
        ranks = rank_columns(features.dense)
        self._columns = expand_ranks(ranks)
        self._along = None if texts is None else _follow(texts, self._columns, features.names)
        self._waves = spread_waves(ranks) if kernel else None
        self._views = {name: SparseScores(view) for name, view in features.views.items()}
        self._plan, self._power = plan, power
        more = {KERNEL: KERNEL_WEIGHT * kernel, REFERENCE: REFERENCE_WEIGHT * (texts is not None), PANEL: PANEL_WEIGHT}
        self.weights = {name: one.weight for name, one in plan.items()} | {name: weight for name, weight in more.items() if weight}

    def score(self, residuals: Floats) -> NDArray[np.float64]:
        """Return the components of residual labels, shape (components, k), in the order of `weights`."""
        # Each view is multiplied once; its squares serve all components and the panel.
        averages, plain, largest = {RANKS: score_columns(self._columns, residuals)}, {}, []
        for name, view in self._views.items():
            squares = view.square(residuals)
            averages[name] = view.average(squares, self._power)
            if any(name in one.plain for one in self._plan.values()):
                plain[name] = view.average(squares, 0)
            if name not in _NO_PANEL:
                largest.append(view.list_largest(squares, LARGEST))
        scores = [
            sum(weight * averages[name] for name, weight in one.views.items())
            + sum(weight * plain[name] for name, weight in one.plain.items())
            for one in self._plan.values()
        ]
        if self._waves is not None:
            scores.append(score_columns(self._waves, residuals))
        if self._along is not None:
            scores.append(score_columns(self._along, residuals))
        scores.append(take_largest(np.concatenate(largest), LARGEST).sum(0, dtype=np.float64))
        return np.array(scores)


class ContentStatistic:
    """All components of all features of the rows, as a function of label columns."""

    def __init__(
        self, parts: Mapping[str, FeatureComponents], residualiser: Residualiser, strata: NDArray[np.integer] | None = None
    ) -> None:
        """`parts` maps a kind of features (numbers, text) to their components.

        With `strata` (integers, shape (n,)), rows are compared with those of their own stratum: labels are centred in each.
        """
        self._parts = parts
        self._residualiser = residualiser
        self._strata = np.zeros((0, 0)) if strata is None else np.asarray(np.unique(strata)[:, None] == strata, np.float32)
        self.weights = {f"{kind}: {name}": weight for kind, one in parts.items() for name, weight in one.weights.items()}

    def score(self, labels: Floats) -> NDArray[np.float64]:
        """Return the components of label columns (n, k), shape (components, k)."""
        scores = []
        for start in range(0, labels.shape[1], CHUNK):
            columns = labels[:, start : start + CHUNK]
            residuals = self._residualiser.apply(self._centre(columns))
            scores.append(np.concatenate([part.score(residuals) for part in self._parts.values()]))
        return np.concatenate(scores, axis=1)

    def _centre(self, columns: Floats) -> Floats:
        if not len(self._strata):
            return np.asarray(columns - columns.mean(0))
        means = (self._strata @ columns) / self._strata.sum(1)[:, None]
        return np.asarray(columns - self._strata.T @ means)


def plan_numbers(features: RowFeatures, texts: DirectedTexts | None) -> FeatureComponents:
    """Return the components for lists of numbers."""
    return FeatureComponents(features, NUMBER_PLAN, power=NUMBER_POWER, kernel=True, texts=texts)


def plan_text(features: RowFeatures, texts: DirectedTexts | None) -> FeatureComponents:
    """Return the components for texts."""
    return FeatureComponents(features, TEXT_PLAN, power=TEXT_POWER, kernel=False, texts=texts)


def _follow(texts: DirectedTexts, columns: Floats, names: tuple[str, ...]) -> NDArray[np.float32]:
    """Return the score of each row along the direction, centred, shape (n, 1)."""
    direction, completions = texts
    scores = columns @ direction.list_weights(names) + score_words(direction.words, completions)
    return np.asarray(scores - scores.mean(), np.float32)[:, None]
