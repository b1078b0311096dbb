"""The recipe of a training run; part of every result."""

from dataclasses import dataclass, replace

from leakguard.core.fields import Field

TUNES = ("norms", "lora", "full")
SCHEDULES = ("constant", "linear", "cosine")
DTYPES = ("auto", "float32", "bfloat16")
CHOICES = {"tunes": TUNES, "schedule": SCHEDULES, "dtype": DTYPES}
LEAST = dict.fromkeys(("warmup", "chunk", "rate", "clip"), 0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained.

    `tunes` are the trained weights: "norms" (biases and norms), "lora" (adapters of `rank` and `alpha` on every linear layer) or "full".
    AdamW without weight decay at learning rate `rate` for exactly `updates` steps of `batch` rows, `chunk` rows per forward pass (0: all);
    `warmup` steps, then the `schedule`; gradients are clipped to the norm `clip`. `dtype` is the type of the weights: "auto" is bfloat16 on
    a GPU that supports it, else float32.
    """

    tunes: str = "norms"
    rate: float = 1e-2
    updates: int = 320
    batch: int = 32
    chunk: int = 0
    schedule: str = "constant"
    warmup: int = 0
    clip: float = 1.0
    rank: int = 8
    alpha: int = 8
    dtype: str = "auto"


def change_recipe(recipe: Recipe, table: Field) -> Recipe:
    """Return the recipe with the values of a table put in. Raises the table's error for an unknown key or an invalid value."""
    changes = table.changes(recipe, CHOICES, LEAST)
    return replace(recipe, **{name: type(getattr(recipe, name))(value) for name, value in changes.items()})
