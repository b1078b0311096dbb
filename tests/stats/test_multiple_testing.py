"""Fisher's exact test and Holm's correction, by what they promise."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.stats.exact_tests import fisher
from leakguard.stats.multiple_testing import holm

ROWS = st.integers(1, 40)


@st.composite
def samples(draw):
    """Hits and rows of two samples."""
    rows, other = draw(ROWS), draw(ROWS)
    return draw(st.integers(0, rows)), rows, draw(st.integers(0, other)), other


@given(samples())
def test_fisher_is_twice_the_smaller_tail(sample):
    """By the definition, in whole fractions."""
    hits, rows, other_hits, other_rows = sample
    total, both = hits + other_hits, rows + other_rows
    chance = {k: Fraction(comb(rows, k) * comb(other_rows, total - k), comb(both, total)) for k in range(min(rows, total) + 1)}
    tails = [sum(p for k, p in chance.items() if keep(k)) for keep in (lambda k: k >= hits, lambda k: k <= hits)]
    assert fisher(*sample) == pytest.approx(float(min(1, 2 * min(tails))), abs=1e-12)


@given(samples())
def test_swapping_the_samples_changes_nothing(sample):
    """Data and control may change places."""
    hits, rows, other_hits, other_rows = sample
    assert fisher(hits, rows, other_hits, other_rows) == pytest.approx(fisher(other_hits, other_rows, hits, rows), abs=1e-12)


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        ((0, 0, 3, 9), 1.0),
        ((0, 9, 0, 9), 1.0),
        ((9, 9, 9, 9), 1.0),
        ((11, 458, 0, 458), 0.00092),
        ((2_000_000, 5_000_000, 1_000, 5_000_000), 0.0),
    ],
)
def test_fisher_by_hand(sample, value):
    """No rows and no hits say nothing; millions of rows are no trouble."""
    assert fisher(*sample) == pytest.approx(value, abs=1e-5)


def test_where_nothing_differs_few_p_values_are_small():
    """200 splits of the same data: at most about 5 % of the p-values are at or below 0.05 (the test is conservative)."""
    rng = random.Random(3)
    small = 0
    for _ in range(200):
        mine, theirs = (sum(rng.random() < 0.1 for _ in range(150)) for _ in range(2))
        small += fisher(mine, 150, theirs, 150) <= 0.05
    assert small <= 15


@given(st.lists(st.floats(0, 1), max_size=40))
def test_holm_lies_between_bonferroni_and_no_correction(p_values):
    """It holds on to all that Bonferroni does, to nothing that is above the level, and small p-values come first."""
    held = holm(p_values)
    assert all(kept for p, kept in zip(p_values, held, strict=True) if p <= 0.05 / max(1, len(p_values)))
    assert all(p <= 0.05 for p, kept in zip(p_values, held, strict=True) if kept)
    assert max((p for p, kept in zip(p_values, held, strict=True) if kept), default=0) <= min(
        (p for p, kept in zip(p_values, held, strict=True) if not kept), default=1
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms())
def test_the_order_of_the_tests_does_not_matter(p_values, rng):
    """The same p-values in another order are kept or not as before, but for equal ones at the border, which are all alike."""
    order = list(range(len(p_values)))
    rng.shuffle(order)
    shuffled = holm([p_values[at] for at in order])
    assert sorted(p for p, kept in zip(p_values, holm(p_values), strict=True) if kept) == sorted(
        p_values[at] for at, kept in zip(order, shuffled, strict=True) if kept
    )


def test_holm_by_hand():
    """Four tests at 5 %: 0.0125, 0.0167, 0.025, 0.05 are the borders."""
    assert holm([0.03, 0.012, 0.016, 0.2]) == [False, True, True, False]
    assert holm([0.013, 0.001]) == [True, True]
    assert holm([]) == []
