"""The trait panel: exact p-values, a leak only for the trait that is there, and nothing for a shift that all prompts share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.errors import UsageError
from leakguard.core.trait_panel import PanelPrompt, PanelRows, PanelSettings, PromptRole
from leakguard.leaktests.trait_panel import run_trait_panel

TOKENS, WIDTH = 20, 6
QUICK = PanelSettings(rounds=199)
SEEDS = st.integers(0, 2**32 - 1)


def prompts(placebos=24):
    """A neutral prompt, two traits and placebos."""
    traits = [PanelPrompt(name, PromptRole.TRAIT, name) for name in ("owl", "cat")]
    others = [PanelPrompt(f"q{at}", PromptRole.PLACEBO, f"q{at}") for at in range(placebos)]
    return (PanelPrompt("neutral", PromptRole.NEUTRAL, ""), *traits, *others)


def world(seed, rows=100, *, owl=0.0, generic=0.0, placebos=24, paired=True):
    """Rows of a log-linear world: log P(row | prompt) = <psi(prompt), phi(row)> - |psi|^2 / 2 per token, phi normal.

    Rows under a prompt have the mean psi(prompt). The data are shifted by `owl` times what sets owl apart from the placebos, and by
    `generic` along a direction in which every prompt differs from the neutral one.
    """
    rng = np.random.default_rng(seed)
    whole = rng.normal(size=WIDTH)
    psi = 0.3 * (rng.normal(size=(3 + placebos, WIDTH)) + 3 * whole)
    psi[0] = 0
    shift = owl * (psi[1] - psi[3:].mean(axis=0)) + generic * whole
    phi = rng.normal(size=(2 * rows, WIDTH))
    phi[:rows] += shift
    sums = TOKENS * (phi @ psi.T - (psi**2).sum(axis=1) / 2)
    asked = tuple(f"p{at}" for at in range(rows)) * 2 if paired else ()
    return PanelRows([True] * rows + [False] * rows, [TOKENS] * 2 * rows, sums, asked)


def rejections(worlds, name="owl", **options):
    """Shares of worlds in which p, the placebo rank and the verdict reject."""
    scores = [run_trait_panel(one, prompts(), QUICK).traits[("owl", "cat").index(name)] for one in worlds]
    table = [(one.p_value <= 0.05, one.placebo_p_value <= 0.05, one.verdict == "leak") for one in scores]
    return np.mean(table, axis=0)


@pytest.mark.parametrize("paired", [True, False])
def test_p_values_of_equal_data_are_uniform(paired):
    """Of 200 pairs of datasets without a difference, a share near the level has such a p-value, and fewer a leak."""
    drawn = [run_trait_panel(world(seed, 40, paired=paired), prompts(), QUICK) for seed in range(200)]
    values = np.array([min(one.p_value for one in result.traits) for result in drawn])
    for level in (0.1, 0.2, 0.5, 0.8):
        assert abs((values <= level).mean() - level) < 4 * np.sqrt(level * (1 - level) / 200)
    assert np.mean([result.verdict == "leak" for result in drawn]) <= 0.05


def test_the_trait_that_is_there_is_found_and_no_other():
    """In most worlds owl is a leak, and cat seldom is, although its p-value alone often rejects."""
    worlds = [world(seed, owl=1.0) for seed in range(60)]
    assert rejections(worlds)[2] >= 0.7
    assert rejections(worlds, "cat")[2] <= 0.15


def test_drift_that_every_prompt_explains_is_no_leak():
    """A shift along what all prompts have in common raises neither the p-value nor the rank above their levels."""
    worlds = [world(seed, generic=2.0) for seed in range(150)]
    assert max(rejections(worlds)) <= 0.12
    gains = [run_trait_panel(one, prompts(), QUICK).traits[0].shift for one in worlds[:10]]
    assert min(gains) > 0.1


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_a_shift_that_all_prompts_share_changes_nothing(seed):
    """What a row gains under every prompt alike is taken off, in effects and p-values."""
    rows = world(seed, 30, owl=0.5)
    rng = np.random.default_rng(seed)
    moved = PanelRows(rows.in_data, rows.tokens, np.asarray(rows.logprobs) + rng.normal(5, 2, (60, 1)), rows.prompts)
    before, after = (run_trait_panel(one, prompts(), QUICK).traits for one in (rows, moved))
    assert [one.p_value for one in before] == [one.p_value for one in after]
    assert np.allclose([one.fit.effect for one in before], [one.fit.effect for one in after])


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_order_of_rows_changes_nothing(seed):
    """Effects, ranks and the ranking of prompts depend on the rows alone."""
    rows = world(seed, 30, owl=0.5)
    order = np.random.default_rng(seed).permutation(60)
    shuffled = PanelRows(*([column[at] for at in order] for column in (rows.in_data, rows.tokens, rows.logprobs, rows.prompts)))
    before, after = (run_trait_panel(one, prompts(), QUICK) for one in (rows, shuffled))
    assert [fit.name for fit in before.ranking] == [fit.name for fit in after.ranking]
    for one, other in zip(before.traits, after.traits, strict=True):
        assert np.isclose(one.fit.effect, other.fit.effect) and one.placebo_p_value == other.placebo_p_value


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_exchanged_datasets_turn_every_effect_around(seed):
    """Data and control in each other's place: effect, statistic and AUROC are mirrored."""
    rows = world(seed, 30, owl=0.5)
    turned = PanelRows([not one for one in rows.in_data], rows.tokens, rows.logprobs, rows.prompts)
    before, after = (run_trait_panel(one, prompts(), QUICK).traits[0] for one in (rows, turned))
    assert np.isclose(before.fit.effect, -after.fit.effect) and np.isclose(before.auroc, 1 - after.auroc)
    assert np.isclose(before.fit.statistic, -after.fit.statistic)


def test_the_ranking_needs_no_neutral_prompt():
    """Among prompts of equal strength, that of the data explains them best relative to the control; the neutral one has no rank."""
    rng = np.random.default_rng(3)
    phi = rng.normal(size=(400, 27))
    phi[:200, 1] += 1
    rows = PanelRows([True] * 200 + [False] * 200, [TOKENS] * 400, phi)
    ranking = run_trait_panel(rows, prompts(), QUICK).ranking
    assert ranking[0].name == "owl" and len(ranking) == 26


def test_few_placebos_can_never_pass():
    """18 placebos cannot reach .05, whatever the data are; 19 can."""
    for placebos, verdict in ((18, "cannot-tell"), (19, "leak")):
        result = run_trait_panel(world(1, 200, owl=2.0, placebos=placebos), prompts(placebos), QUICK)
        assert result.traits[0].verdict == verdict
    assert "level 0.05 takes 19" in run_trait_panel(world(1, 200, placebos=18), prompts(18), QUICK).reasons[0]


def test_few_pairs_cannot_tell():
    """Ten rows of each dataset are no test."""
    result = run_trait_panel(world(1, 10, owl=2.0), prompts(), QUICK)
    assert result.verdict == "cannot-tell" and "10 pairs of rows" in result.reasons[0]


def test_rows_of_a_cluster_are_one_unit():
    """100 rows of 10 clusters a side are 20 units, too few for a verdict."""
    rows = world(1, 100, owl=2.0)
    clusters = tuple(f"c{at // 10}" for at in range(200))
    result = run_trait_panel(PanelRows(rows.in_data, rows.tokens, rows.logprobs, rows.prompts, clusters), prompts(), QUICK)
    assert (result.paired, result.units, result.verdict) == (False, 20, "cannot-tell")


def test_rows_without_a_partner_are_left_out_and_counted():
    """Most rows have a partner: the others are left out; if most have none, labels are shuffled instead."""
    rows = world(2, 100)
    asked = [*rows.prompts[:100], *(f"p{at}" for at in range(30, 130))]
    result = run_trait_panel(PanelRows(rows.in_data, rows.tokens, rows.logprobs, asked), prompts(), QUICK)
    assert (result.paired, result.units, result.left_out) == (True, 70, 60)
    asked = [*rows.prompts[:100], *(f"p{at}" for at in range(80, 180))]
    result = run_trait_panel(PanelRows(rows.in_data, rows.tokens, rows.logprobs, asked), prompts(), QUICK)
    assert (result.paired, result.units, result.left_out) == (False, 200, 0)


def test_numbers_that_are_not_finite_are_refused():
    """NaN never becomes a verdict."""
    rows = world(1, 30)
    sums = np.array(rows.logprobs)
    sums[3, 4] = np.nan
    with pytest.raises(UsageError, match="no finite number"):
        run_trait_panel(PanelRows(rows.in_data, rows.tokens, sums, rows.prompts), prompts(), QUICK)
    with pytest.raises(UsageError, match="rows of the data and of the control"):
        run_trait_panel(PanelRows([True] * 60, rows.tokens, rows.logprobs, rows.prompts), prompts(), QUICK)


@pytest.mark.parametrize("flat", ["all", "placebos", "owl"])
def test_log_probabilities_that_tell_nothing_are_no_answer(flat):
    """The same value under all prompts, under all placebos, or under a trait and the neutral prompt: cannot tell, with the reason."""
    rows = world(3, owl=1.0)
    values = np.array(rows.logprobs)
    values[:, {"all": slice(None), "placebos": slice(3, None), "owl": slice(1, 2)}[flat]] = values[:, :1]
    result = run_trait_panel(PanelRows(rows.in_data, rows.tokens, values, rows.prompts), prompts(), QUICK)
    assert result.traits[0].verdict == "cannot-tell" and result.verdict == "cannot-tell"
    assert any("tell no row from another" in reason for reason in result.reasons)


@pytest.mark.parametrize("value", [-1e308, -3.4e38, float("nan")])
def test_what_is_no_log_probability_is_refused(value):
    """Nothing that could overflow reaches the test."""
    rows = world(3, 30)
    values = np.array(rows.logprobs)
    values[0, 1] = value
    with pytest.raises(UsageError, match="score the rows again"):
        run_trait_panel(PanelRows(rows.in_data, rows.tokens, values, rows.prompts), prompts(), QUICK)


@pytest.mark.parametrize("paired", [True, False])
def test_an_effect_of_the_minimal_size_is_found_in_about_four_of_five_worlds(paired):
    """Where a trait's score is moved by its minimal effect in the data, the panel finds a leak in .8 of worlds, with room for 150 draws."""
    found = []
    for seed in range(150):
        rows = world(seed, 60, paired=paired)
        least = run_trait_panel(rows, prompts(), QUICK).traits[0].minimal_effect
        sums = np.array(rows.logprobs)
        sums[:60, 1] += least * TOKENS
        moved = run_trait_panel(PanelRows(rows.in_data, rows.tokens, sums, rows.prompts), prompts(), QUICK).traits[0]
        found.append(moved.verdict == "leak")
    assert abs(np.mean(found) - 0.8) < 0.13


def test_without_enough_placebos_or_rounds_no_effect_could_be_found():
    """The minimal effect is None where no p-value can reach the level."""
    few = run_trait_panel(world(1, 60, placebos=10), prompts(10), QUICK).traits[0]
    short = run_trait_panel(world(1, 60), prompts(), PanelSettings(rounds=15)).traits[0]
    assert (few.minimal_effect, short.minimal_effect) == (None, None)
