"""The AUROC against its definition, and its intervals by coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.stats.auroc import measure_auroc, rate_auroc

ROWS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30)


def by_pairs(scores, weights):
    """Weighted share of (positive, negative) pairs in order, ties half."""
    wins = sum(
        a * (1 - b) * ((x > y) + (x == y) / 2) for x, a in zip(scores, weights, strict=True) for y, b in zip(scores, weights, strict=True)
    )
    return wins / (sum(weights) * sum(1 - one for one in weights))


@given(rows=ROWS)
def test_the_area_is_a_share_of_pairs(rows):
    """Ties count half; without a pair it is a half."""
    scores, positive = np.array([float(score) for score, _ in rows]), np.array([label for _, label in rows])
    expected = by_pairs(scores, positive.astype(float)) if 0 < positive.sum() < len(rows) else 0.5
    assert measure_auroc(scores, positive).value == pytest.approx(expected)


@given(rows=st.lists(st.tuples(st.integers(0, 5), st.floats(0.1, 0.9)), min_size=2, max_size=20))
def test_the_expected_area_counts_every_pair_of_rows(rows):
    """Chances are weights of pairs; pairs of a row with itself count half, as equal rows do."""
    scores, chances = np.array([float(score) for score, _ in rows]), np.array([chance for _, chance in rows])
    assert rate_auroc(scores, chances) == pytest.approx(by_pairs(scores, chances))


@pytest.mark.parametrize("size", [1, 5])
def test_intervals_cover(size):
    """For rows, and for clusters of rows that share half of their variation."""
    rng = np.random.default_rng(size)
    clusters = np.repeat(np.arange(200 // size), size)
    hits = 0
    for _ in range(300):
        positive = clusters % 2 == 0
        scores = rng.standard_normal(200 // size)[clusters] + rng.standard_normal(200) + 0.5 * positive
        low, high = measure_auroc(scores, positive, clusters=clusters).interval()
        hits += low <= 0.5987 <= high
    assert 270 <= hits <= 297


def test_strata_are_compared_within():
    """A score that only says which stratum a row is in says nothing."""
    strata = np.repeat([0, 1], 50)
    positive = np.concatenate([np.arange(50) < 40, np.arange(50) < 10])
    assert measure_auroc(-strata.astype(float), positive).value == pytest.approx(0.8)
    assert measure_auroc(-strata.astype(float), positive, strata=strata).value == 0.5
