import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.stats.intervals import count_rows_without_hits, newcombe, wilson

# Newcombe, Statistics in Medicine 17 (1998) 873-890, Table II, method 10: (a, m, b, n), lower, upper.
TABLE = [
    ((56, 70, 48, 80), 0.0524, 0.3339),
    ((9, 10, 3, 10), 0.1705, 0.8090),
    ((6, 7, 2, 7), 0.0582, 0.8062),
    ((5, 56, 0, 29), -0.0381, 0.1926),
    ((0, 10, 0, 20), -0.1611, 0.2775),
    ((0, 10, 0, 10), -0.2775, 0.2775),
    ((10, 10, 0, 20), 0.6791, 1.0),
    ((10, 10, 0, 10), 0.6075, 1.0),
]


@st.composite
def samples(draw):
    rows = draw(st.integers(1, 10**6))
    return draw(st.integers(0, rows)), rows


@given(samples())
def test_wilson_holds_the_share(sample):
    """The interval lies in 0 to 1 and holds the observed share."""
    low, high = wilson(*sample)
    assert 0 <= low <= sample[0] / sample[1] <= high <= 1


@given(samples(), samples())
def test_newcombe_holds_the_difference(mine, theirs):
    """The interval lies in -1 to 1 and holds the observed difference."""
    low, high = newcombe(*mine, *theirs)
    assert -1 <= low <= mine[0] / mine[1] - theirs[0] / theirs[1] <= high <= 1


@given(samples(), samples())
def test_swapping_the_samples_mirrors_the_interval(mine, theirs):
    """Exchanging data and control changes the sign and nothing else."""
    low, high = newcombe(*mine, *theirs)
    assert newcombe(*theirs, *mine) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize(("counts", "low", "high"), TABLE)
def test_published_examples(counts, low, high):
    """The published intervals come out to four digits."""
    assert newcombe(*counts) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("counts", [(0, 0, 1, 5), (1, 5, 0, 0)])
def test_no_rows_say_nothing(counts):
    """Without rows in one of the samples every difference is possible."""
    assert newcombe(*counts) == (-1, 1)


@given(st.floats(1e-6, 0.99), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_rows_that_are_needed_without_a_hit_are_the_fewest(limit, level):
    """With these the interval ends at the limit or below, and with one row less above it."""
    rows = count_rows_without_hits(limit, level)
    assert wilson(0, rows, level).high <= limit * (1 + 1e-12)
    assert rows == 1 or wilson(0, rows - 1, level).high > limit * (1 - 1e-12)
