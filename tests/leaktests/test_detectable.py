"""The minimal detectable effect: smaller with more rows, and found about as often as it says."""

from dataclasses import replace

import numpy as np
import pytest

from audit_rows import FAST, number_rows, take
from leakguard.core.audit import ContentSettings, LeakVerdict, scale_rows
from leakguard.leaktests.content import run_content_test
from leakguard.leaktests.detectable import Simulation, find_detectable
from leakguard.stats.auroc import measure_auroc

BOUND = replace(FAST, simulations=40)


def test_more_rows_detect_less():
    """Every kind of difference, in AUROC; and the rows that would do are about the same from either."""
    rng = np.random.default_rng(1)
    data, control = number_rows(400, rng), number_rows(400, rng)
    few = run_content_test(take(data, range(60)), take(control, range(60)), BOUND)
    many = run_content_test(data, control, BOUND)
    assert few.verdict == many.verdict == LeakVerdict.UNDERPOWERED
    assert [one.kind for one in few.detectable] == [one.kind for one in many.detectable] and len(many.detectable) == 4
    for small, large in zip(few.detectable, many.detectable, strict=True):
        assert small.auroc is None or large.auroc < small.auroc
    known = [one.auroc for one in many.detectable]
    assert many.minimal_detectable_effect == (None if None in known else max(known))


def test_a_known_test_has_its_known_bound():
    """For a one-sided z test of one normal score, the bound follows from the normal distribution: d = (1.645 + 0.842) sqrt(2 / n)."""
    rng = np.random.default_rng(2)
    score = rng.standard_normal(400)
    score = (score - score.mean()) / score.std()

    def rejects(labels):
        sums = score @ (labels - labels.mean(0))
        return sums / np.sqrt(400) > 1.645

    simulation = Simulation((200, 200), None, rng)
    found = find_detectable("any", score, rejects, simulation, ContentSettings(simulations=400))
    assert found.auroc == pytest.approx(0.5698, abs=0.012)
    sizes, shares = zip(*found.tried, strict=True)
    assert list(sizes) == sorted(sizes) and list(shares) == sorted(shares)
    assert shares[0] < 0.8 <= shares[-1] == 1


def test_what_is_never_found_has_no_bound():
    """None is not a number of rows, and not 1."""
    rng = np.random.default_rng(3)
    simulation = Simulation((50, 50), None, rng)
    found = find_detectable("any", rng.standard_normal(100), lambda labels: np.zeros(labels.shape[1], bool), simulation, ContentSettings())
    assert (found.auroc, found.rows) == (None, None)
    assert [share for _, share in found.tried] == [0]


def test_rows_grow_with_the_square_of_the_effect():
    """Twice the effect of the tolerance takes four times the rows; at the tolerance, the rows at hand do."""
    assert scale_rows(0.6, 0.6, (300, 300)) == pytest.approx(300)
    assert scale_rows(0.6938, 0.6, (300, 300)) == pytest.approx(1200, rel=0.01)
    assert scale_rows(0.6, 0.6, (600, 200)) == pytest.approx(300)


def test_clusters_are_labelled_as_one():
    """Rows of a cluster get one simulated label."""
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(20), 5)
    seen = []

    def rejects(labels):
        seen.append(labels)
        return np.ones(labels.shape[1], bool)

    find_detectable("any", rng.standard_normal(100), rejects, Simulation((50, 50), clusters, rng), ContentSettings(simulations=7))
    assert all((labels.reshape(20, 5, 7) == labels.reshape(20, 5, 7)[:, :1]).all() for labels in seen)


def test_a_tilt_as_large_as_the_bound_is_found_about_as_often():
    """Real rows instead of simulated labels: a tilt with about the AUROC of the bound is found in four of five draws."""
    rng = np.random.default_rng(5)
    tilted = [(number_rows(150, rng, tilt=0.7), number_rows(150, rng)) for _ in range(12)]
    means = [np.array([np.mean([int(n) for n in text.strip("[]()").split(", ")]) for text in side.completions]) for side in tilted[0]]
    auroc = measure_auroc(-np.concatenate(means), np.arange(300) < 150).value
    bound = run_content_test(*tilted[0], BOUND).detectable[2].auroc
    found = np.mean([run_content_test(data, control, FAST).p_value <= 0.05 for data, control in tilted])
    assert auroc > bound and found >= 0.8
