"""The table [gate.certificate] of a settings file: its reader and writer."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from leakguard.core.gate import RequiredCertificate
from leakguard.core.suggest import suggest_names
from leakguard.settings.values import InvalidValue, read_switch, read_text, read_texts

# Keys of a student's recipe, which harness.recipe.Recipe has as fields.
RECIPE: dict[str, tuple[str, ...] | type] = {
    "tunes": ("norms", "lora", "full"),
    "rate": float,
    "updates": int,
    "batch": int,
    "chunk": int,
    "schedule": ("constant", "linear", "cosine"),
    "warmup": int,
    "clip": float,
    "rank": int,
    "alpha": int,
    "dtype": ("auto", "float32", "bfloat16"),
}


def read_certificate_table(value: object) -> RequiredCertificate:
    """Return the required certificate of a table [gate.certificate]. Raises InvalidValue."""
    if not isinstance(value, Mapping):
        raise InvalidValue(f'expected a table such as {{ traits = ["owl"], skill = 0.98 }}, not {value!r}')
    found: dict[str, Any] = {}
    for key, entry in value.items():
        if key not in READERS:
            raise InvalidValue(f"unknown key {key!r}; {suggest_names(str(key), READERS)}")
        try:
            found[key] = READERS[key](entry)
        except InvalidValue as error:
            raise InvalidValue(f"{key}: {error}") from None
    if not found.get("traits"):
        raise InvalidValue("name at least one trait that must be stopped, in traits")
    return RequiredCertificate(**{**found, "traits": tuple(dict.fromkeys(found["traits"]))})


def certificate_table(required: RequiredCertificate) -> dict[str, Any]:
    """Return a required certificate as a table: read_certificate_table(certificate_table(required)) == required."""
    table = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(required).items()}
    return {key: value for key, value in table.items() if value != ""}


def _read_share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidValue(f"expected a share from 0 to 1, such as 0.98, not {value!r}")
    return float(value)


def _read_seeds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 2:
        raise InvalidValue(f"expected a whole number, 2 or more, not {value!r}")
    return value


def _read_recipe(value: object) -> dict[str, Any]:
    """Read keys of a recipe; the values are compared with those of a certificate."""
    if not isinstance(value, Mapping):
        raise InvalidValue(f'expected a table such as {{ tunes = "lora", updates = 500 }}, not {value!r}')
    for key, entry in value.items():
        if key not in RECIPE:
            raise InvalidValue(f"unknown key {key!r}; {suggest_names(str(key), RECIPE)}")
        valid = RECIPE[key]
        if isinstance(valid, tuple):
            if entry not in valid:
                raise InvalidValue(f"{key}: expected one of {', '.join(valid)}, not {entry!r}")
        elif isinstance(entry, bool) or not isinstance(entry, (int, float) if valid is float else int) or not isfinite(entry) or entry < 0:
            raise InvalidValue(f"{key}: expected a number, 0 or more, not {entry!r}")
    return dict(value)


READERS: dict[str, Callable[[object], Any]] = {
    "traits": read_texts,
    "left": _read_share,
    "skill": _read_share,
    "loss": _read_share,
    "seeds": _read_seeds,
    "files": read_texts,
    "base": read_text,
    "recipe": _read_recipe,
    "weights": read_switch,
}
"""The keys of the table, each with the function that reads its value."""
