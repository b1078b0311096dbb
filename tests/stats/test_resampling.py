"""Intervals by their laws: they cover, they do not depend on order, and they say nothing where nothing can be said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.stats.intervals import fieller, t_interval
from leakguard.stats.power import minimal_detectable_effect
from leakguard.stats.resampling import bootstrap_interval, rate_interval

RATES = st.lists(st.floats(0, 1), min_size=2, max_size=8)


def covered(interval, truth):
    return interval is not None and interval.low <= truth <= interval.high


def test_the_interval_over_seeds_covers():
    """95 of 100 intervals hold the mean that the seeds were drawn around."""
    rng = np.random.default_rng(1)
    hits = sum(covered(t_interval(list(rng.normal(0.4, 0.1, 5))), 0.4) for _ in range(1000))
    assert 930 <= hits <= 970


@pytest.mark.parametrize("truth", [0.0, 0.5, 0.9])
def test_the_interval_of_a_ratio_covers(truth):
    """Also where numerator and denominator go up and down together."""
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(1000):
        below = rng.normal(0.6, 0.08, 5)
        hits += covered(fieller(list(truth * below + rng.normal(0, 0.05, 5)), list(below)), truth)
    assert 930 <= hits <= 975


def test_rates_are_covered_with_five_seeds():
    """With seeds and questions that both vary, the interval holds the true mean in nine of ten cases at least."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(150):
        questions, seeds = rng.normal(0, 0.1, 20), rng.normal(0, 0.1, (5, 1))
        hits += covered(rate_interval(0.5 + questions + seeds + rng.normal(0, 0.05, (5, 20))), 0.5)
    assert hits >= 135


@settings(deadline=None)
@given(RATES, st.randoms())
def test_the_order_of_seeds_does_not_matter(rates, random):
    mixed = list(rates)
    random.shuffle(mixed)
    assert t_interval(mixed) == pytest.approx(t_interval(rates))


@settings(deadline=None, max_examples=50)
@given(RATES)
def test_an_interval_holds_the_mean_and_stays_between_0_and_1(rates):
    low, high = rate_interval([[rate, rate] for rate in rates])
    assert 0 <= low <= np.mean(rates) + 1e-9 and np.mean(rates) - 1e-9 <= high <= 1


@given(st.lists(st.floats(0.2, 0.9), min_size=3, max_size=8))
def test_an_arm_that_is_the_raw_arm_keeps_all_of_the_effect(gaps):
    interval = fieller(gaps, gaps)
    assert interval is None or interval == pytest.approx((1, 1), abs=1e-3)


def test_nothing_is_said_where_the_raw_effect_may_be_nought():
    assert fieller([0.1, 0.2, 0.1], [0.5, -0.4, 0.1]) is None


def test_one_seed_has_no_interval():
    assert t_interval([0.5]) is None and fieller([0.5], [0.5]) is None and minimal_detectable_effect([0.5]) is None


def test_questions_count_as_well_as_seeds():
    """One model that answers half of its questions always and half never is uncertain."""
    low, high = bootstrap_interval([[1.0, 0.0] * 10])
    assert low < 0.35 and high > 0.65


def test_a_detectable_effect_is_detected_four_times_in_five():
    """A gap of that size, with that spread, is significant in about 80 % of experiments."""
    from scipy.stats import ttest_1samp

    rng = np.random.default_rng(4)
    size = np.sqrt(np.mean([minimal_detectable_effect(list(rng.normal(0, 0.1, 8))) ** 2 for _ in range(300)]))
    found = sum(ttest_1samp(rng.normal(size, 0.1, 8), 0).pvalue < 0.05 for _ in range(600))
    assert 430 <= found <= 540
