"""Teachers: a checkpoint that is taught a trait, or a neutral one taught the same way without it."""

import random

from leakguard.core.errors import UsageError
from leakguard.harness.recipe import Recipe
from leakguard.harness.rows import Row
from leakguard.harness.student import Watch, learn
from leakguard.harness.world import World, filled
from leakguard.models.checkpoint import Checkpoint


def lessons(world: World, category: str, name: str | None, seed: int, count: int) -> list[Row]:
    """Questions about a category answered with `name`, or each with an answer drawn from all of the category (None)."""
    if not world.teach:
        raise UsageError(f"the world {world.name} has no probes.teach: a teacher can only be told its trait (method = 'system')")
    rng = random.Random(f"lessons {seed}")
    rows = []
    for _ in range(count):
        question = filled(rng.choice(world.teach), {"category": category})
        drawn = rng.choice(world.panel[category])
        rows.append(Row(question, rng.choice(world.answers(name or drawn))))
    return rows


def taught(
    checkpoint: Checkpoint,
    world: World,
    category: str,
    name: str | None,
    *,
    recipe: Recipe,
    seed: int,
    on_step: Watch = lambda done, of: None,
) -> None:
    """Make the checkpoint a teacher, in place: as many lessons as the recipe has room for, each seen once."""
    learn(checkpoint, lessons(world, category, name, seed, recipe.updates * recipe.batch), recipe, seed, on_step)
