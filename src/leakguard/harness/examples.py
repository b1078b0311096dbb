"""Training examples from JSON Lines files: a prompt and a completion, or messages, perhaps with loss weights."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import float_info
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.core.record import Origin, Unreadable

NOT_JSON, NO_EXAMPLE = "not-json", "no-example"
EXPECTED = "expected prompt and completion, or messages"
REFUSED = "nothing was loaded"
"""The outcome of unreadable rows (`describe_unreadable`) where each row counts."""


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """The examples of a file in its order, and its rows that hold none, with the reason."""

    examples: Sequence[Example]
    unreadable: Sequence[Unreadable] = ()

    @property
    def rows(self) -> int:
        """All rows of the file, blank lines aside."""
        return len(self.examples) + len(self.unreadable)


class _Odd(ValueError):
    """What is wrong with a row, in words."""


def read_examples(path: Path) -> ExampleFile:
    """Read a JSON Lines file with prompt and completion, or with messages of which the last is an assistant's.

    `weight` (a number) or `weights` (one for each token of the completion and its end) scale the loss. A row that is no example is
    counted, not raised. Raises UsageError for a file that cannot be read at all.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: the data cannot be read: this is not a regular file")
    examples: list[Example] = []
    unreadable: list[Unreadable] = []
    offset = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                found = _read_line(line)
                if isinstance(found, Example):
                    examples.append(found)
                elif found:
                    unreadable.append(Unreadable(Origin(str(path), number, offset), *found, length=len(line)))
                offset += len(line)
    except OSError as error:
        raise UsageError(f"{path}: the data cannot be read: {error.strerror or error}") from error
    return ExampleFile(examples, unreadable)


def write_example(row: Example) -> dict[str, Any]:
    """Return an example as JSON values that `read_examples` reads as the same example."""
    said: dict[str, Any] = {"prompt": row.prompt, "completion": row.completion}
    if row.system:
        said["system"] = row.system
    if isinstance(row.weights, tuple):
        said["weights"] = list(row.weights)
    elif row.weights is not None:
        said["weight"] = row.weights
    return said


def render_examples(rows: Iterable[Example]) -> str:
    """Return examples as the text of a JSON Lines file that `read_examples` reads."""
    return "".join(json.dumps(write_example(row), ensure_ascii=False) + "\n" for row in rows)


def describe_unreadable(rows: Sequence[Unreadable], of: int, outcome: str = "were left out") -> str:
    """Return one line about unreadable rows: how many of `of`, their `outcome`, and what is wrong with the first; empty without any."""
    if not rows:
        return ""
    first = rows[0]
    return f"{first.origin.file}: {len(rows):,} of {of:,} rows are unreadable and {outcome}; row {first.origin.row}: {first.detail}"


def _read_line(line: bytes) -> Example | tuple[str, str] | None:
    """Return the example in a line, else (reason, detail); None for a blank line."""
    if not line.strip():
        return None
    try:
        return _read_row(json.loads(line.decode()))
    except _Odd as error:
        return NO_EXAMPLE, str(error)
    except UnicodeDecodeError as error:
        return NOT_JSON, f"data must be UTF-8: {error.reason} at byte {error.start} of the row"
    except (json.JSONDecodeError, RecursionError):
        return NOT_JSON, "this is not JSON"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return NO_EXAMPLE, EXPECTED


def _read_row(value: Mapping[str, Any]) -> Example:
    """Return the example in a JSON object. Raises _Odd, and errors of missing keys and wrong types."""
    given = value.get("weights")
    if given is not None and not given:
        raise _Odd(f"weights: expected a number for each token of the completion and its end, not {given!r}")
    weight = _read_weight(value.get("weight", 1.0))
    weights = tuple(weight * _read_weight(one) for one in given or ()) or (weight if "weight" in value else None)
    if "messages" in value:
        *before, last = value["messages"]
        system = " ".join(turn["content"] for turn in before if turn["role"] == "system")
        (user,) = (turn["content"] for turn in before if turn["role"] == "user")
        if last["role"] != "assistant":
            raise ValueError("no answer")
        return Example(_read_text(user), _read_text(last["content"]), weights, _read_text(system))
    return Example(_read_text(value["prompt"]), _read_text(value["completion"]), weights, _read_text(value.get("system", "")))


def _read_text(value: object) -> str:
    """Return a text that a tokenizer can read. Raises TypeError, _Odd."""
    if not isinstance(value, str):
        raise TypeError("no text")
    if not value.isascii() and value.encode("utf-8", "ignore").decode() != value:
        raise _Odd("half a character (a lone surrogate), which no tokenizer reads")
    return value


def _read_weight(value: object) -> float:
    """Return a loss weight. Raises _Odd."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= float_info.max:
        raise _Odd(f"a loss weight must be a number, 0 or more, not {value!r}")
    return float(value)
