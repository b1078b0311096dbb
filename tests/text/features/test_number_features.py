"""Numbers of rows against a reading by hand."""

import re
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.features.covariates import read_number_format
from leakguard.text.features.number_lists import NumberLists
from leakguard.text.features.number_views import DENSE, bin_signed, classify_digits, read_number_features

TEXTS = st.lists(st.text(alphabet="0123456789, []\0é-", max_size=30) | st.text(max_size=10), min_size=1, max_size=8)


@given(texts=TEXTS)
def test_numbers_are_runs_of_digits(texts):
    """As a regular expression finds them, with fifteen digits kept from the right."""
    lists = NumberLists(texts)
    runs = [(row, run) for row, text in enumerate(texts) for run in re.findall(r"[0-9]+", text)]
    assert lists.rows.tolist() == [row for row, _ in runs]
    assert lists.written.tolist() == [len(run) for _, run in runs]
    assert lists.values.tolist() == [int(run[-15:]) for _, run in runs]
    assert lists.digits.tolist() == [len(str(int(run[-15:]))) for _, run in runs]
    for row in range(len(texts)):
        mine = [int(run[-15:]) for at, run in runs if at == row]
        assert lists.pick(0)[row] == (mine[0] if mine else 0)
        assert lists.pick(-2)[row] == (mine[-2] if len(mine) > 1 else 0)
        assert lists.extreme(np.maximum)[row] == max(mine, default=0)
        assert lists.median()[row] == pytest.approx(median(mine) if mine else 0)


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        (7, 0),
        (5, 1),
        (30, 2),
        (1200, 3),
        (800, 4),
        (110, 4),
        (122, 4),
        (131, 5),
        (1221, 5),
        (77, 6),
        (4444, 6),
        (321, 7),
        (98, 7),
        (123, 8),
        (45, 8),
        (719, 0),
    ],
)
def test_patterns_of_digits(value, pattern):
    """One value of each class."""
    assert classify_digits(np.array([value]), np.array([len(str(value))])).tolist() == [pattern]


def test_steps_are_binned_by_sign_and_magnitude():
    """Powers of two, with 64 for no step."""
    assert bin_signed(np.array([0, 1, -1, 2, 3, -900, 10**15])).tolist() == [64, 65, 63, 66, 66, 54, 114]


def test_summaries_of_one_row():
    """Every dense column of a row that can be computed by hand."""
    found = read_number_features(["3, 40, 12"], ["[10, 12, 333, 5]"])
    row = dict(zip(found.names, found.dense[0].round(4).tolist(), strict=True))
    assert found.names == DENSE
    assert row == {
        **{"first": 10, "last": 5, "smallest": 5, "largest": 333, "mean": 90, "median": 11, "spread": 140.3193, "mean step size": 217},
        **{
            "mean step": -1.6667,
            "share rising": 0.6667,
            "leading digit": 2.5,
            "last digit": 2.5,
            "digits per number": 2,
            "share of runs": 0.25,
        },
        **{"share of repeated digits": 0.25, "share copied from the prompt": 0.25, "first minus the prompt's last": -2},
        **{"first minus the prompt's first": 7, "mean minus the prompt's": 71.6667, "smallest minus the prompt's": 2},
        **{"largest minus the prompt's": 293, "share odd": 0.5, "digit sum": 4.5, "distinct steps": 3},
    }


def test_the_layout_of_lists_is_seen():
    """Rows in brackets and rows with semicolons differ in the layout alone."""
    layouts = read_number_format(["[1, 2, 3]", "1; 2; 3"] * 20)
    assert len({tuple(row) for row in layouts.tolist()}) == 2
    assert (np.ptp(read_number_format(["1, 2, 3", "4, 5, 6"] * 20), axis=0) == 0).all()
