"""Permutation tests: labels shuffled over rows, and one p-value from several statistics that were computed on the same shuffles."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
BLOCK = 128
"""Shuffles that are drawn and scored at once."""


def shuffle_labels(
    labels: Floats,
    rounds: int,
    *,
    rng: np.random.Generator,
    strata: NDArray[np.integer] | None = None,
    clusters: NDArray[np.integer] | None = None,
) -> NDArray[np.float32]:
    """Return the labels and `rounds` shuffles of them as columns, shape (n, 1 + rounds).

    `strata` (integers, shape (n,)): labels are shuffled within each stratum only. `clusters` (integers, shape (n,)): rows of a cluster
    have one label and keep one; whole clusters of about the same size are exchanged: under the null, clusters are exchangeable.
    """
    columns = np.empty((len(labels), rounds + 1), np.float32)
    columns[:, 0] = labels
    if clusters is not None:
        _shuffle_clusters(columns, clusters, strata, rng)
        return columns
    groups = [np.arange(len(labels))] if strata is None else [np.flatnonzero(strata == one) for one in np.unique(strata)]
    for group in groups:
        block = np.tile(columns[group, 0][:, None], rounds)
        columns[group[:, None], np.arange(1, rounds + 1)] = rng.permuted(block, axis=0)
    return columns


def draw_shuffles(
    labels: Floats,
    rounds: int,
    *,
    rng: np.random.Generator,
    strata: NDArray[np.integer] | None = None,
    clusters: NDArray[np.integer] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Yield the labels as one column, shape (n, 1), and then all shuffles of `shuffle_labels`, at most 128 columns at a time.

    Memory for statistics of many rows grows with the rows alone, not with the number of shuffles.
    """
    yield np.asarray(labels, np.float32)[:, None]
    for start in range(0, rounds, BLOCK):
        yield shuffle_labels(labels, min(BLOCK, rounds - start), rng=rng, strata=strata, clusters=clusters)[:, 1:]


def _shuffle_clusters(
    columns: NDArray[np.float32], clusters: NDArray[np.integer], strata: NDArray[np.integer] | None, rng: np.random.Generator
) -> None:
    """Fill the columns after the first with labels that clusters have exchanged; a row's cluster and stratum say with whom."""
    # A kind is a pair of a size (by powers of two, so that clusters of rare sizes have partners) and a stratum; labels move within kinds.
    known, member = np.unique(clusters, return_inverse=True)
    sizes = np.ceil(np.log2(np.bincount(member))).astype(np.int64)
    first = np.zeros(len(known), np.int64)
    first[member[::-1]] = np.arange(len(member))[::-1]
    stratum = np.zeros(len(known), np.int64) if strata is None else np.unique(strata, return_inverse=True)[1][first]
    label = columns[first, 0]
    kinds = np.unique(np.column_stack([sizes, stratum]), axis=0, return_inverse=True)[1].ravel()
    for round_ in range(1, columns.shape[1]):
        shuffled = label.copy()
        for kind in range(int(kinds.max()) + 1):
            group = np.flatnonzero(kinds == kind)
            shuffled[group] = label[rng.permutation(group)]
        columns[:, round_] = shuffled[member]


def p_value(statistics: Floats) -> float:
    """Return the p-value of statistics[0] among all of them, shuffles included: (1 + shuffles at least as large) / (1 + shuffles).

    Never zero, and exact under exchangeability: B. Phipson and G. K. Smyth, Permutation p-values should never be zero, 2010.
    """
    return float(np.mean(statistics >= statistics[0] - 1e-12 * abs(float(statistics[0]))))


def rank_extremes(values: Floats) -> NDArray[np.float64]:
    """Return, for the data and every shuffle, the p-value of its statistic among all of them: the share that is at least as large.

    Values that agree to a millionth of the largest are equal: sums in another order differ by as much.
    """
    from scipy.stats import rankdata

    scaled = np.round(np.asarray(values, np.float64) / max(float(np.abs(values).max()), 1e-300), 6)
    return np.asarray(rankdata(-scaled, method="max") / len(values))


def combine_by_logarithms(ranks: Sequence[Floats], weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the weighted sum of -log p of several statistics, large is extreme: strong where several of them agree.

    `ranks` are p-values of the data and every shuffle, from `rank_extremes`. Compared with the same sum of every shuffle the
    combination is exact, however the statistics depend on each other (R. A. Fisher's combination under a joint permutation: F. Pesarin,
    Multivariate Permutation Tests, 2001).
    """
    return np.asarray(sum(-weight * np.log(one) for one, weight in zip(ranks, weights, strict=True)))


def combine_by_smallest(ranks: Sequence[Floats], weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the smallest weighted p-value of several statistics, small is extreme: strong where one of them sees the difference.

    `ranks` are p-values of the data and every shuffle; each is divided by its weight. Comparing the minima across the same shuffles
    corrects for the choice exactly (min-p: P. H. Westfall and S. S. Young, Resampling-Based Multiple Testing, 1993).
    """
    return np.asarray(np.min([one / weight for one, weight in zip(ranks, weights, strict=True)], axis=0))
