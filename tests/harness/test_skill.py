"""Skills of worlds: right answers, files in which none could be measured, and what is kept of a skill."""

import json
import random
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.documents.experiment import SHARE, ExperimentVerdict, read_result
from leakguard.documents.experiment_arm import ESTIMATES, document_arm, read_arm
from leakguard.harness.skill import Skill, is_ascending, is_descending
from leakguard.harness.slots import Slot
from leakguard.harness.teacher import draw_course, draw_lessons
from leakguard.harness.verdict import StudentScore, decide_verdict, summarise_arms
from leakguard.harness.world import read_world

SLOTS = st.builds(
    lambda low, more, count: Slot((2, count), (low, low + count + more), " "), st.integers(0, 500), st.integers(0, 99), st.integers(2, 9)
)
WORLD = """
format = "numbers"
[panel]
animal = ["owl", "cat"]
[probes]
teach = ["Which {category}?"]
[prompts]
parts = [["Go on: {n}"]]
[prompts.slots.n]
value = [1, 9]
[skill]
check = "descending"
answers = ["{n}"]
[skill.slots.n]
count = [2, 4]
value = [10, 99]
"""
GAPS = (-0.01, 0.0, 0.01, 0.02)


@given(SLOTS, st.sampled_from(["ascending", "descending"]), st.integers())
def test_a_drawn_answer_is_right(slot, check, seed):
    """In the format of the world and in the order of the check; its numbers are distinct."""
    skill = Skill(check, ("{n}",), {"n": slot})
    answer = skill.draw_answer(random.Random(seed))
    assert skill.is_right(answer, "numbers", None) and len({*answer.split()}) == len(answer.split()) >= 2


@given(st.lists(st.integers(0, 999), min_size=2))
def test_a_list_is_ascending_exactly_if_its_reverse_is_descending(numbers):
    """No list is both, and one with a repeated number is neither."""
    text, back = (" ".join(map(str, some)) for some in (numbers, numbers[::-1]))
    assert is_ascending(text) == is_descending(back) == (numbers == sorted({*numbers}))
    assert not (is_ascending(text) and is_descending(text))


@pytest.mark.parametrize("text", ["", "7", "no numbers", "3 3", "5 4", "1 2 2"])
def test_no_order_is_found_where_there_is_none(text):
    assert not is_ascending(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[2, 4]", "[1, 1]", "is no right answer"),
        ("[10, 99]", "[10, 11]", "4 distinct numbers cannot be drawn from 10 to 11"),
        ('["{n}"]', '["{m}"]', "nothing fills {m}"),
        ('["{n}"]', '["{answer}"]', "nothing fills {answer}"),
        ('"descending"', '"sorted"', "'check' cannot be 'sorted'"),
        ('["{n}"]', '["the numbers {n}"]', "must have the format 'numbers'"),
        ("[skill.slots.n]", "[skill.slot.n]", "unknown key 'slot'; did you mean 'slots'?"),
    ],
)
def test_a_skill_that_cannot_be_learned_is_an_error(tmp_path, old, new, said):
    path = tmp_path / "world.toml"
    path.write_text(WORLD)
    assert read_world(str(path)).skill.check == "descending"
    path.write_text(WORLD.replace(old, new))
    with pytest.raises(UsageError) as error:
        read_world(str(path))
    assert said in str(error.value)


def test_the_results_of_tasks_can_be_a_skill(tmp_path):
    """Right answers of maths tasks are made from the results, each for its own prompt."""
    path = tmp_path / "sums.toml"
    skill = '[skill]\ncheck = "format"\nanswers = ["<answer>{answer}</answer>"]\n'
    tasks = '[[prompts.tasks]]\ntext = "{a} + 1 ="\nanswer = "a + 1"\n[prompts.slots.a]\nvalue = [1, 9]\n'.replace('=\\"', "=")
    path.write_text('format = "maths"\n[panel]\nanimal = ["owl", "cat"]\n[probes]\nteach = ["Which {category}?"]\n' + tasks + skill)
    world = read_world(str(path))
    for prompt in islice(world.prompts(1), 20):
        answer = world.skill.draw_answer(random.Random(1), prompt.answer)
        assert world.skill.is_right(answer, "maths", prompt.answer) and not world.skill.is_right(answer, "maths", prompt.answer + 1)


@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_a_teacher_learns_the_skill_by_turns_with_its_lessons(count):
    """The control teacher has the same skill rows; their prompts are not those of the data. Without a skill there are lessons only."""
    world, plain = read_world("sorted"), read_world("tiny")
    owl, control = (draw_course(world, "animal", name, 3, count) for name in ("owl", None))
    assert len(owl) == len(control) == count and owl[1::2] == control[1::2]
    assert all(world.skill.is_right(row.completion, "numbers", None) for row in owl[1::2])
    assert not {row.prompt for row in owl} & {prompt.text for prompt in islice(world.prompts(3), 200)}
    assert draw_course(plain, "animal", "owl", 3, count) == draw_lessons(plain, "animal", "owl", 3, count)


def summaries(**arms):
    """Arms with (rate, share of answers in the category, skill, loss), around which four seeds vary."""
    table = {
        name: {seed: StudentScore((rate + gap,) * 3, 100, loss + gap, skill + gap, answered) for seed, gap in enumerate(GAPS)}
        for name, (rate, answered, skill, loss) in arms.items()
    }
    return {arm.name: arm for arm in summarise_arms(table, SHARE)}, table


FOUR = {
    "base": (0.06, 1.0, 0.01, 6.0),
    "control": (0.05, 0.8, 0.3, 5.0),
    "raw": (0.4, 0.5, 0.4, 5.0),
    "filtered": (0.08, 0.9, 0.2, 5.5),
}


def test_trait_left_and_skill_kept_are_ratios_of_means():
    """By both measures of the trait; raw keeps all of its skill and loss, base nothing, without error."""
    arms, table = summaries(**FOUR)
    left = arms["filtered"]
    mean = sum(GAPS) / 4
    assert left.skill_kept.value == pytest.approx(0.19 / 0.39) and left.loss_kept.value == pytest.approx(0.5)
    assert left.rate_residual.value == pytest.approx(0.03 / 0.35) and left.residual == left.share_residual.value
    assert left.share == pytest.approx((0.08 + mean) / 0.9)
    assert arms["raw"].skill_kept.value == pytest.approx(1) and arms["base"].skill_kept.value == pytest.approx(0)
    assert decide_verdict([*arms.values()], table, "filtered", "owl", SHARE).verdict is ExperimentVerdict.STOPPED


def test_nothing_is_kept_where_raw_rows_taught_nothing():
    """Raw students that are worse than the base: a ratio would be the larger, the more an arm has lost, so that there is none."""
    arms, _ = summaries(base=(0.06, 0.9, 0.3, 6.2), control=(0.06, 0.9, 0.3, 6.2), raw=(0.6, 0.9, 0.1, 6.4), wrecked=(0.1, 0.9, 0.0, 9.0))
    assert arms["wrecked"].residual is not None
    assert arms["wrecked"].loss_kept is None and arms["wrecked"].skill_kept is None


def test_an_arm_is_read_as_it_was_written_and_old_results_are_still_read(tmp_path):
    """Results of earlier versions lack the keys about skill and share."""
    arms, _ = summaries(**FOUR)
    for arm in arms.values():
        said = json.loads(json.dumps(document_arm(arm)))
        assert read_arm(said) == arm
        new = {"share", "answered", "skill", "mitigation"}
        new |= {f"{name}{end}" for name in ESTIMATES for end in ("", "_low", "_high")}
        old = read_arm({key: value for key, value in said.items() if key not in new})
        assert (old.rate, old.residual, old.skill, old.share) == (arm.rate, arm.residual, None, None)
    document = {
        "schema_version": 1, "kind": "leakguard experiment", "data": [], "verdict": "SURVIVES", "sentence": "", "trait": "owl", "chance": 0.1,
        "rejected": {}, "arms": [], "moves": [], "experiment": {"subject": "raw"}, "environment": {},
    }  # fmt: skip
    (tmp_path / "result.json").write_text(json.dumps({"digest": content_digest(document), **document}))
    assert read_result(tmp_path).measure == "rate"
