"""The statistics against their formulas, and against a test by hand."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from leakguard.leaktests.statistics import SparseScores, expand_ranks, rank_columns, score_columns, spread_waves, take_largest


def view(rng, rows=60, features=30):
    return csc_matrix((rng.random((rows, features)) < rng.uniform(0.1, 0.9, features)).astype(np.float32))


def test_sparse_sums_are_those_of_centred_features():
    """S = X'R with centred X, its squares per row, z^2, averages and the largest."""
    rng = np.random.default_rng(1)
    matrix, residuals = view(rng), rng.standard_normal((60, 4)).astype(np.float32)
    scores = SparseScores(matrix)
    dense = matrix.toarray().astype(np.float64)
    share = dense.mean(0)
    variance = share * (1 - share)
    squares = ((dense - share).T @ residuals) ** 2 / 60
    found = scores.square(residuals)
    np.testing.assert_allclose(found, squares, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(scores.list_squares(residuals), squares / variance[:, None], rtol=1e-3, atol=1e-4)
    for power in (0, 0.5, 1):
        expected = (squares * (variance**-power)[:, None]).sum(0) / (variance ** (1 - power)).sum()
        np.testing.assert_allclose(scores.average(found, power), expected, rtol=1e-3)
    frequent = share * 60 >= 8
    largest = np.sort(squares[frequent] / variance[frequent, None], axis=0)[-5:]
    np.testing.assert_allclose(np.sort(scores.list_largest(found, 5), axis=0), largest, rtol=1e-3)


def test_an_empty_view_scores_nothing():
    """A view without features is 0, and adds nothing to the panel."""
    scores = SparseScores(csc_matrix((10, 0), dtype=np.float32))
    squares = scores.square(np.ones((10, 3), np.float32))
    assert scores.average(squares).tolist() == [0, 0, 0]
    assert scores.list_largest(squares, 5).shape == (0, 3)


def test_ranks_and_their_expansion():
    """Ranks lie in (-1/2, 1/2), ties in the middle; a constant column is 0 in every expansion."""
    ranks = rank_columns(np.array([[1.0, 5], [3, 5], [3, 5], [9, 5]]))
    np.testing.assert_allclose(ranks[:, 0], [-0.3, 0, 0, 0.3])
    expanded = expand_ranks(ranks)
    assert expanded.shape == (4, 6) and np.isfinite(expanded).all()
    assert (expanded[:, [1, 3, 5]] == 0).all()
    assert np.isfinite(spread_waves(ranks)).all()


def test_dense_scores_are_the_distance_of_two_means():
    """With labels +1 and -1, S/n is half the difference of means."""
    rng = np.random.default_rng(2)
    columns, labels = rng.standard_normal((40, 3)), np.array([1.0, -1.0] * 20)
    columns -= columns.mean(0)
    gap = (columns[labels > 0].mean(0) - columns[labels < 0].mean(0)) * 20
    assert score_columns(columns, labels[:, None])[0] == pytest.approx((gap**2).sum() / (columns**2).sum())


def test_waves_are_the_same_in_every_run():
    """The kernel has a fixed seed of its own."""
    ranks = rank_columns(np.random.default_rng(3).standard_normal((30, 4)))
    assert np.array_equal(spread_waves(ranks), spread_waves(ranks))


def test_the_largest_of_few_are_all():
    """Fewer values than asked for."""
    assert take_largest(np.arange(6, dtype=np.float32).reshape(3, 2), 9).shape == (3, 2)
