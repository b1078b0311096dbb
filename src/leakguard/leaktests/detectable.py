"""The smallest difference that a test of these rows would have found: labels are simulated, rows are not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leakguard.core.audit import ContentSettings, DetectableEffect, scale_rows
from leakguard.leaktests.statistics import expand_ranks, rank_columns
from leakguard.stats.auroc import rate_auroc
from leakguard.text.features.row_features import RowFeatures
from leakguard.text.features.sparse_views import share_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

Floats = NDArray[np.floating]
Rejects = Callable[[Floats], NDArray[np.bool_]]
"""Which of several labellings of the rows (n, k) the test would call different, shape (k,)."""
RARE, COMMON = 0.05, 0.30
WEAKEST, STRONGEST = 0.02, 8.0
"""Slopes of the logistic model that are tried, per standard deviation of the score."""
STEPS = 5
_SEED = 20_250_715
_RARE_VIEWS, _COMMON_VIEWS = ("values", "words"), ("digits", "syntax")


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated: the rows of data and of control, and the cluster of each row, if there are any."""

    sizes: tuple[int, int]
    clusters: NDArray[np.int64] | None
    rng: np.random.Generator


def describe_directions(features: Sequence[RowFeatures]) -> dict[str, NDArray[np.float64]]:
    """Return scores of rows (n,), by the kind of difference that a tilt along them makes: from a single feature to all of them."""
    # Directions are drawn with a fixed seed: the same rows have the same minimal detectable effect whatever the seed of the test.
    rng = np.random.default_rng(_SEED)
    views = {name: view for one in features for name, view in one.views.items() if view.shape[1]}
    directions: dict[str, NDArray[np.float64] | None] = {
        "one feature of about 5 % of the rows": _pick_feature(views, _RARE_VIEWS, RARE),
        "one feature of about 30 % of the rows": _pick_feature(views, _COMMON_VIEWS, COMMON),
    }
    dense = np.column_stack([expand_ranks(rank_columns(one.dense)) for one in features])
    directions["many summaries of a row, a little each"] = np.asarray(dense @ rng.standard_normal(dense.shape[1]), np.float64)
    total = np.zeros(len(dense))
    for view in views.values():
        share = share_rows(view)
        part = view @ (rng.standard_normal(len(share)) / np.sqrt(share * (1 - share)))
        total += _scale(part)
    directions["all features, a little each"] = total
    return {name: _scale(score) for name, score in directions.items() if score is not None and score.std() > 0}


def find_detectable(
    kind: str, score: NDArray[np.float64], rejects: Rejects, simulation: Simulation, settings: ContentSettings
) -> DetectableEffect:
    """Return the smallest AUROC of a tilt along the score that is found with probability `settings.power`.

    Labels are drawn as Bernoulli(sigmoid(slope * score + offset)) for the rows at hand, and go through the test as shuffles do. The
    slope is bisected on a logarithmic scale with the same random numbers at every step.
    """
    scores = score if simulation.clusters is None else _average(score, simulation.clusters)
    members = np.arange(len(score)) if simulation.clusters is None else simulation.clusters
    draws = simulation.rng.random((int(members.max()) + 1, settings.simulations))[members]
    offset = float(np.log(simulation.sizes[0] / simulation.sizes[1]))
    found: dict[float, float] = {}

    def tilt(slope: float) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-(slope * scores + offset))))

    def find(slope: float) -> bool:
        labels = np.where(draws < tilt(slope)[:, None], 1.0, -1.0).astype(np.float32)
        found[slope] = float(rejects(labels).mean())
        return found[slope] >= settings.power

    least = None
    if find(STRONGEST):
        low, high = WEAKEST, STRONGEST
        for _ in range(STEPS):
            middle = sqrt(low * high)
            low, high = (low, middle) if find(middle) else (middle, high)
        least = rate_auroc(score, tilt(sqrt(low * high)))
    tried = tuple((rate_auroc(score, tilt(slope)), share) for slope, share in sorted(found.items()))
    rows = None if least is None else ceil(scale_rows(least, settings.tolerance, simulation.sizes))
    return DetectableEffect(kind, least, rows, tried)


def _pick_feature(views: Mapping[str, "csc_matrix"], names: Sequence[str], share: float) -> NDArray[np.float64] | None:
    """Return the feature of the first of the views whose frequency is nearest to the share; None without such a view."""
    for name in names:
        view = views.get(name)
        if view is not None:
            # One column of the sparse matrix, as 0 and 1 for every row.
            return np.asarray(view[:, [int(np.abs(share_rows(view) - share).argmin())]].toarray(), np.float64).ravel()
    return None


def _average(score: Floats, clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each row the mean score of its cluster: clusters are labelled as one."""
    return np.asarray((np.bincount(clusters, score) / np.maximum(np.bincount(clusters), 1))[clusters])


def _scale(scores: Floats) -> NDArray[np.float64]:
    return np.asarray((scores - scores.mean()) / max(float(scores.std()), 1e-12))
