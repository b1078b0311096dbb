"""The content test by its laws: uniform without a difference, powerful with one, the same whatever the order of rows and files."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, kstest

from audit_rows import FAST, as_rows, number_rows, take, text_rows
from leakguard.core.audit import ContentSettings, LeakVerdict, RowTexts
from leakguard.core.errors import UsageError
from leakguard.leaktests.content import run_content_test

KINDS = pytest.mark.parametrize("make", [number_rows, text_rows])


@KINDS
def test_p_values_are_uniform_without_a_difference(make):
    """120 splits of one set of rows: both p-values reject at .05 and .2 as often as they may, and drift is uniform."""
    rng = np.random.default_rng(1)
    found = [run_content_test(make(40, rng), make(40, rng), replace(FAST, seed=seed)) for seed in range(120)]
    for p_values in ([one.p_value for one in found], [one.content_p_value for one in found]):
        for level in (0.05, 0.2):
            assert sum(p <= level for p in p_values) <= binom.ppf(0.999, len(found), level)
        assert kstest(p_values, "uniform").pvalue > 0.001


@KINDS
def test_a_difference_is_found(make):
    """A tilt that shows in no single row is DRIFT at 250 rows a side, with an effect whose interval leaves out chance."""
    rng = np.random.default_rng(2)
    found = run_content_test(make(250, rng, tilt=0.35), make(250, rng), FAST)
    assert found.verdict == LeakVerdict.DRIFT
    assert found.interval[0] > 0.5
    assert found.rows == (250, 250)


@KINDS
def test_the_order_of_rows_plays_no_part(make):
    """Sorted, reversed or shuffled files give the same result, to the last digit; one that depended on places would not."""
    rng = np.random.default_rng(3)
    data, control = make(80, rng, tilt=0.2), make(80, rng)
    first = run_content_test(data, control, FAST)
    for order in (np.arange(80)[::-1], np.argsort(data.completions), rng.permutation(80)):
        assert run_content_test(take(data, order), take(control, rng.permutation(80)), FAST) == first


@KINDS
def test_exchanging_the_files_changes_no_p_value(make):
    """Data against control is control against data, with unequal sizes as well; a row on the border of two strata may change sides."""
    rng = np.random.default_rng(4)
    data, control = make(90, rng, tilt=0.2), make(60, rng)
    there, back = run_content_test(data, control, FAST), run_content_test(control, data, FAST)
    assert there.p_value == back.p_value
    assert there.content_p_value == pytest.approx(back.content_p_value, abs=0.05)
    assert there.rows == back.rows[::-1]


def test_labels_stay_with_their_rows():
    """Labels that are off by one row, in whatever order, make a difference vanish; the test finds it in any order of the same rows."""
    rng = np.random.default_rng(5)
    data, control = number_rows(150, rng, tilt=0.6), number_rows(150, rng)
    assert run_content_test(data, control, FAST).p_value <= 0.01
    mixed = as_rows(
        [
            row
            for pair in zip(
                zip(data.prompts, data.completions, strict=True), zip(control.prompts, control.completions, strict=True), strict=True
            )
            for row in pair
        ]
    )
    halves = take(mixed, range(150)), take(mixed, range(150, 300))
    assert run_content_test(*halves, FAST).p_value > 0.05


def test_a_seed_repeats_and_another_differs_by_chance_only():
    """The same seed gives the same result; other seeds give p-values close by."""
    rng = np.random.default_rng(6)
    data, control = number_rows(60, rng, tilt=0.15), number_rows(60, rng)
    assert run_content_test(data, control, FAST) == run_content_test(data, control, FAST)
    p_values = [run_content_test(data, control, replace(FAST, seed=seed)).p_value for seed in range(6)]
    assert len(set(p_values)) > 1 and max(p_values) - min(p_values) < 0.15


def test_rows_with_numbers_and_text_use_both():
    """Components of both kinds take part where half of the texts have three numbers."""
    rng = np.random.default_rng(7)
    sides = [
        as_rows([("Count.", f"We counted {row} in all.") for row in number_rows(120, rng, tilt=tilt).completions]) for tilt in (0.6, 0)
    ]
    found = run_content_test(*sides, FAST)
    assert found.kind == "numbers and text"
    assert {name.split(":")[0] for name in found.components} == {"numbers", "text"}
    assert found.verdict == LeakVerdict.DRIFT


def test_without_prompts_the_test_runs_and_says_so():
    """Prompt covariates are off, and a note says what that means."""
    rng = np.random.default_rng(8)
    data, control = number_rows(60, rng), number_rows(60, rng)
    found = run_content_test(RowTexts(data.completions), control, FAST)
    assert "without prompts" in found.comparability.notes[-1]


def test_too_few_rows_are_refused_with_numbers():
    """The message says how many rows there are, and why some do not count."""
    rng = np.random.default_rng(9)
    few = number_rows(29, rng)
    with pytest.raises(UsageError, match=r"the data have 29 different rows of their own \(58 rows, 29 repeated, 0 also"):
        run_content_test(as_rows([*zip(few.prompts, few.completions, strict=True)] * 2), number_rows(60, rng), FAST)


@pytest.mark.parametrize("prompts", [True, False])
def test_a_control_that_is_the_same_file_is_refused(prompts):
    """Identical rows are no control; neither are mostly identical ones."""
    rng = np.random.default_rng(10)
    rows = number_rows(60, rng)
    rows = rows if prompts else RowTexts(rows.completions)
    with pytest.raises(UsageError, match="60 of 60 different rows of the data are also in the control"):
        run_content_test(rows, rows, FAST)


def test_columns_of_other_lengths_are_refused():
    """A prompt too few is an error of the caller, not a shift of all rows after it."""
    with pytest.raises(UsageError, match="2 completions but 1 prompts"):
        RowTexts(("1", "2"), ("a",))


def test_hostile_rows_are_tested_like_others():
    """Empty rows, huge numbers, NaN words, lone surrogates and a row of a megabyte."""
    rng = np.random.default_rng(11)
    odd = [("", ""), ("\ud800", "\udfff"), ("x", "nan, inf, -inf"), ("y", "9" * 500), ("z", "7, " * 350_000), ("\0", "\0\0")]
    sides = [as_rows([*zip(rows.prompts, rows.completions, strict=True), *odd]) for rows in (number_rows(40, rng), text_rows(40, rng))]
    for side, other in ((0, 1), (1, 0)):
        found = run_content_test(sides[side], take(sides[other], range(40)), FAST)
        assert np.isfinite([found.p_value, found.content_p_value, found.effect, *found.interval]).all()


def test_numbers_against_text_are_not_comparable():
    """The reason says what is what."""
    rng = np.random.default_rng(12)
    found = run_content_test(number_rows(60, rng), text_rows(60, rng), FAST)
    assert found.verdict == LeakVerdict.NOT_COMPARABLE
    assert found.comparability.reasons[0] == "the data are numbers, the control is text"


def test_clusters_are_exchanged_whole():
    """Documents of five near-copies each: row by row, the null rejects far too often; document by document, it does not."""
    rng = np.random.default_rng(13)

    def documents():
        rows, names = [], []
        for document in range(16):
            base = rng.integers(100, 1000, 6)
            for _ in range(5):
                rows.append(("Go on.", ", ".join(str(number) for number in base + rng.integers(-3, 4, 6))))
                names.append(f"document {document}")
        return as_rows(rows, clusters=tuple(names))

    rejected = {True: 0, False: 0}
    for seed in range(30):
        data, control = documents(), documents()
        for known in rejected:
            sides = [side if known else replace(side, clusters=()) for side in (data, control)]
            found = run_content_test(*sides, replace(FAST, seed=seed))
            rejected[known] += found.p_value <= 0.05
    assert rejected[True] <= 5
    assert rejected[False] >= 15


def test_few_rounds_are_refused():
    """199 shuffles reach .005 at best, and .015 after a threefold correction: no verdict at .01 could ever be given."""
    with pytest.raises(UsageError, match="at least 299 are needed"):
        ContentSettings(rounds=199)
