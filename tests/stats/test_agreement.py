"""Measures of a judge, by their laws: they match the literature, their intervals cover, and nothing certain comes of little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, cohen_kappa_score

from leakguard.stats.agreement import Judgement, calibration_error, measure_agreement
from leakguard.stats.intervals import rogan_gladen

judgements = st.lists(
    st.builds(Judgement, st.booleans(), st.sampled_from([True, False, None]), st.one_of(st.none(), st.floats(0, 1))), max_size=40
)


def measured(entries, rounds=200):
    return measure_agreement(entries, rng=np.random.default_rng(0), rounds=rounds)


@settings(deadline=None)
@given(judgements)
def test_measures_are_what_the_literature_says(entries):
    """Kappa and Brier as in scikit-learn; every value lies in its interval; shares without examples are not measured."""
    found = measured(entries)
    known = [one for one in entries if one.leaks is not None]
    labels, said = [one.label for one in known], [one.leaks for one in known]
    if found.kappa:
        assert found.kappa.value == pytest.approx(cohen_kappa_score(labels, said))
    shares = [(one.label, one.share) for one in entries if one.share is not None]
    if shares:
        assert found.brier.value == pytest.approx(np.mean([(label - share) ** 2 for label, share in shares]))
        if len({label for label, _ in shares}) == 2:
            assert found.brier.value == pytest.approx(brier_score_loss(*zip(*shares, strict=True)))
    else:
        assert found.calibration is None and found.brier is None
    assert (found.sensitivity is None) == (not any(labels)) and (found.specificity is None) == all(labels)
    assert found.undetermined.value == pytest.approx((len(entries) - len(known)) / len(entries) if entries else 0)
    for rate in (found.sensitivity, found.specificity):
        if rate:
            assert 0 <= rate.interval.low <= rate.value + 1e-9 and rate.value <= rate.interval.high + 1e-9 <= 1 + 1e-8


@given(judgements)
def test_the_order_of_examples_does_not_matter(entries):
    """Nor does the run: a seed reproduces every interval."""
    one, other = measured(entries, 50), measured(entries[::-1], 50)
    assert (one.measured, one.sensitivity, one.specificity, one.kappa) == (
        other.measured,
        other.sensitivity,
        other.specificity,
        other.kappa,
    )
    assert one == measured(entries, 50)


def test_perfect_agreement_of_few_is_not_certainty():
    """Five right answers leave room for doubt; more leave less."""
    few, many = (measured([Judgement(nth % 2 == 0, nth % 2 == 0) for nth in range(count)]) for count in (6, 600))
    for name in ("sensitivity", "specificity", "kappa"):
        assert getattr(few, name).interval.low < 0.7 < getattr(many, name).interval.low < getattr(many, name).value == 1


def test_a_judge_that_guesses_has_no_kappa():
    """Verdicts that know nothing of the labels agree by chance only."""
    rng = np.random.default_rng(5)
    found = measured([Judgement(bool(rng.random() < 0.3), bool(rng.random() < 0.6)) for _ in range(2000)])
    assert found.kappa.interval.low < 0 < found.kappa.interval.high


def test_bootstrap_intervals_cover():
    """In about 95 of 100 worlds the interval holds the judge's true sensitivity, specificity and kappa."""
    rng = np.random.default_rng(11)
    sensitivity, specificity, share = 0.8, 0.9, 0.4
    accused = share * sensitivity + (1 - share) * (1 - specificity)
    chance = share * accused + (1 - share) * (1 - accused)
    truth = {"sensitivity": sensitivity, "specificity": specificity}
    truth["kappa"] = (share * sensitivity + (1 - share) * specificity - chance) / (1 - chance)
    held = dict.fromkeys(truth, 0)
    for _ in range(200):
        labels = rng.random(200) < share
        said = np.where(labels, rng.random(200) < sensitivity, rng.random(200) > specificity)
        found = measured([Judgement(bool(label), bool(leak)) for label, leak in zip(labels, said, strict=True)], 400)
        for name, value in truth.items():
            low, high = getattr(found, name).interval
            held[name] += low <= value <= high
    assert all(held[name] >= 0.88 * 200 for name in truth), held


def test_calibration_error_by_hand():
    """Two bins: 0.8 claimed where 0.5 is true, 0.1 claimed where 0 is true."""
    truth, share = np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.8, 0.8, 0.1, 0.1])
    assert calibration_error(truth, share) == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    assert calibration_error(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0


@given(st.integers(1, 500), st.data())
def test_a_perfect_test_corrects_nothing(rows, data):
    """With no errors the corrected share is the observed one, and lies in its interval."""
    hits = data.draw(st.integers(0, rows))
    found = rogan_gladen(hits, rows, found=10_000, leaking=10_000, cleared=10_000, clean=10_000)
    assert found.value == pytest.approx(hits / rows)
    assert found.interval.low - 0.01 <= found.value <= found.interval.high + 0.01


def test_a_test_that_tells_nothing_apart_corrects_nothing():
    """Nor does one that was not measured."""
    assert rogan_gladen(5, 10, found=5, leaking=10, cleared=5, clean=10) is None
    assert rogan_gladen(5, 10, found=0, leaking=0, cleared=5, clean=10) is None
    assert rogan_gladen(0, 0, found=9, leaking=10, cleared=9, clean=10) is None


@pytest.mark.parametrize(("share", "sensitivity", "specificity"), [(0.05, 0.9, 0.9), (0.3, 0.7, 0.95), (0.0, 0.8, 0.9)])
def test_corrected_intervals_cover(share, sensitivity, specificity):
    """The true share lies in the interval in at least 93 of 100 worlds, though all three shares are only estimated."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        hits = rng.binomial(400, share * sensitivity + (1 - share) * (1 - specificity))
        found = rogan_gladen(
            int(hits), 400, found=int(rng.binomial(80, sensitivity)), leaking=80, cleared=int(rng.binomial(120, specificity)), clean=120
        )
        held += found is not None and found.interval.low <= share <= found.interval.high
    assert held >= 0.93 * 400
