"""How well covariates alone (prompts, format, length) tell two datasets apart, and strata of rows for which they cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.stats.auroc import Auroc, measure_auroc
from leakguard.stats.residuals import standardise

Floats = NDArray[np.floating]
FOLDS, STRATA = 5, 8
LEAST_SLOPE = 0.01
"""Of labels on a cross-fitted score: a score that tells nothing keeps a little weight, and then it orders the rows."""
PENALTY = 0.2
"""Of the ridge regression, per row, on standardised covariates."""


@dataclass(frozen=True, slots=True)
class Propensity:
    """The propensity of n rows: a score per row, the stratum of each row (0 to 7), its AUROC, and the overlap of the datasets.

    The overlap is the sum over strata of the smaller of the two shares of rows: 1 for equal distributions, 0 for disjoint ones.
    """

    scores: NDArray[np.float64]
    strata: NDArray[np.int64]
    auroc: Auroc
    overlap: float


def draw_folds(rows: int, clusters: NDArray[np.int64] | None, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a fold (0 to 4) for every row: at random, in folds of equal size. Rows of a cluster share one."""
    if clusters is None:
        return np.asarray(rng.permutation(rows) % FOLDS)
    known, member = np.unique(clusters, return_inverse=True)
    return np.asarray((rng.permutation(len(known)) % FOLDS)[member])


def measure_propensity(parts: Sequence[Floats], labels: Floats, clusters: NDArray[np.int64] | None, rng: np.random.Generator) -> Propensity:
    """Return the cross-fitted propensity of every row: ridge regressions of the labels on covariates, fitted on the other folds.

    `parts` are groups of covariates, each of shape (n, columns). Each has a regression of its own, and their scores are added with
    the slope of the labels on each: beside hundreds of words of prompts, a few columns of format would lose their weight.
    """
    # Strata are octiles of the score; equal octiles, as of few different rows, are one.
    folds = draw_folds(len(labels), clusters, rng)
    scores = np.zeros(len(labels))
    for part in parts:
        own = predict_across_folds(part, labels, folds, PENALTY)
        own -= own.mean()
        scores += own * max(float(own @ labels) / max(float(own @ own), 1e-12), LEAST_SLOPE)
    auroc = measure_auroc(scores, labels > 0, clusters=clusters)
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, STRATA + 1)[1:-1]))
    strata = np.searchsorted(edges, scores, side="right")
    # Strata are numbered as they come in the list of rows: exchanging the datasets turns the scores around, not the numbers.
    first, strata = np.unique(strata, return_index=True, return_inverse=True)[1:]
    strata = np.argsort(np.argsort(first))[strata]
    shares = [np.bincount(strata[side], minlength=STRATA) / max(int(side.sum()), 1) for side in (labels > 0, labels < 0)]
    return Propensity(scores, strata, auroc, float(np.minimum(*shares).sum()))


def predict_across_folds(columns: Floats, labels: Floats, folds: NDArray[np.int64], penalty: float) -> NDArray[np.float64]:
    """Return the prediction of each row's label by ridge regression on the rows of all other folds: column `fold` of all predictions."""
    scaled = np.asarray(standardise(columns), np.float32)
    weights = fit_folds(scaled, labels, folds, np.full(scaled.shape[1], penalty))
    return np.asarray((scaled @ weights.T)[np.arange(len(folds)), folds])


def fit_folds(scaled: Floats, labels: Floats, folds: NDArray[np.int64], penalties: Floats) -> NDArray[np.float64]:
    """Return the weights of FOLDS ridge regressions, shape (FOLDS, columns): that of a fold is fitted on the rows of all others.

    `penalties` has one value per column, per row. Columns are standardised over all rows, which uses no label. The products of a fold's
    own rows are subtracted from those of all rows, so that all regressions cost little more than one.
    """
    whole = (scaled.T @ scaled).astype(np.float64)
    weights = np.zeros((FOLDS, scaled.shape[1]))
    for fold in range(FOLDS):
        held, kept = scaled[folds == fold], scaled[folds != fold]
        target = labels[folds != fold]
        product = whole - held.T @ held + np.diag(penalties * max(len(kept), 1))
        if len(kept) and len(penalties):
            weights[fold] = np.linalg.solve(product, kept.T @ (target - target.mean()))
    return weights
