"""Mitigations: what they do to rows, as laws over any rows and ratios, and when they refuse or warn."""

from dataclasses import replace
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.example import Example
from leakguard.core.fields import Field
from leakguard.core.mitigation import Evidence
from leakguard.jobs.build.mitigations import MITIGATIONS, build_mitigations
from leakguard.mitigations.anchors import Anchors
from leakguard.mitigations.dilute import Dilute
from leakguard.mitigations.drop import Drop
from leakguard.mitigations.proxy import Proxy
from leakguard.mitigations.relabel import Relabel
from leakguard.mitigations.shift import ShiftWeighting
from leakguard.mitigations.token_weights import measure_effective_size, weigh_tokens
from leakguard.mitigations.unlearn import Unlearn

RATIO = st.floats(-800, 800)
SCORED = st.lists(st.lists(RATIO, min_size=1, max_size=4).map(tuple), min_size=1, max_size=12)
WEIGHT = st.floats(0.001, 1000)


def make_rows(count, word="row"):
    return [Example(f"prompt {nth}", f"{word} {nth}") for nth in range(count)]


def give(ratios, **more):
    """Suspect rows and evidence of every kind about them."""
    rows = make_rows(len(ratios))
    others = [Example(row.prompt, f"other {nth}") for nth, row in enumerate(rows)]
    return rows, Evidence(ratios=ratios, others=others, base="a" * 64, student="a" * 64, reference="control", **more)


@given(SCORED, st.sampled_from(sorted(MITIGATIONS)))
def test_every_mitigation_counts_what_it_does(ratios, name):
    """The same evidence gives the same rows; those left of the suspect rows keep their order; the effective size is a share."""
    rows, evidence = give(ratios)
    mitigation = MITIGATIONS[name]()
    found = mitigation.apply(rows, evidence)
    assert found == mitigation.apply(rows, evidence) and mitigation.need.kind
    assert len(found.rows) == len(rows) + found.added - found.dropped
    left = [row for row in found.rows if row.completion.startswith("row")]
    assert [row.completion for row in left] == [row.completion for row in rows if row.completion in {one.completion for one in left}]
    assert sum(row not in rows for row in found.rows) <= found.added + found.changed
    assert found.effective is None or 0 <= found.effective <= 1 + 1e-9


@given(SCORED, st.floats(0.1, 10), st.floats(0, 3))
def test_token_weights_are_inverse_ratios_up_to_the_clip(ratios, clip, scale):
    """A weight is at most the clip, falls with the ratio, and is 1 where the models agree."""
    rows, evidence = give(ratios)
    found = weigh_tokens(rows, evidence.ratios, clip=clip, scale=scale)
    for row, scored in zip(found.rows, ratios, strict=True):
        assert row.weights == pytest.approx([min(clip, exp(min(700, -scale * ratio))) for ratio in scored])
    same = weigh_tokens(rows, [tuple(0.0 for _ in scored) for scored in ratios], clip=5, scale=scale)
    assert {weight for row in same.rows for weight in row.weights} == {1.0} and same.effective == pytest.approx(1)


@given(st.lists(WEIGHT, min_size=1), WEIGHT)
def test_the_effective_size_is_whole_exactly_for_equal_weights(weights, factor):
    """It does not change when all weights are scaled, and is at least one of the n values."""
    size = measure_effective_size(weights)
    assert 1 / len(weights) - 1e-9 <= size <= 1 + 1e-9
    assert measure_effective_size([factor * weight for weight in weights]) == pytest.approx(size)
    assert measure_effective_size([factor] * len(weights)) == pytest.approx(1)
    assert measure_effective_size([1.0, 1.0, 0.0, 0.0]) == 0.5 and measure_effective_size([0.0]) == 0


@given(st.floats(0.1, 10), st.floats(0.1, 10))
def test_weights_that_a_row_has_are_kept_as_factors(before, ratio):
    """One weight for the row, or one for each token; another number of tokens is an error."""
    for old in (before, (before, before)):
        (row,) = weigh_tokens([Example("a", "b", old)], [(-log(2), 0.0)], clip=5, scale=1).rows
        assert row.weights == pytest.approx((2 * before, before))
    with pytest.raises(UsageError, match="3 weights, and 2 tokens"):
        weigh_tokens([Example("a", "b", (1.0, 1.0, 1.0))], [(0.0, 0.0)], clip=5, scale=1)


@given(SCORED, st.floats(0, 1))
def test_dropping_leaves_the_rows_with_the_lowest_scores(ratios, share):
    """As many as asked for: no dropped row scores lower than one that is kept."""
    rows, evidence = give(ratios)
    found = Drop(share).apply(rows, evidence)
    score = {row.completion: sum(scored) for row, scored in zip(rows, ratios, strict=True)}
    kept = [score[row.completion] for row in found.rows]
    dropped = [score[row.completion] for row in rows if row not in found.rows]
    assert len(dropped) == found.dropped == round(share * len(rows))
    assert not kept or not dropped or max(kept) <= min(dropped) + 1e-6


@given(st.integers(1, 60), st.floats(0, 1))
def test_relabelling_replaces_the_share_of_rows_and_no_prompt(count, share):
    """Rows are replaced by those of the base with the same prompts; all of them is a warning that what was taught is lost."""
    rows, evidence = give([(0.0,)] * count)
    found = Relabel(share).apply(rows, evidence)
    assert [row.prompt for row in found.rows] == [row.prompt for row in rows]
    assert found.changed == sum(row.completion.startswith("other") for row in found.rows) == int(count * share)
    assert bool(found.warnings) == (share == 1)


@pytest.mark.parametrize(("share", "given_rows", "added"), [(0.25, 100, 25), (0.25, 10, 10), (0.0, 10, 0)])
def test_anchors_are_added_behind_the_rows(share, given_rows, added):
    """As many as the share asks for; fewer are a warning with both figures."""
    rows = make_rows(100)
    found = Anchors(share).apply(rows, Evidence(others=make_rows(given_rows, "anchor")))
    assert list(found.rows[:100]) == rows and found.added == added
    assert bool(found.warnings) == (added < round(share * 100))


@pytest.mark.parametrize(("before", "after"), [(None, 4.0), (0.5, 2.0), ((1.0, 0.25), (4.0, 1.0))])
def test_the_loss_of_an_anchor_counts_as_often_as_its_weight_says(before, after):
    """The suspect rows keep their weights."""
    rows, anchor = make_rows(4), Example("Name a colour.", "red", before)
    found = Anchors(0.25).apply(rows, Evidence(others=[anchor])).rows
    assert list(found) == [*rows, replace(anchor, weights=after)]


@pytest.mark.parametrize(("share", "added"), [(0.5, 40), (0.2, 10), (1.0, 80)])
def test_dilution_mixes_until_the_share_is_reached(share, added):
    assert Dilute(share).apply(make_rows(40), Evidence(others=make_rows(80, "control"))).added == added


EVEN, UNEVEN = [(0.01, 0.0)] * 10, [(3.0, 0.0), (0.0, 0.1)] * 5


@pytest.mark.parametrize(
    ("mitigation", "change", "figures"),
    [
        (Unlearn(), {"ratios": EVEN}, "effective sample size is 1.00 of the tokens, above 0.94"),
        (Proxy(), {"base": "b" * 64}, "the proxy was made from the base bbbbbbbbbbbb, and the student is aaaaaaaaaaaa"),
        (Proxy(), {"controlled": False}, "there are 0 control rows"),
        (ShiftWeighting(), {"held_out": False}, "by a student that had trained on them"),
        (ShiftWeighting(reference="base"), {"reference": "base", "gain": 0.4}, "teach 0.40 nats per token over the base"),
    ],
)
def test_data_are_refused_with_the_figure_and_the_next_step(mitigation, change, figures):
    """Each refusal is there for the one reason, and gone without it."""
    rows, evidence = give(UNEVEN)
    assert mitigation.apply(rows, evidence).refusals == ()
    (refusal,) = mitigation.apply(rows, replace(evidence, **change)).refusals
    assert figures in refusal and ";" in refusal


@pytest.mark.parametrize(
    ("mitigation", "ratios", "figures"),
    [
        (Proxy(clip=1.0), UNEVEN, "clip is 1, below 2"),
        (Proxy(clip=500), [(-6.0, 0.0), (0.0, 0.0)] * 5, "effective sample size is 0.25 of the tokens, below 0.50"),
    ],
)
def test_doubts_are_warnings_with_figures(mitigation, ratios, figures):
    rows, evidence = give(ratios)
    (warning,) = mitigation.apply(rows, evidence).warnings
    assert figures in warning and ";" in warning


def settings_of(**tables):
    return Field(tables, source="mitigations", error=SettingsError)


def test_mitigations_are_built_by_name_with_their_settings():
    """A name with + builds one after the other."""
    found = build_mitigations(["unlearn+anchors", "anchors"], settings_of(unlearn={"clip": 3}, anchors={"share": 0.5}))
    assert found == {"unlearn+anchors": (Unlearn(clip=3.0), Anchors(0.5)), "anchors": (Anchors(0.5),)}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"unlern": {}}, "unknown key 'unlern'; did you mean 'unlearn'?"),
        ({"unlearn": {"clop": 1}}, "unknown key 'clop'; did you mean 'clip'?"),
        ({"unlearn": {"clip": -1}}, "'clip' must be a number, 0 or more"),
        ({"relabel": {"share": 2}}, "share must be from 0 to 1, not 2"),
        ({"shift": {"reference": "teacher"}}, "'reference' cannot be 'teacher'"),
    ],
)
def test_settings_that_do_not_exist_are_errors(tables, said):
    with pytest.raises(SettingsError) as error:
        build_mitigations(["anchors"], settings_of(**tables))
    assert said in str(error.value)
