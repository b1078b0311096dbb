"""The recipe of a training run; part of every result."""

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


def change_recipe(recipe: Recipe, values: Mapping[str, Any], *, where: str) -> Recipe:
    """Return the recipe with `values` put in. Raises SettingsError; `where` is the prefix of keys in messages."""
    kinds = {name: type(value) for name, value in asdict(Recipe()).items()}
    choices = {"tunes": TUNES, "schedule": SCHEDULES, "dtype": DTYPES}
    for key, value in values.items():
        if key not in kinds:
            raise SettingsError(f"{where}: unknown key {key!r}; {suggest_names(key, kinds)}")
        if key in choices and value not in choices[key]:
            raise SettingsError(f"{where}.{key} cannot be {value!r}; {suggest_names(str(value), choices[key])}")
        if kinds[key] is not str and not (_is_number(value, kinds[key]) and value >= _find_least(key)):
            raise SettingsError(f"{where}.{key}: expected a number, {_find_least(key)} or more, not {value!r}")
    return replace(recipe, **{key: kinds[key](value) for key, value in values.items()})


def _is_number(value: object, kind: type) -> bool:
    """Return whether a value is a finite number of this kind."""
    return isinstance(value, int | float) and isinstance(value, (int, kind)) and not isinstance(value, bool) and isfinite(value)


def _find_least(key: str) -> int:
    """Return the smallest value of a key."""
    return 0 if key in ("warmup", "chunk", "rate", "clip") else 1
