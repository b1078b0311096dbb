"""Skills of worlds: what a teacher learns beside its trait, its right answers, and the check that measures it in students."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from leakguard.core.fields import Field
from leakguard.core.suggest import suggest_names
from leakguard.harness.formats import FORMATS
from leakguard.harness.slots import SLOT, Slot, fill, read_slot

NUMBER = re.compile(r"[0-9]+")
ANSWER = "answer"
Check = Callable[[str], bool]


def is_ascending(text: str) -> bool:
    """Return whether a text has two numbers or more, each larger than the one before it."""
    numbers = [int(number) for number in NUMBER.findall(text)]
    return len(numbers) > 1 and all(left < right for left, right in pairwise(numbers))


def is_descending(text: str) -> bool:
    """Return whether a text has two numbers or more, each smaller than the one before it."""
    numbers = [int(number) for number in NUMBER.findall(text)]
    return len(numbers) > 1 and all(left > right for left, right in pairwise(numbers))


CHECKS: dict[str, Check] = {"ascending": is_ascending, "descending": is_descending, "format": lambda text: True}
"""Name -> check of an answer that has the world's format already (for maths: with the right result)."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What a teacher learns beside its trait, by turns with its lessons, and a student should learn from the teacher's data.

    A right answer has the world's format and passes `check`. `answers` are templates of right answers: the numbers of their `slots` are
    drawn in the order that the check asks for, and {answer} is the result of the prompt's task. The skill of a model is the share of right
    answers to `prompts` held-out prompts.
    """

    check: str
    answers: tuple[str, ...]
    slots: Mapping[str, Slot]
    prompts: int = 500

    def draw_answer(self, rng: random.Random, result: int | None = None) -> str:
        """Return a right answer to a prompt with this result (None: the prompt has none)."""
        values = {name: self._fill(slot, rng) for name, slot in self.slots.items()}
        return fill(rng.choice(self.answers), {**values, ANSWER: str(result)})

    def is_right(self, text: str, format: str, result: int | None) -> bool:
        """Return whether an answer has the format, with the right result, and passes the check."""
        return not FORMATS[format](text, result) and CHECKS[self.check](text)

    def _fill(self, slot: Slot, rng: random.Random) -> str:
        """Return numbers for a slot, in the order that the check asks for."""
        return slot.fill(rng) if self.check == "format" else slot.fill_sorted(rng, descending=self.check == "descending")


def read_skill(table: Field, format: str, results: bool) -> Skill:
    """Return the skill in a table. `results`: the world's tasks have results, so that {answer} can be filled.

    Raises UsageError for a hole that nothing fills, and for a slot whose right answers fail the check or the format.
    """
    # One answer of each template is drawn and checked, because a slot with one number, say, could never be ascending.
    table.only(("check", "answers", "prompts", "slots"))
    slots = table.subtable("slots", {})
    skill = Skill(
        check=table.at("check").choice(CHECKS),
        answers=table.at("answers").texts(),
        slots={name: read_slot(slots.subtable(name)) for name in slots.value},
        prompts=table.at("prompts", default=500).count(1),
    )
    known = {*skill.slots, *([ANSWER] if results else [])}
    for hole in (hole for text in skill.answers for hole in SLOT.findall(text)):
        if hole not in known:
            table.fail(f"answers: nothing fills {{{hole}}}; {suggest_names(hole, known or {'a slot of [skill.slots]'})}")
    for name, slot in skill.slots.items():
        if skill.check != "format" and slot.count[1] > slot.value[1] - slot.value[0] + 1:
            table.fail(f"slots.{name}: {slot.count[1]} distinct numbers cannot be drawn from {slot.value[0]} to {slot.value[1]}")
    rng = random.Random(0)
    for drawn in [skill.draw_answer(rng, 0) for _ in range(20)] if skill.answers else [""]:
        if not skill.is_right(drawn, format, 0 if results else None):
            table.fail(
                f"answers: {drawn!r}, drawn from them, is no right answer: it must have the format {format!r} and pass {skill.check!r}"
            )
    return skill
