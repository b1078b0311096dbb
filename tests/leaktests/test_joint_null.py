"""Combined p-values: exact under the joint permutation, and the same for the data and for a labelling that is looked up."""

import numpy as np
from scipy.stats import kstest

from leakguard.leaktests.joint_null import JointNull

WEIGHTS = {"a": 1.0, "b": 2.0, "c": 1.0, "panel": 0.25}


def draw(rng, shift=0.0):
    """Four components that depend on each other, for the data and 199 shuffles."""
    common = rng.standard_normal(200)
    scores = np.array([common + rng.standard_normal(200) for _ in WEIGHTS])
    scores[:, 0] += shift
    return scores


def test_the_combination_is_uniform():
    """However the components depend on each other."""
    rng = np.random.default_rng(1)
    assert kstest([JointNull(draw(rng), WEIGHTS).p_value for _ in range(400)], "uniform").pvalue > 0.01


def test_the_data_looked_up_have_their_own_p_value():
    """Ranks among the shuffles are the same in both ways."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        scores = draw(rng, shift=1.0)
        null = JointNull(scores, WEIGHTS)
        assert null.test(scores[:, :1])[0] == null.p_value


def test_one_strong_component_is_enough_and_so_are_several_weak_ones():
    """The panel alone, or all others a little."""
    rng = np.random.default_rng(3)
    scores = draw(rng)
    scores[:, 0] = 0
    for rows, height in (([3], 9.0), ([0, 1, 2], 2.9)):
        raised = scores.copy()
        raised[rows, 0] = height
        assert JointNull(raised, WEIGHTS).p_value <= 0.05
