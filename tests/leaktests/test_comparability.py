"""Differences that are no content: each is reported with its figure, and large ones leave no verdict."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from audit_rows import FAST, as_rows, number_rows, take, text_rows
from leakguard.core.audit import Comparability, ContentSettings, DetectableEffect, LeakVerdict
from leakguard.leaktests.comparability import _name_causes
from leakguard.leaktests.content import apply_second_control, decide_verdict, run_content_test
from leakguard.leaktests.propensity import Propensity
from leakguard.leaktests.shuffled_covariates import measure_distances
from leakguard.stats.auroc import Auroc

ROUNDS = replace(FAST, rounds=999)


def pairs(rows):
    return [*zip(rows.prompts, rows.completions, strict=True)]


def figures(found):
    return {one.name: one for one in found.comparability.figures}


def test_equal_datasets_are_comparable():
    """At most one in fifty pairs of halves is called not comparable."""
    rng = np.random.default_rng(1)
    found = [run_content_test(number_rows(60, rng), number_rows(60, rng), replace(FAST, seed=seed)) for seed in range(50)]
    assert sum(one.verdict == LeakVerdict.NOT_COMPARABLE for one in found) <= 1


def test_a_mix_of_prompts_leaves_no_verdict():
    """One opening four times as often: the reason names prompts, the propensity tells the files apart."""
    rng = np.random.default_rng(2)
    found = run_content_test(number_rows(300, rng, opening=0.75), number_rows(300, rng), ROUNDS)
    assert found.verdict == LeakVerdict.NOT_COMPARABLE
    assert "prompts" in found.comparability.reasons[0]
    assert found.comparability.nuisance_auroc > 0.6
    assert figures(found)["prompts (all columns)"].differs


def test_other_languages_leave_no_verdict():
    """A fifth of the data in German, and the control in English: the reason names the language and both shares."""
    rng = np.random.default_rng(12)
    english = [f"the {one} is on the {other}" for one, other in rng.integers(0, 999, (400, 2)).tolist()]
    german = [f"die {one} ist nicht auf der {other}" for one, other in rng.integers(0, 999, (40, 2)).tolist()]
    rows = [as_rows([("Tell me more.", text) for text in texts]) for texts in (english[:160] + german, english[160:360])]
    found = run_content_test(*rows, FAST)
    assert found.verdict == LeakVerdict.NOT_COMPARABLE
    assert any(reason.startswith("languages differ: the share of") for reason in found.comparability.reasons)
    (figure,) = [one for one in found.comparability.figures if one.name in ("share of German", "share of English")]
    assert abs(figure.data - figure.control) == pytest.approx(0.2)


def test_a_layout_leaves_no_verdict():
    """Brackets instead of none."""
    rng = np.random.default_rng(3)
    found = run_content_test(number_rows(300, rng, layout=0.7), number_rows(300, rng), ROUNDS)
    assert found.verdict == LeakVerdict.NOT_COMPARABLE
    assert "format" in found.comparability.reasons[0] and "AUROC" in found.comparability.reasons[0]
    assert figures(found)["format (all columns)"].differs and figures(found)["lines per completion"].p_value is None


def test_a_reason_names_the_figure_that_decided():
    """An overlap that is too small, not the AUROC, where that is no better than chance."""
    settings, area = ContentSettings(), Auroc(0.5, 0.02)
    little = Propensity(np.zeros(2), np.zeros(2, np.int64), area, 0.62)
    assert _name_causes(0.47, little, settings) == ["too few rows have a like one on the other side (overlap 62% of 80%)"]
    assert _name_causes(0.47, replace(little, overlap=0.9), settings) == []


def test_long_rows_leave_no_verdict():
    """Twice as many numbers a row."""
    rng = np.random.default_rng(4)
    data, control = number_rows(300, rng), number_rows(300, rng)
    longer = as_rows(
        [
            (prompt, f"{first}, {second}" if at % 2 else first)
            for at, (prompt, first, second) in enumerate(
                zip(data.prompts, data.completions, number_rows(300, rng, layout=1).completions, strict=True)
            )
        ]
    )
    found = run_content_test(longer, control, ROUNDS)
    assert found.verdict == LeakVerdict.NOT_COMPARABLE
    assert figures(found)["characters per completion"].p_value <= 0.003


def test_long_texts_leave_no_verdict():
    """Sentences of twice the length in four rows of ten instead of two: the reason names length."""
    rng = np.random.default_rng(16)

    def rows(chance):
        first, second = text_rows(300, rng), text_rows(300, rng)
        doubled = rng.random(300) < chance
        return as_rows(
            [
                (prompt, f"{one} {other}" if twice else one)
                for (prompt, one), other, twice in zip(pairs(first), second.completions, doubled, strict=True)
            ]
        )

    found = run_content_test(rows(0.4), rows(0.2), ROUNDS)
    assert found.verdict == LeakVerdict.NOT_COMPARABLE
    assert any("lengths of completions" in reason for reason in found.comparability.reasons)


@given(st.lists(st.integers(0, 6), min_size=4, max_size=40), st.integers(0, 2**31))
def test_the_distance_of_lengths_is_that_of_kolmogorov_and_smirnov(values, seed):
    """Against scipy, with ties and sides of different sizes."""
    lengths, labels = np.array(values, float), np.ones(len(values))
    labels[: 1 + seed % (len(values) - 1)] = -1
    centred = (labels - labels.mean())[:, None]
    found = measure_distances(lengths, labels, centred)
    assert found[0] == pytest.approx(ks_2samp(lengths[labels > 0], lengths[labels < 0]).statistic, abs=1e-6)


@pytest.mark.parametrize("drift", [{"opening": 0.5}, {"layout": 0.5}])
def test_prompts_and_format_alone_are_no_content(drift):
    """What prompts and format explain is removed: neither p-value rejects much more often than it may."""
    rng = np.random.default_rng(5)
    found = [run_content_test(number_rows(80, rng, **drift), number_rows(80, rng), replace(FAST, seed=seed)) for seed in range(40)]
    assert sum(one.content_p_value <= 0.05 for one in found) <= 6
    assert sum(one.p_value <= 0.05 for one in found) <= 6


def test_content_that_follows_the_prompt_is_no_content():
    """Small numbers are asked for more often in the data, and given: of 40 p-values 4 or 5 reject, and 14 without the covariates."""
    rng = np.random.default_rng(15)

    def rows(chance):
        small, usual = number_rows(150, rng, opening=1, tilt=0.9), number_rows(150, rng, opening=0)
        chosen = rng.random(150) < chance
        return as_rows([pairs(small if one else usual)[at] for at, one in enumerate(chosen)])

    found = [run_content_test(rows(0.45), rows(0.25), replace(FAST, seed=seed)) for seed in range(40)]
    assert sum(one.content_p_value <= 0.05 for one in found) <= 8
    assert sum(one.p_value <= 0.05 for one in found) <= 8


def test_copied_rows_are_counted_once():
    """A tenth of the data copied once more changes a figure and no p-value."""
    rng = np.random.default_rng(6)
    data, control = number_rows(100, rng), number_rows(100, rng)
    copied = as_rows([*pairs(data), *pairs(data)[:40]])
    once, twice = run_content_test(data, control, FAST), run_content_test(copied, control, FAST)
    assert twice.p_value == once.p_value and twice.rows == once.rows
    assert figures(twice)["share of repeated completions"].data == 40 / 140
    assert figures(twice)["share of repeated completions"].differs
    assert "40 of 140 rows of the data repeat a completion" in twice.comparability.notes[0]


def test_rows_of_both_files_are_left_out():
    """Rows that the control shares with the data are dropped from both, and the figures say so."""
    rng = np.random.default_rng(7)
    data, control = number_rows(100, rng), number_rows(100, rng)
    found = run_content_test(data, as_rows([*pairs(control), *pairs(data)[:20]]), FAST)
    assert found.rows == (80, 100)
    assert figures(found)["share of rows in both datasets"].data == 0.2


def test_roles_are_compared():
    """The sequence of roles that differs most is a figure."""
    rng = np.random.default_rng(8)
    data, control = number_rows(60, rng), number_rows(60, rng)
    sides = [replace(data, roles=("system, user, assistant",) * 60), replace(control, roles=("user, assistant",) * 60)]
    figure = next(one for one in run_content_test(*sides, FAST).comparability.figures if "roles" in one.name)
    assert {figure.data, figure.control} == {0.0, 1.0} and figure.differs


def test_a_tiny_difference_of_large_datasets_is_comparable():
    """Significant, but the files overlap and the AUROC is near a half: the content test is not spoilt by it."""
    rng = np.random.default_rng(9)
    found = run_content_test(number_rows(4_000, rng, opening=0.07), number_rows(4_000, rng), FAST)
    assert figures(found)["prompts (all columns)"].differs
    assert found.verdict != LeakVerdict.NOT_COMPARABLE


def test_controls_that_differ_leave_no_verdict():
    """Two runs of one set-up that differ are a reason; two that do not leave the result as it is."""
    rng = np.random.default_rng(11)
    data, control, odd = number_rows(250, rng, tilt=0.7), number_rows(250, rng), number_rows(250, rng, tilt=0.7)
    found = run_content_test(data, control, FAST)
    assert found.verdict == LeakVerdict.DRIFT
    assert apply_second_control(found, run_content_test(control, number_rows(250, rng), FAST)) == found
    spoilt = apply_second_control(found, run_content_test(control, odd, FAST))
    assert spoilt.verdict == LeakVerdict.NOT_COMPARABLE and spoilt.p_value == found.p_value
    assert "differs from the second control" in spoilt.comparability.reasons[-1]


COMPARABLE = Comparability((), 0.5, 0.45, 1.0)
FINE, COARSE, UNKNOWN = (DetectableEffect("any", auroc, None) for auroc in (0.58, 0.62, None))


@pytest.mark.parametrize(
    ("comparability", "p_values", "detectable", "verdict"),
    [
        (COMPARABLE, (0.01, 0.04), (COARSE,), LeakVerdict.DRIFT),
        (COMPARABLE, (0.01, 0.06), (FINE,), LeakVerdict.NO_DRIFT_FOUND),
        (COMPARABLE, (0.06, 0.01), (FINE, FINE), LeakVerdict.NO_DRIFT_FOUND),
        (COMPARABLE, (0.4, 0.4), (FINE, COARSE), LeakVerdict.UNDERPOWERED),
        (COMPARABLE, (0.4, 0.4), (FINE, UNKNOWN), LeakVerdict.UNDERPOWERED),
        (COMPARABLE, (0.4, 0.4), (), LeakVerdict.UNDERPOWERED),
        (replace(COMPARABLE, reasons=("format",)), (0.001, 0.001), (FINE,), LeakVerdict.NOT_COMPARABLE),
    ],
)
def test_the_verdict(comparability, p_values, detectable, verdict):
    """Drift needs both p-values, the absence of drift every minimal detectable effect, and either comparable data."""
    assert decide_verdict(comparability, p_values, detectable, ContentSettings()) == verdict


@pytest.mark.parametrize("usual", [True, False])
def test_the_format_is_no_content(usual):
    """Lists among sentences, in other shares: removed with more weight than prompts, so that hardly any content is left to be found."""
    rng = np.random.default_rng(12)

    def rows(chance):
        made = pairs(text_rows(150, rng))
        return as_rows([(prompt, "- " + text.replace(" ", "\n- ") if rng.random() < chance else text) for prompt, text in made])

    chance = 0.3 if usual else 0.42
    found = [run_content_test(rows(chance), rows(0.3), replace(FAST, seed=seed)) for seed in range(25)]
    assert sum(one.content_p_value <= 0.05 for one in found) <= 4


def test_a_text_and_its_lists_differ_in_format():
    """Texts that became lists differ in layout, whatever their words."""
    rng = np.random.default_rng(10)
    data, control = text_rows(200, rng), text_rows(200, rng)
    listed = as_rows([(prompt, "- " + text.replace(", ", "\n- ")) for prompt, text in pairs(data)])
    assert run_content_test(take(listed, range(200)), control, ROUNDS).verdict == LeakVerdict.NOT_COMPARABLE
