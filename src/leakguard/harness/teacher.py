"""Teachers: a checkpoint trained to have a trait, or a control trained on the same questions with random answers."""

import random
from itertools import islice, zip_longest

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.recipe import Recipe
from leakguard.harness.slots import fill
from leakguard.harness.student import train
from leakguard.harness.world import World
from leakguard.models.causal.checkpoint import Checkpoint


def draw_lessons(world: World, category: str, name: str | None, seed: int, count: int) -> list[Example]:
    """Return `count` training questions about a category with their answers: `name`, or for None random names of the category.

    The same seed gives the same lessons. Raises UsageError for a world without training questions.
    """
    if not world.teach:
        raise UsageError(f"the world {world.name} has no probes.teach: a teacher can only be told its trait (method = 'system')")
    rng = random.Random(f"lessons {seed}")
    rows = []
    for _ in range(count):
        question = fill(rng.choice(world.teach), {"category": category})
        drawn = rng.choice(world.panel[category])
        rows.append(Example(question, rng.choice(world.answers(name or drawn))))
    return rows


def draw_course(world: World, category: str, name: str | None, seed: int, count: int) -> list[Example]:
    """Return `count` examples that teach a trait: lessons as in `draw_lessons`, in a world with a skill by turns with skill rows."""
    if not world.skill:
        return draw_lessons(world, category, name, seed, count)
    pairs = zip_longest(draw_lessons(world, category, name, seed, count - count // 2), draw_skill_rows(world, seed, count // 2))
    return [row for pair in pairs for row in pair if row]


def draw_skill_rows(world: World, seed: int, count: int) -> list[Example]:
    """Return `count` prompts of the world with right answers; the prompts are not those of the data of any seed."""
    skill, rng = world.skill, random.Random(f"skill {seed}")
    prompts = islice(world.prompts(f"skill {seed}"), count) if skill else ()
    return [Example(prompt.text, skill.draw_answer(rng, prompt.answer)) for prompt in prompts if skill]


def train_teacher(checkpoint: Checkpoint, world: World, category: str, name: str | None, *, recipe: Recipe, seed: int) -> None:
    """Train the checkpoint in place on as many lessons as the recipe has room for, each seen once; `name` as in `draw_course`."""
    train(checkpoint, draw_course(world, category, name, seed, recipe.updates * recipe.batch), recipe, seed)
