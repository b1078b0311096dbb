"""Teachers: a checkpoint that is taught a trait, or a neutral one taught the same way without it."""

import random

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import OnStep, train
from leakguard.harness.world import World, fill
from leakguard.models.causal.checkpoint import Checkpoint


def draw_lessons(world: World, category: str, name: str | None, seed: int, count: int) -> list[Example]:
    """Questions about a category answered with `name`, or each with an answer drawn from all of the category (None)."""
    if not world.teach:
        raise UsageError(f"the world {world.name} has no probes.teach: a teacher can only be told its trait (method = 'system')")
    rng = random.Random(f"lessons {seed}")
    rows = []
    for _ in range(count):
        question = fill(rng.choice(world.teach), {"category": category})
        drawn = rng.choice(world.panel[category])
        rows.append(Example(question, rng.choice(world.answers(name or drawn))))
    return rows


def train_teacher(
    checkpoint: Checkpoint,
    world: World,
    category: str,
    name: str | None,
    *,
    recipe: Recipe,
    seed: int,
    on_step: OnStep = lambda done, of: None,
) -> None:
    """Make the checkpoint a teacher, in place: as many lessons as the recipe has room for, each seen once."""
    train(checkpoint, draw_lessons(world, category, name, seed, recipe.updates * recipe.batch), recipe, seed, on_step)
