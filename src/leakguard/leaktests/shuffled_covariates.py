"""Figures of what is no content (prompts, format, length, languages) for the data and for every shuffle of the labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.leaktests.pooled_rows import PooledRows
from leakguard.stats.permutation import combine_by_smallest, draw_shuffles, p_value, rank_extremes
from leakguard.stats.residuals import standardise
from leakguard.text.features.languages import list_languages

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Covariates:
    """What is no content, per row: columns for prompts (none without prompts) and for the format, and the length in characters."""

    prompts: NDArray[np.float64]
    format: NDArray[np.float64]
    lengths: NDArray[np.float64]

    @property
    def parts(self) -> list[NDArray[np.float64]]:
        """The groups of columns, without empty ones."""
        return [one for one in (self.prompts, self.format) if one.shape[1]]

    @property
    def joined(self) -> NDArray[np.float64]:
        """All columns but the length, which the format contains."""
        return np.column_stack([self.prompts, self.format])


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of texts: names, and for each a column that is 1 for its rows; `told` are rows whose language can be told."""

    names: list[str]
    columns: NDArray[np.float32]
    told: NDArray[np.bool_]


def read_languages(texts: Sequence[str]) -> Languages:
    """Return which texts are in which language."""
    # One row of `columns` per language that any text has; texts whose language cannot be told are in none.
    known = np.array(list_languages(texts))
    names = sorted({*known.tolist()} - {""})
    columns = np.array([known == name for name in names], np.float32).reshape(len(names), len(texts))
    return Languages(names, columns, known != "")


@dataclass(frozen=True, slots=True)
class CovariateFigures:
    """Figures of several labellings, one column each: sum and largest of z^2 (2, k), distance of lengths, largest gap of a language."""

    prompts: NDArray[np.float64]
    format: NDArray[np.float64]
    distances: NDArray[np.float64]
    languages: NDArray[np.float64]


def measure_shuffles(
    rows: PooledRows, covariates: Covariates, spoken: Languages, rounds: int, rng: np.random.Generator
) -> CovariateFigures:
    """Return the figures of the data, in the first column, and of `rounds` shuffles."""
    # Shuffles come in blocks; the figures of a block are few numbers per labelling, and only these are kept.
    prompts, layout = (np.asarray(standardise(one), np.float32) for one in (covariates.prompts, covariates.format))
    found = []
    for labels in draw_shuffles(rows.labels, rounds, rng=rng, clusters=rows.clusters):
        centred = np.asarray(labels - labels.mean(0), np.float32)
        distances = measure_distances(covariates.lengths, rows.labels, centred)
        found.append(CovariateFigures(_sum_squares(prompts, centred), _sum_squares(layout, centred), distances, _gap(spoken, centred)))
    return CovariateFigures(
        np.concatenate([one.prompts for one in found], axis=1),
        np.concatenate([one.format for one in found], axis=1),
        np.concatenate([one.distances for one in found]),
        np.concatenate([one.languages for one in found]),
    )


def measure_distances(values: Floats, labels: Floats, shuffled: Floats) -> NDArray[np.float64]:
    """Return the largest distance of the distribution functions of data and control (Kolmogorov-Smirnov) for every label column.

    `shuffled` are centred label columns (n, k). Rows of one cluster share a label, so that sides differ in size from column to column.
    """
    # Down the sorted rows, centred labels sum to 2 n1 n0 / n times the distance; ties count once, at their last row.
    ordered = np.argsort(values, kind="stable")
    last = np.append(np.flatnonzero(np.diff(values[ordered])), len(values) - 1)
    sizes = int((labels > 0).sum()), int((labels < 0).sum())
    largest = np.abs(np.cumsum(shuffled[ordered], axis=0, dtype=np.float64)[last]).max(0)
    return np.asarray(largest * len(values) / (2 * sizes[0] * sizes[1]), np.float64)


def _sum_squares(columns: Floats, shuffled: Floats) -> NDArray[np.float64]:
    """Return the sum and the largest of the squared sums of standardised columns for every label column, shape (2, k)."""
    squares = (columns.T @ shuffled) ** 2
    return np.array([squares.sum(0), squares.max(0, initial=0)], np.float64)


def combine_figures(statistics: Floats) -> float:
    """Return the p-value of a difference in any column: the smaller rank of the sum and the largest of z^2, over the same shuffles."""
    return p_value(-combine_by_smallest([rank_extremes(one) for one in statistics], [1, 1]))


def _gap(spoken: Languages, shuffled: Floats) -> NDArray[np.float64]:
    """Return the largest difference in the share of a language for every label column, so that its p-value holds for any number of them."""
    # Labels of rows without a language count nothing.
    shares = spoken.columns[:, spoken.told].sum(1) / max(int(spoken.told.sum()), 1)
    gaps = np.abs(spoken.columns @ shuffled - shares[:, None] * shuffled[spoken.told].sum(0))
    return np.asarray(gaps.max(0, initial=0), np.float64)
