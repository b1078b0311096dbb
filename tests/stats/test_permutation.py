"""Shuffles keep what they must keep; residuals have bounded degrees of freedom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.stats.permutation import combine_by_logarithms, combine_by_smallest, p_value, rank_extremes, shuffle_labels
from leakguard.stats.residuals import Residualiser, standardise


@given(sizes=st.lists(st.integers(1, 6), min_size=2, max_size=12), seed=st.integers(0, 99))
def test_clusters_keep_one_label(sizes, seed):
    """Every shuffle gives all rows of a cluster one label, and as many clusters each label as before."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.where(np.arange(len(sizes)) % 2, 1.0, -1.0)[clusters]
    shuffled = shuffle_labels(labels, 20, rng=rng, clusters=clusters)
    firsts = np.concatenate(([0], np.cumsum(sizes)))[:-1]
    assert (shuffled == shuffled[firsts][clusters]).all()
    assert (np.sort(shuffled[firsts], axis=0) == np.sort(labels[firsts])[:, None]).all()


@given(strata=st.lists(st.integers(0, 3), min_size=2, max_size=30), seed=st.integers(0, 99))
def test_strata_keep_their_labels(strata, seed):
    """Labels move within a stratum only; the first column is the data's own."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(len(strata)) < 0.5, 1.0, -1.0)
    shuffled = shuffle_labels(labels, 20, rng=rng, strata=np.array(strata))
    assert (shuffled[:, 0] == labels).all()
    for one in set(strata):
        rows = np.array(strata) == one
        assert (np.sort(shuffled[rows], axis=0) == np.sort(labels[rows])[:, None]).all()


def test_a_p_value_is_never_zero():
    """The data count among the shuffles."""
    assert p_value(np.array([9.0, 1, 2, 3])) == 0.25
    assert p_value(np.array([1.0, 1, 1, 1])) == 1.0
    assert rank_extremes(np.array([9.0, 1, 2, 9 - 1e-9])).tolist() == [0.5, 1, 0.75, 0.5]


def test_two_ways_to_combine():
    """The smallest weighted p-value, and the weighted sum of logarithms."""
    ranks = [np.array([0.1, 0.5]), np.array([0.2, 0.01])]
    assert combine_by_smallest(ranks, [1, 0.5]).tolist() == [0.1, 0.02]
    assert combine_by_logarithms(ranks, [1, 2]) == pytest.approx([-np.log(0.1) - 2 * np.log(0.2), -np.log(0.5) - 2 * np.log(0.01)])


@pytest.mark.parametrize("columns", [3, 80, 400])
def test_covariates_take_a_tenth_of_the_rows_at_most(columns):
    """However many columns there are; without the bound, power at 100 rows a side falls by nearly a half."""
    rng = np.random.default_rng(columns)
    residualiser = Residualiser(rng.standard_normal((200, columns)))
    assert residualiser.degrees <= 20.001
    labels = rng.standard_normal((200, 2))
    assert (residualiser.apply(labels) ** 2).sum() >= 0.7 * (labels**2).sum()


def test_what_covariates_explain_is_removed():
    """A label that is a covariate leaves nearly nothing; one that is none stays; constant columns play no part."""
    rng = np.random.default_rng(1)
    covariates = np.column_stack([rng.standard_normal((500, 2)), np.ones(500)])
    labels = np.column_stack([covariates[:, 0] - covariates[:, 0].mean(), rng.standard_normal(500)])
    left = Residualiser(covariates).apply(labels)
    assert np.var(left[:, 0]) < 0.001 and np.var(left[:, 1]) > 0.9 * np.var(labels[:, 1])


def test_residuals_are_those_of_a_ridge_regression():
    """Against the formula, with more and with fewer columns than rows."""
    rng = np.random.default_rng(2)
    for shape in ((60, 5), (60, 90)):
        columns = rng.standard_normal(shape)
        labels = rng.standard_normal((60, 3))
        scaled = standardise(columns)
        residualiser = Residualiser(columns, share=0.05)
        grid = np.geomspace(0.01, 1e6, 4000)
        traces = [np.trace(scaled @ np.linalg.solve(scaled.T @ scaled + ridge * 60 * np.eye(shape[1]), scaled.T)) for ridge in grid[::100]]
        ridge = np.exp(np.interp(-residualiser.degrees, -np.array(traces), np.log(grid[::100])))
        expected = labels - scaled @ np.linalg.solve(scaled.T @ scaled + ridge * 60 * np.eye(shape[1]), scaled.T @ labels)
        np.testing.assert_allclose(residualiser.apply(labels), expected, atol=0.02)
