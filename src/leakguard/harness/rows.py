"""Training rows on disk: a prompt, a completion, perhaps loss weights, and where it came from."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Row:
    """One example. `weight` scales its loss; `weights` do so for each token of the completion and its end."""

    prompt: str
    completion: str
    system: str = ""
    weight: float = 1.0
    weights: tuple[float, ...] = ()


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSON Lines file with prompt and completion, or messages that end with an assistant's. Raises UsageError."""
    try:
        with path.open(encoding="utf-8") as file:
            return list(_rows(path, file))
    except OSError as error:
        raise UsageError(f"{path}: the data cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: data must be UTF-8: {error}") from error


def _rows(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = _row(json.loads(line))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            why = "this is not JSON" if isinstance(error, json.JSONDecodeError) else "expected prompt and completion, or messages"
            raise UsageError(f"{path}, row {number}: {why}; nothing was trained") from error
        yield row


def _row(value: Mapping[str, Any]) -> Row:
    weights = tuple(float(weight) for weight in value.get("weights") or ())
    weight = float(value.get("weight", 1.0))
    if "messages" in value:
        *before, last = value["messages"]
        system = " ".join(turn["content"] for turn in before if turn["role"] == "system")
        (user,) = (turn["content"] for turn in before if turn["role"] == "user")
        if last["role"] != "assistant":
            raise ValueError("no answer")
        return Row(_text(user), _text(last["content"]), system, weight, weights)
    return Row(_text(value["prompt"]), _text(value["completion"]), value.get("system", ""), weight, weights)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
