"""How a model is tuned, as one value that is part of every result."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.suggest import suggest_names

TUNES = ("norms", "lora", "full")
SCHEDULES = ("constant", "linear", "cosine")
DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Recipe:
    """`tunes`: biases and norms only, LoRA on every linear layer (`rank`, `alpha`), or everything.

    AdamW without weight decay at learning rate `rate` for exactly `updates` steps of `batch` rows, of which `chunk` go through
    the model at once (0: all); `warmup` steps, then the `schedule`; gradients are clipped to the norm `clip`. `dtype` is that of the
    weights: auto is bfloat16 on a GPU that has it, else float32.
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


def change_recipe(recipe: Recipe, values: Mapping[str, Any], *, where: str) -> Recipe:
    """The recipe with `values` put in. Raises SettingsError; `where` stands before the key."""
    kinds = {name: type(value) for name, value in asdict(Recipe()).items()}
    choices = {"tunes": TUNES, "schedule": SCHEDULES, "dtype": DTYPES}
    for key, value in values.items():
        if key not in kinds:
            raise SettingsError(f"{where}: unknown key {key!r}; {suggest_names(key, kinds)}")
        if key in choices and value not in choices[key]:
            raise SettingsError(f"{where}.{key} cannot be {value!r}; {suggest_names(str(value), choices[key])}")
        if kinds[key] is not str and not (_number(value, kinds[key]) and value >= _least(key)):
            raise SettingsError(f"{where}.{key}: expected a number, {_least(key)} or more, not {value!r}")
    return replace(recipe, **{key: kinds[key](value) for key, value in values.items()})


def _number(value: object, kind: type) -> bool:
    return isinstance(value, int | float) and isinstance(value, (int, kind)) and not isinstance(value, bool) and isfinite(value)


def _least(key: str) -> int:
    return 0 if key in ("warmup", "chunk", "rate", "clip") else 1
