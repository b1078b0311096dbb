"""The test of a shared initialisation, by its laws: under independence, for copies, and for units in another order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.leaktests.lineage import UnitMatches, add_matches, count_agreeing, count_equal, pair_units, poisson_tail

SIZES = st.tuples(st.integers(2, 40), st.integers(8, 16))


def draw(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@given(SIZES, st.integers(0, 99), st.floats(0.1, 100))
def test_every_unit_is_its_own_partner(size, seed, scale):
    """A copy has all units at their places, whatever the lengths of their weights are."""
    weights = draw(seed, *size)
    assert (pair_units(weights, scale * weights) == np.arange(size[0])).all()
    assert count_equal(weights, weights) == UnitMatches(1, size[0], size[0])


@given(SIZES, SIZES, st.integers(0, 99))
def test_partners_are_mutual(one, other, seed):
    """No unit is the partner of two, and both directions give the same pairs."""
    left, right = draw(seed, one[0], one[1]), draw(seed + 1, other[0], one[1])
    forth, back = pair_units(left, right), pair_units(right, left)
    paired = np.flatnonzero(forth >= 0)
    assert (back[forth[paired]] == paired).all() and len({*forth[paired]}) == len(paired) == (back >= 0).sum()


@given(st.integers(20, 60), st.integers(0, 99))
def test_an_order_is_found_whatever_it_is(units, seed):
    """Units in another order have few equal numbers, and the same partner by both sets of their weights."""
    into, out = draw(seed, units, 30), draw(seed + 1, units, 30)
    order = np.random.default_rng(seed).permutation(units)
    assert (order[pair_units(into, into[order])] == np.arange(units)).all()
    assert count_agreeing((into, into[order]), (out, out[order])).equal == units
    assert count_equal(into, into[order]).equal == (order == np.arange(units)).sum()


def test_independent_networks_have_no_more_equal_pairs_than_chance():
    """In 400 pairs of random layers the p-values are uniform or larger, by both tests."""
    tests = {"equal": [], "agreeing": []}
    for seed in range(400):
        one, other, third, fourth = (draw([seed, part], 40, 16) for part in range(4))
        tests["equal"].append(count_equal(one, other).p_value)
        tests["agreeing"].append(count_agreeing((one, other), (third, fourth)).p_value)
    for values in tests.values():
        assert all(np.mean(np.array(values) <= level) <= level + 3 * np.sqrt(level / 400) for level in (0.01, 0.05, 0.1, 0.3))


def test_the_numbers_of_units_are_exchangeable():
    """Structured units of two networks that learned the same kinds, in independent orders, give no equal pairs beyond chance."""
    # The kinds are shared, so that partners are far from random; only the numbers are.
    kinds, found = draw(0, 50, 16), []
    for seed in range(300):
        orders = [np.random.default_rng([seed, side]).permutation(50) for side in (0, 1)]
        one, other = (kinds[order] + 0.1 * draw([seed, side], 50, 16) for side, order in enumerate(orders))
        found.append(count_equal(one, other).equal)
    assert np.mean(found) == pytest.approx(1, abs=0.25)


@settings(max_examples=50)
@given(st.integers(0, 30), st.floats(0.1, 10))
def test_the_tail_is_that_of_a_poisson_variable(count, mean):
    """Beside scipy's, to nine digits; the tails of neighbouring counts differ by a probability."""
    from scipy.stats import poisson

    assert poisson_tail(count, mean) == pytest.approx(poisson.sf(count - 1, mean), rel=1e-9, abs=1e-300)
    assert poisson_tail(count + 1, mean) <= poisson_tail(count, mean)


def test_sums_have_the_mean_of_their_layers():
    """Three layers with one equal pair each are no evidence; with nine each they are."""
    few, many = add_matches([UnitMatches(1, 9, 1)] * 3), add_matches([UnitMatches(1, 9, 9)] * 3)
    assert few == UnitMatches(3, 27, 3) and few.p_value > 0.5 and many.p_value < 1e-15 and many.share == 1
    assert UnitMatches().p_value == 1 and UnitMatches().share == 0 and poisson_tail(2000, 1.0) == 0


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e30])
def test_units_without_usable_weights_are_not_compared(value):
    """Zeros, and weights that are not finite or too large to measure: they have no partner on either side, and do not count."""
    empty, weights = np.full((4, 9), value, np.float32), draw(1, 4, 9)
    for left, right in ((empty, empty), (empty, weights), (weights, empty)):
        assert (pair_units(left, right) == -1).all() and count_equal(left, right) == UnitMatches(1, 0, 0)
        assert count_agreeing((left, right), (weights, weights)) == UnitMatches(1, 0, 0)
    mixed = np.vstack([weights, empty])
    assert count_equal(mixed, mixed) == UnitMatches(1, 4, 4)
