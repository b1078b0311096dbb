"""Lists that follow a rule: generated progressions are recognised, random lists hardly ever."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.text.progressions import are_sorted, follow_rule, is_in_order


def explained(*lists):
    """Return for each list whether it follows a rule."""
    values = np.array([value for one in lists for value in one], dtype=np.int64)
    bounds = np.cumsum([0, *map(len, lists)])
    return follow_rule(values, bounds[:-1], bounds[1:]).tolist()


@given(st.integers(0, 900), st.integers(1, 90), st.integers(3, 12))
def test_equal_steps_are_explained_either_way(start, step, count):
    """Rising and falling arithmetic progressions follow a rule."""
    values = [start + step * at for at in range(count)]
    assert explained(values, values[::-1]) == [True, True]


@given(st.integers(1, 9), st.integers(2, 5), st.integers(3, 8))
def test_powers_are_explained(start, factor, count):
    """Geometric progressions follow a rule."""
    assert explained([start * factor**at for at in range(count)]) == [True]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(4, 12))
def test_sums_of_the_last_two_are_explained(first, second, count):
    """Fibonacci-like sequences follow a rule."""
    values = [first, second]
    while len(values) < count:
        values.append(values[-1] + values[-2])
    assert explained(values) == [True]


@pytest.mark.parametrize("power", [2, 3])
def test_squares_and_cubes_are_explained(power):
    """Squares and cubes follow a rule, from any of them on."""
    assert explained(*([at**power for at in range(start, start + 6)] for start in range(1, 9))) == [True] * 8


@given(st.lists(st.lists(st.integers(0, 10**12), max_size=8), min_size=1, max_size=6))
def test_a_list_is_explained_without_its_neighbours(lists):
    """The result for a list does not depend on the other lists."""
    assert explained(*lists) == [said for one in lists for said in explained(one)]


def test_lists_at_random_are_hardly_ever_explained():
    """Of 4 to 10 numbers up to 999, drawn from a fixed seed."""
    rng = np.random.default_rng(4)
    drawn = [rng.integers(0, 1000, rng.integers(4, 11)).tolist() for _ in range(5000)]
    assert sum(explained(*drawn)) < 50


def test_short_and_equal_lists_are_not_explained():
    """Two numbers are too few, and repetitions of one number are no rule."""
    assert explained([12, 14], [88], [88, 88, 88], [14, 14, 14, 14], []) == [False] * 5


def test_an_index_is_sorted_but_for_a_few_places():
    """Nine of ten steps in one direction are enough."""
    index, mixed = [*range(100, 140), 7, *range(150, 190)], [5, 900, 17, 333, 21, 700] * 5
    values = np.array([*index, *mixed])
    assert are_sorted(values, np.array([0, len(index), len(values)])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1450\n1462\n1477\n1488\n1490\n1502\n1517\n1519\n", True), ("1517 1502 1490 1488 1477 1462 1450 1440", True),
        ("871, 5, 1488, 305, 12, 900, 14, 3", False), ("1477 1488 1502", False), ("they signed it 1488", False),
    ],
)  # fmt: skip
def test_a_number_in_order_is_a_place_in_an_index(text, said):
    """At least six numbers around it rise or fall."""
    at = text.index("1488")
    assert is_in_order(text, at, at + 4) is said


def follows_rule(values):
    """The same rules for one list without arrays."""
    steps = [right - left for left, right in pairwise(values)]
    if len(values) < 3 or max(values) > 1 << 30:
        return False
    triples = list(zip(values, values[1:], values[2:], strict=False))
    one_way = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    second, third = ([*np.diff(values, order)] for order in (2, 3))
    fourth = [*np.diff(values, 4)]
    even = not any(second) or (len(values) >= 4 and not any(third)) or (len(values) > 4 and not any(fourth))
    primes = [number for number in range(2, 2_000) if all(number % factor for factor in range(2, math.isqrt(number) + 1))]
    places = [primes.index(value) if value in primes else -9 for value in values]
    return (
        (one_way and (even or math.gcd(*values) >= 3 or (len(values) >= 4 and max(values) < 100)))
        or (any(steps) and all(left * right == middle**2 for left, middle, right in triples))
        or (len(values) >= 4 and all(right == left + middle for left, middle, right in triples))
        or (min(places) >= 0 and all(right - left == 1 for left, right in pairwise(places)))
        or (any(steps) and max(values) <= 20)
    )


@settings(max_examples=300)
@given(
    st.lists(st.integers(0, 24), max_size=9)
    | st.lists(st.integers(0, 1200), max_size=9).map(sorted)
    | st.lists(st.integers(0, 1200), max_size=9).map(lambda values: sorted(values, reverse=True))
    | st.builds(lambda start, step, count, last: [start + step * at for at in range(count)] + last, st.integers(0, 60), st.integers(-5, 9), st.integers(0, 8), st.lists(st.integers(0, 99), max_size=2)).filter(lambda values: min(values, default=0) >= 0)
)  # fmt: skip
def test_explained_is_what_follows_a_rule_at_every_place(values):
    """Arrays agree with the simple version on lists that break a rule late, and on lists that rise or fall and follow none."""
    assert explained(values) == [follows_rule(values)]
