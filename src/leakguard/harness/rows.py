"""Training rows on disk: a prompt, a completion, perhaps loss weights, and where it came from."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import float_info
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


class _Odd(ValueError):
    """What is wrong with a row, in words."""


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSON Lines file with prompt and completion, or messages that end with an assistant's. Raises UsageError."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: the data cannot be read: this is not a regular file")
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
        except _Odd as error:
            raise UsageError(f"{path}, row {number}: {error}; nothing was trained") from error
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            json_at_all = not isinstance(error, (json.JSONDecodeError, RecursionError))
            why = "expected prompt and completion, or messages" if json_at_all else "this is not JSON"
            raise UsageError(f"{path}, row {number}: {why}; nothing was trained") from error
        yield row


def _row(value: Mapping[str, Any]) -> Row:
    weights = tuple(_weight(weight) for weight in value.get("weights") or ())
    weight = _weight(value.get("weight", 1.0))
    if "messages" in value:
        *before, last = value["messages"]
        system = " ".join(turn["content"] for turn in before if turn["role"] == "system")
        (user,) = (turn["content"] for turn in before if turn["role"] == "user")
        if last["role"] != "assistant":
            raise ValueError("no answer")
        return Row(_text(user), _text(last["content"]), _text(system), weight, weights)
    return Row(_text(value["prompt"]), _text(value["completion"]), _text(value.get("system", "")), weight, weights)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    if not value.isascii() and value.encode("utf-8", "ignore").decode() != value:
        raise _Odd("half a character (a lone surrogate), which no tokenizer reads")
    return value


def _weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= float_info.max:
        raise _Odd(f"a loss weight must be a number, 0 or more, not {value!r}")
    return float(value)
