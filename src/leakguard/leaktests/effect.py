"""The size of a difference in content: how well a classifier that never saw a row tells which dataset it is from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.leaktests.propensity import FOLDS, PENALTY, fit_folds
from leakguard.leaktests.statistics import expand_ranks, rank_columns
from leakguard.stats.auroc import Auroc, measure_auroc
from leakguard.stats.residuals import standardise
from leakguard.text.features.row_features import RowFeatures
from leakguard.text.features.sparse_views import share_rows

Floats = NDArray[np.floating]
DENSE_PENALTY = 0.5


@dataclass(frozen=True, slots=True)
class Splits:
    """How rows are held out and compared: the folds of each row in several divisions, its stratum of propensity, its cluster."""

    folds: Sequence[NDArray[np.int64]]
    strata: NDArray[np.int64]
    clusters: NDArray[np.int64] | None


def measure_effect(features: Sequence[RowFeatures], covariates: Floats, labels: Floats, splits: Splits) -> Auroc:
    """Return the AUROC of cross-fitted content scores within strata of equal propensity.

    A row's score comes from models that were fitted on the rows of other folds: a ridge regression on the ranks of the dense summaries,
    with the covariates beside them, plus the difference of means of the sparse features. What the covariates explain is removed
    on the training rows of each fold alone, never on all rows before they are split. Scores are summed over several divisions into folds,
    since one division alone adds about a sixth to the error.
    """
    dense = np.column_stack([expand_ranks(rank_columns(one.dense)) for one in features])
    scaled = np.asarray(standardise(covariates), np.float32)
    width = scaled.shape[1]
    penalties = np.concatenate([np.full(width, PENALTY), np.full(dense.shape[1], DENSE_PENALTY)])
    both = np.column_stack([scaled, dense])
    scores = np.zeros(len(labels))
    for folds in splits.folds:
        own = np.arange(len(labels)), folds
        weights = fit_folds(both, labels, folds, penalties)[:, width:]
        residuals = _leave_out(labels, scaled, folds)
        contrasts = np.sum([_contrast(one, residuals) for one in features], axis=0)
        scores += _scale((dense @ weights.T)[own]) + _scale(contrasts[own])
    return measure_auroc(scores, labels > 0, strata=splits.strata, clusters=splits.clusters)


def _leave_out(labels: Floats, covariates: Floats, folds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return residual labels of the training rows of each fold, shape (n, FOLDS), 0 for the rows that are held out."""
    # The regression of a fold is fitted on, and applied to, its training rows only.
    weights = fit_folds(covariates, labels, folds, np.full(covariates.shape[1], PENALTY))
    residuals = np.zeros((len(labels), FOLDS), np.float32)
    for fold in range(FOLDS):
        kept = folds != fold
        left = labels[kept] - covariates[kept] @ weights[fold]
        residuals[kept, fold] = left - left.mean()
    return residuals


def _contrast(features: RowFeatures, residuals: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the score of every row by the difference of means of each fold, shape (n, FOLDS); features count by v^-1/2, views equally.

    Scores of a fold are centred over all rows, so that folds can be compared.
    """
    scores = np.zeros(residuals.shape)
    for view in features.views.values():
        share = share_rows(view)
        variance = share * (1 - share)
        weights = (view.T @ residuals) / np.sqrt(variance)[:, None] / max(float(np.sqrt(variance).sum()), 1e-12)
        scores += view @ weights
    return np.asarray(scores - scores.mean(0))


def _scale(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((scores - scores.mean()) / max(float(scores.std()), 1e-12))
