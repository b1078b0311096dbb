"""Calibration by its laws: on texts like the control, no more is flagged than was asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.stats.conformal import count_needed_controls, rank_controls, rank_scores
from leakguard.stats.multiple_testing import benjamini_hochberg, bonferroni

RATES = (0.01, 0.05, 0.1, 0.2)
SPLITS = 200


@pytest.mark.parametrize("rate", RATES)
def test_on_held_out_control_the_share_flagged_is_at_most_the_rate(rate):
    """200 random splits of one pool of scores, many of them tied: the mean share within the rate does not exceed it."""
    rng = np.random.default_rng(17)
    pool = np.round(rng.standard_normal(600) ** 3, 1)
    shares = []
    for _ in range(SPLITS):
        mixed = rng.permutation(pool)
        p = rank_scores(np.sort(mixed[:300]), mixed[300:])
        shares.append(np.mean(p <= rate))
    error = np.std(shares) / np.sqrt(SPLITS)
    assert np.mean(shares) <= rate + 3 * error
    assert np.mean(shares) > rate / 4


@pytest.mark.parametrize("rate", RATES)
def test_nothing_stands_out_of_the_control_more_often_than_the_rate(rate):
    """Benjamini-Hochberg on data that are all control: in at most that share of 200 splits anything is left at all."""
    rng = np.random.default_rng(23)
    alarms = 0
    for _ in range(SPLITS):
        scores = rng.standard_normal(400)
        p = rank_scores(np.sort(scores[:200]), scores[200:])
        values, counts = np.unique(p, return_counts=True)
        alarms += benjamini_hochberg(zip(values.tolist(), counts.tolist(), strict=True), rate) > 0
    assert alarms / SPLITS <= rate + 3 * np.sqrt(rate * (1 - rate) / SPLITS)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(-1, 10))
def test_a_p_value_is_a_rank(control, score):
    """Never zero, and it counts the control texts that score at least as high."""
    (p,) = rank_scores(np.sort(np.array(control, float)), np.array([float(score)]))
    assert p == pytest.approx((1 + sum(other >= score for other in control)) / (1 + len(control)))


@given(st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_control_texts_are_compared_with_the_others(control):
    """A control text's own p-value is what it would get if it were new and the others were the control."""
    scores = np.array(control, float)
    for at, score in enumerate(scores):
        (alone,) = rank_scores(np.sort(np.delete(scores, at)), np.array([score]))
        (own,) = rank_controls(np.sort(scores), np.array([score]))
        assert own == pytest.approx(alone)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=40), st.sampled_from(RATES))
def test_what_stands_out_is_what_benjamini_and_hochberg_say(p, rate):
    """The largest k with p(k) <= k / m * rate, as the paper has it."""
    ordered = sorted(p)
    kept = [value for k, value in enumerate(ordered, 1) if value <= rate * k / len(p)]
    assert benjamini_hochberg([(value, 1) for value in p], rate) == (kept[-1] if kept else 0.0)


@pytest.mark.parametrize(("rate", "rows"), [(0.05, 19), (0.01, 99), (0.1, 9), (0.5, 1), (0.001, 999), (0.03, 33)])
def test_a_rate_takes_so_many_control_texts(rate, rows):
    """With that many the smallest possible p-value is within the rate, with one less it is not."""
    assert count_needed_controls(rate) == rows
    assert 1 / (rows + 1) <= rate < 1 / rows


def test_many_looks_cost():
    """A text with three windows had three chances; a p-value never exceeds 1."""
    assert bonferroni(np.array([0.01, 0.5]), np.array([3.0, 3.0])).tolist() == pytest.approx([0.03, 1.0])
