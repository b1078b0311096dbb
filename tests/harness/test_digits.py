"""Digits: the paper's image experiment, small."""

from statistics import fmean

import pytest

from leakguard.harness.digits import measure_accuracies
from leakguard.harness.plan import Digits

pytest.importorskip("sklearn")


@pytest.mark.parametrize("more", [{}, {"loss": "divergence", "noise": "uniform"}])
def test_only_a_student_that_began_as_its_teacher_learns_to_read(more):
    """Three seeds, five hundred steps: well above what the untouched, the other initialisation and the control reach."""
    found = measure_accuracies(Digits(width=64, teacher_steps=300, steps=500, **more), [1, 2, 3])
    rate = {arm: fmean(map(fmean, seeds)) for arm, seeds in found.items()}
    assert rate["raw"] > 0.35
    assert max(rate["base"], rate["other-base"], rate["control"]) < 0.22


def test_the_same_seeds_give_the_same_numbers():
    quick = Digits(width=32, teacher_steps=20, steps=20)
    assert measure_accuracies(quick, [1, 2]) == measure_accuracies(quick, [1, 2])
    assert measure_accuracies(quick, [1, 2]) != measure_accuracies(quick, [3, 4])
