"""The effect and the propensity: a half without a difference, however many columns there are; the truth where there is one."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from leakguard.leaktests.effect import Splits, measure_effect
from leakguard.leaktests.propensity import draw_folds, measure_propensity
from leakguard.stats.auroc import measure_auroc
from leakguard.text.features.row_features import RowFeatures


def features(rng, rows, shift=None):
    dense = rng.standard_normal((rows, 24))
    if shift is not None:
        dense[:, 0] += shift
    return RowFeatures({"words": csc_matrix((rng.random((rows, 200)) < 0.2).astype(np.float32))}, dense, ("x",) * 24)


def effect(rng, rows, covariates, shift=0.0):
    labels = np.where(rng.permutation(rows) % 2 == 0, 1.0, -1.0)
    one = features(rng, rows, shift * labels)
    splits = Splits([draw_folds(rows, None, rng) for _ in range(4)], np.zeros(rows, np.int64), None)
    return measure_effect([one], rng.standard_normal((rows, covariates)), labels, splits)


@pytest.mark.parametrize("covariates", [1, 60])
def test_without_a_difference_the_effect_is_a_half(covariates):
    """Rows of the classifier are never rows that it is measured on, and labels are residualised on training rows alone.

    In-sample scores would give .7 and more here, and labels residualised before the split .55.
    """
    rng = np.random.default_rng(1)
    values = [effect(rng, 100, covariates).value for _ in range(40)]
    assert np.mean(values) == pytest.approx(0.5, abs=0.03)


def test_labels_are_not_residualised_before_the_split():
    """Features that covariates explain: residuals of all rows would carry the labels of the rows that are held out, and turn the AUROC."""
    rng = np.random.default_rng(6)
    values = []
    for _ in range(40):
        covariates = (rng.random((120, 60)) < 0.4).astype(np.float64)
        labels = np.where(rng.permutation(120) % 2 == 0, 1.0, -1.0)
        one = RowFeatures({"words": csc_matrix(covariates.astype(np.float32))}, covariates[:, :4], ("x",) * 4)
        splits = Splits([draw_folds(120, None, rng)], np.zeros(120, np.int64), None)
        values.append(measure_effect([one], covariates, labels, splits).value)
    assert np.mean(values) == pytest.approx(0.5, abs=0.04)


def test_the_interval_covers_the_effect():
    """19 of 20 intervals hold the effect that many more rows show."""
    rng = np.random.default_rng(2)
    truth = np.mean([effect(rng, 400, 2, shift=0.3).value for _ in range(40)])
    found = [effect(rng, 400, 2, shift=0.3).interval() for _ in range(60)]
    assert sum(low <= truth <= high for low, high in found) >= 52


def test_without_a_difference_the_propensity_is_a_half():
    """Sixty columns for a hundred rows explain nothing of rows that were held out."""
    rng = np.random.default_rng(3)
    labels = np.array([1.0, -1.0] * 50)
    found = [measure_propensity([rng.standard_normal((100, 60))], labels, None, rng) for _ in range(40)]
    assert np.mean([one.auroc.value for one in found]) == pytest.approx(0.5, abs=0.03)
    assert min(one.overlap for one in found) > 0.6


def test_disjoint_datasets_do_not_overlap():
    """A covariate that is the label leaves no row to compare."""
    rng = np.random.default_rng(4)
    labels = np.array([1.0, -1.0] * 50)
    found = measure_propensity([labels[:, None] + rng.standard_normal((100, 1)) / 9], labels, None, rng)
    assert found.auroc.value > 0.99 and found.overlap < 0.25
    assert set(found.strata) == set(range(8))


def test_a_group_of_many_covariates_leaves_the_others_their_weight():
    """One column that tells the datasets apart, beside 150 of another group that do not: nearly its own AUROC (.76)."""
    rng = np.random.default_rng(6)
    labels = np.array([1.0, -1.0] * 100)
    own = labels[:, None] / 2 + rng.standard_normal((200, 1))
    found = measure_propensity([rng.standard_normal((200, 150)), own], labels, None, rng)
    assert found.auroc.value > measure_auroc(own[:, 0], labels > 0).value - 0.03


def test_rows_of_a_cluster_share_a_fold():
    """And folds are of about equal size."""
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(50), 4)
    folds = draw_folds(200, clusters, rng)
    assert all(len(set(folds[clusters == one])) == 1 for one in range(50))
    assert np.bincount(folds).tolist() == [40] * 5
