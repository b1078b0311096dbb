"""The plan of a run: settings converted and checked against each other."""

import pytest

from leakguard.core.counting import Counting, Mode
from leakguard.core.errors import SettingsError
from leakguard.core.gate import GatePolicy
from leakguard.core.policy import Action
from leakguard.core.rule import Severity
from leakguard.settings import Settings
from leakguard.settings.plan import resolve

PLAIN = Settings()


def with_policy(**entries):
    """Settings whose policy has these entries besides the default ones."""
    return Settings(policy=(*PLAIN.policy, *entries.items()))


def test_values_of_a_plan_are_converted():
    """Severities, actions and mappings instead of words and pairs; defaults that depend on other settings are filled in."""
    plan = resolve(
        Settings(
            fail_on="warning", map=(("completion", "answer"),), judge_model="m", judge_only="sample:5", judge_prices=(("prompt", 2.0),)
        )
    )
    assert plan.policy.fail_on is Severity.WARNING
    assert plan.policy.rows.entries["error"] is Action.REMOVE
    assert plan.read.columns == {"answer": "completion"}
    assert (plan.judge.only, plan.judge.sample, plan.judge.prices) == ("sample", 5, {"prompt": 2.0, "completion": 0.0})
    assert plan.judge.rubrics == ("alignment",)
    assert plan.changed(traits=("owl",)).judge.rubrics == ("reference",)
    assert resolve(Settings(fail_on="never")).policy.fail_on is None


def test_a_plan_has_no_judge_and_no_semantic_search_unless_they_are_asked_for():
    """Neither part is there by default."""
    assert (resolve(PLAIN).judge, resolve(PLAIN).meaning) == (None, None)
    assert resolve(Settings(semantic=True)).meaning.false_positive_rate == 0.05


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        (PLAIN, Mode.OFF),
        (Settings(duplicates="exact"), Mode.EXACT),
        (Settings(against=("a.jsonl",)), Mode.NEAR),
        (Settings(against=("a.jsonl",), duplicates="exact"), Mode.EXACT),
        (Settings(gate=GatePolicy(max_duplicates=0.5)), Mode.EXACT),
        (with_policy(duplicates="remove"), Mode.EXACT),
        (with_policy(**{"near-duplicates": "remove"}), Mode.NEAR),
    ],
)
def test_duplicates_are_counted_as_far_as_another_setting_needs_it(settings, mode):
    """A policy for duplicates, a gate that limits them and held-out data switch the counting on."""
    assert resolve(settings).look.counting.mode is mode
    assert resolve(Settings(duplicates="near:0.9")).look.counting == Counting(Mode.NEAR, 0.9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(preset="paper-numbers", traits=("owl",)), "`preset` paper-numbers is the published filter as it is; leave out `traits`"),
        (Settings(against=("-",)), "`against`: standard input cannot be held against the data; give a file"),
        (Settings(fpr=0.1), "`fpr` belongs to a search by meaning: add `semantic`"),
        (Settings(semantic_download=True), "`semantic-download` belongs to a search by meaning: add `semantic`"),
        (Settings(judge_check="c.json"), "`judge-check`: there is no judge; name one with `judge-model`"),
        (Settings(judge_model="m", judge_budget=(("money", 1.0),)), "`judge-budget`: money needs prices: add `judge-prices`"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, message):
    """The message names the settings, not the flags or keywords that gave them."""
    with pytest.raises(SettingsError) as error:
        resolve(settings)
    assert str(error.value).startswith(message)
