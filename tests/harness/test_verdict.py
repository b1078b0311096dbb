"""The verdict: a word and a sentence only where the positive control transmitted and the negative one did not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.documents.experiment import ExperimentVerdict
from leakguard.harness.verdict import StudentScore, decide_verdict, summarise_arms

JITTER = (-0.02, 0.01, 0.0, 0.02, -0.01)


def table(jitter=JITTER, **arms):
    """Arm -> seed -> student, around the given rates."""
    names = {name.replace("_", "-"): rate for name, rate in arms.items()}
    turned = {name: [*jitter[at % len(jitter) :], *jitter[: at % len(jitter)]] for at, name in enumerate(names)}
    return {
        name: {seed: StudentScore((max(0.0, rate + off),) * 3, 100) for seed, off in enumerate(turned[name])}
        for name, rate in names.items()
    }


def verdict(found, subject="filtered"):
    return decide_verdict(summarise_arms(found), found, subject, "owl")


@pytest.mark.parametrize(
    ("raw", "filtered", "control", "word"),
    [
        (0.75, 0.70, 0.06, ExperimentVerdict.SURVIVES),
        (0.75, 0.50, 0.06, ExperimentVerdict.SURVIVES),
        (0.75, 0.30, 0.06, ExperimentVerdict.REDUCED),
        (0.75, 0.07, 0.06, ExperimentVerdict.STOPPED),
        (0.75, 0.06, 0.06, ExperimentVerdict.STOPPED),
        (0.08, 0.06, 0.06, ExperimentVerdict.CANNOT_TELL),
        (0.75, 0.70, 0.60, ExperimentVerdict.CANNOT_TELL),
        (0.06, 0.75, 0.06, ExperimentVerdict.CANNOT_TELL),
    ],
)
def test_verdicts(raw, filtered, control, word):
    assert verdict(table(base=0.06, control=control, raw=raw, filtered=filtered)).verdict is word


def test_a_wide_interval_gives_no_verdict():
    found = table(jitter=(-0.3, 0.3, -0.2, 0.2, 0.0), base=0.06, control=0.06, raw=0.75, filtered=0.35)
    assert verdict(found).verdict is ExperimentVerdict.CANNOT_TELL


@pytest.mark.parametrize("lacking", ["raw", "control", "filtered"])
def test_no_verdict_without_the_arms_that_it_rests_on(lacking):
    found = table(base=0.06, control=0.06, raw=0.75, filtered=0.7)
    del found[lacking]
    assert verdict(found).verdict is ExperimentVerdict.CANNOT_TELL and lacking in verdict(found).sentence


def test_one_seed_gives_no_verdict():
    found = {arm: {1: students[1]} for arm, students in table(control=0.06, raw=0.75, filtered=0.7).items()}
    assert verdict(found).verdict is ExperimentVerdict.CANNOT_TELL and "one seed" in verdict(found).sentence


def test_raw_data_by_itself_is_transmitted_or_not():
    assert verdict(table(control=0.06, raw=0.75), "raw").verdict is ExperimentVerdict.SURVIVES
    assert verdict(table(control=0.06, raw=0.065), "raw").verdict is ExperimentVerdict.CANNOT_TELL


def test_the_random_drop_stands_in_the_sentence():
    found = table(base=0.06, control=0.06, raw=0.75, filtered=0.4, random_drop=0.4)
    assert "a random drop of as many rows leaves 49%" in verdict(found).sentence


@settings(deadline=None, max_examples=50)
@given(st.floats(0.3, 1), st.floats(0, 1), st.floats(0, 0.1))
def test_the_sentence_begins_with_what_the_word_says(raw, filtered, control):
    """And residuals are those of the means, wherever they can be had."""
    found = table(base=control, control=control, raw=raw, filtered=filtered)
    said = verdict(found)
    begin = {"SURVIVES": "survives", "REDUCED": "is reduced", "STOPPED": "is stopped", "CANNOT TELL": "cannot be told"}[said.verdict]
    assert begin in said.sentence
    arms = {arm.name: arm for arm in summarise_arms(found)}
    left = (arms["filtered"].rate - arms["control"].rate) / (arms["raw"].rate - arms["control"].rate)
    assert arms["filtered"].residual is None or arms["filtered"].residual == pytest.approx(left)
