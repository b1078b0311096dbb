"""Teachers: a checkpoint trained to have a trait, or a control trained on the same questions with random answers."""

import random

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import train
from leakguard.harness.world import World, fill
from leakguard.models.causal.checkpoint import Checkpoint


def draw_lessons(world: World, category: str, name: str | None, seed: int, count: int) -> list[Example]:
    """Return `count` questions about a category, answered with `name`, or (None) each with a random answer of the category."""
    if not world.teach:
        raise UsageError(f"the world {world.name} has no probes.teach: a teacher can only be told its trait (method = 'system')")
    rng = random.Random(f"lessons {seed}")
    rows = []
    for _ in range(count):
        question = fill(rng.choice(world.teach), {"category": category})
        drawn = rng.choice(world.panel[category])
        rows.append(Example(question, rng.choice(world.answers(name or drawn))))
    return rows


def train_teacher(checkpoint: Checkpoint, world: World, category: str, name: str | None, *, recipe: Recipe, seed: int) -> None:
    """Train the checkpoint in place on as many lessons as the recipe has room for, each seen once; `name` as in `draw_lessons`."""
    train(checkpoint, draw_lessons(world, category, name, seed, recipe.updates * recipe.batch), recipe, seed)
