"""The features that differ most between two datasets, in words, with p-values that hold for all of them together."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leakguard.core.audit import ContentSettings, ReadableFeature
from leakguard.leaktests.pooled_rows import NUMBERS, PooledRows
from leakguard.leaktests.statistics import SparseScores, rank_columns
from leakguard.stats.permutation import draw_shuffles
from leakguard.stats.residuals import Residualiser, standardise
from leakguard.text.features.named_features import NamedFeatures, name_number_features, name_text_features
from leakguard.text.features.row_features import RowFeatures

Floats = NDArray[np.floating]
LINES = 20
LEAST, LEAST_SHARE = 8, 0.01
"""Rows that a feature needs, and that must be without it."""


def list_readable(
    rows: PooledRows, features: Mapping[str, RowFeatures], residualiser: Residualiser, settings: ContentSettings, rng: np.random.Generator
) -> tuple[ReadableFeature, ...]:
    """Return the readable features with an adjusted p-value of at most `settings.level`, at most 20, the strongest first.

    The z value of each feature after the covariates are removed is compared with the largest of all features in every shuffle (max-T of
    Westfall and Young), so that the probability of any false line is at most the level. A difference that many features share a
    little may be significant without any such line.
    """
    named = [_name(rows, kind) for kind in features]
    columns = np.column_stack([rank_columns(one.dense) for one in features.values()])
    scaled = np.asarray(standardise(columns), np.float32)
    binary = [SparseScores(one.columns) for one in named]

    def measure(labels: Floats) -> NDArray[np.float32]:
        residuals = residualiser.apply(labels - labels.mean(0))
        sparse = [one.list_squares(residuals) for one in binary]
        return np.concatenate([*sparse, (scaled.T @ residuals) ** 2 / np.float32(len(scaled))])

    blocks = draw_shuffles(rows.labels, settings.rounds, rng=rng, clusters=rows.clusters)
    observed = measure(next(blocks))[:, 0]
    largest = [measure(block).max(0, initial=0) for block in blocks]
    null = np.sort(np.concatenate([np.zeros(0), *largest]))
    adjusted = (1 + len(null) - np.searchsorted(null, observed * (1 - 1e-6))) / (1 + len(null))
    found = np.flatnonzero(adjusted <= settings.level)
    found = found[np.argsort(-observed[found], kind="stable")][:LINES]
    return tuple(_describe(int(at), float(adjusted[at]), named, features, rows.labels) for at in found)


def _name(rows: PooledRows, kind: str) -> NamedFeatures:
    least = max(LEAST, int(np.ceil(LEAST_SHARE * len(rows.completions))))
    return name_number_features(rows.completions, least) if kind == NUMBERS else name_text_features(rows.completions, least)


def _describe(at: int, p: float, named: list[NamedFeatures], features: Mapping[str, RowFeatures], labels: Floats) -> ReadableFeature:
    """Return the feature with its number, counted over all binary features and then over all summaries."""
    for one in named:
        if at < len(one.names):
            column = one.columns[:, [at]].toarray().ravel()
            return ReadableFeature(one.names[at], float(column[labels > 0].mean()), float(column[labels < 0].mean()), p, is_share=True)
        at -= len(one.names)
    names = [name for one in features.values() for name in one.names]
    column = np.column_stack([one.dense for one in features.values()])[:, at]
    return ReadableFeature(names[at], float(column[labels > 0].mean()), float(column[labels < 0].mean()), p, is_share=False)
