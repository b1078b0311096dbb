"""The shapes that rows of training data have, and how each is read as turns of text.

A shape is recognised by the row's keys alone. Wrong types inside it raise ShapeError: a row is never half read. A key of another
shape that stands beside it is read as well, because a student may be trained on either, and so are the columns of io/trained.py.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from leakguard.core.record import Turn
from leakguard.io.messages import ShapeError, kind, readable, said, said_beside, spoken
from leakguard.io.roles import FIELD
from leakguard.io.trained import COLUMNS, words_in

Turns = Callable[[dict[str, Any]], Iterator[Turn]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write an example as a JSON object.

    A row that has all of `required` has this shape. `strings` are the keys that hold one turn each, in the order of the turns, if
    their values are strings and no key of `nested` is there. `dialogue` names the key of a list of messages that make all the turns
    (with "system" before them), and each message's keys of speaker and words.
    """

    name: str
    required: tuple[str, ...]
    turns: Turns
    strings: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    dialogue: tuple[str, str, str] | None = None

    def fits(self, keys: Collection[str]) -> bool:
        """Whether a row with these keys has this shape."""
        return all(key in keys for key in self.required)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that holds words in this shape."""
        return (self.dialogue[0], "system") if self.dialogue else (*self.nested, *self.strings)


def columns(keys: tuple[str, ...], required: tuple[str, ...]) -> Turns:
    """Reads each of `keys` as one turn spoken by that name, or as a list of messages where it is one."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        for key in keys:
            if row.get(key) is not None:
                yield from said(row[key], key, key)
            elif key in required:
                raise ShapeError(f"{key} is null")

    return turns


def alpaca(row: dict[str, Any]) -> Iterator[Turn]:
    """Earlier rounds (pairs of instruction and output), then this one."""
    history = row.get("history")
    if history is not None and not isinstance(history, list):
        raise ShapeError(f"history is {kind(history)}, not a list")
    yield from _rounds(history or ())
    yield from columns(("system", "instruction", "input", "output"), ("instruction", "output"))(row)


def _rounds(history: Sequence[Any]) -> Iterator[Turn]:
    for i, pair in enumerate(history):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ShapeError(f"history[{i}] is not a pair of instruction and output")
        yield from said(pair[0], "instruction", f"history[{i}][0]")
        yield from said(pair[1], "output", f"history[{i}][1]")


def beside(row: dict[str, Any], keys: Sequence[str], shape: str) -> Iterator[Turn]:
    """What a row of this shape says under keys of other shapes and under those that trainers read beside them."""
    for key in keys:
        value = row[key]
        try:
            if key in COLUMNS:
                yield from words_in(value, key, key, readable)
            elif key == "history" and isinstance(value, list):
                yield from _rounds(value)
            else:
                yield from said_beside(value, key, key)
        except ShapeError as error:
            raise ShapeError(f"{error} (beside {shape}; --schema {shape} leaves it out)") from error


def dialogue(key: str) -> Turns:
    """Reads row[key] as a list of messages, after a top-level "system" prompt if there is one."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        yield from said_beside(row.get("system"), "system", "system")
        if not isinstance(row[key], list):
            raise ShapeError(f"{key} is {kind(row[key])}, not a list")
        for i, message in enumerate(row[key]):
            yield from spoken(message, f"{key}[{i}]")

    return turns


def at_fields(paths: Sequence[str]) -> Turns:
    """Reads the values at these dotted paths, in order."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        for path in paths:
            value, place = _find(row, path)
            yield from said(value, FIELD, place)

    return turns


def _find(row: dict[str, Any], path: str) -> tuple[Any, str]:
    """The value at a dotted path and its path in full; a key that holds dots itself is taken first."""
    if path in row:
        return row[path], path
    value: Any = row
    place = ""
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value, place = value[step], f"{place}.{step}" if place else step
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value, place = value[int(step)], f"{place}[{int(step)}]"
        else:
            raise ShapeError(f"no field {path}")
    return value, place


# In the order in which `--schema auto` tries them.
SHAPES = (
    Shape("messages", ("messages",), dialogue("messages"), dialogue=("messages", "role", "content")),
    Shape("sharegpt", ("conversations",), dialogue("conversations"), dialogue=("conversations", "from", "value")),
    Shape(
        "preference",
        ("chosen", "rejected"),
        columns(("prompt", "chosen", "rejected"), ("chosen", "rejected")),
        strings=("prompt", "chosen", "rejected"),
    ),
    Shape("prompt-completion", ("completion",), columns(("prompt", "completion"), ("completion",)), strings=("prompt", "completion")),
    Shape("alpaca", ("instruction", "output"), alpaca, strings=("system", "instruction", "input", "output"), nested=("history",)),
    Shape("text", ("text",), columns(("text",), ("text",)), strings=("text",)),
)
AUTO = "auto"
SCHEMAS = (AUTO, *(shape.name for shape in SHAPES))
TEXT_KEYS = tuple(dict.fromkeys(key for shape in SHAPES for key in shape.keys))
BESIDE = tuple(dict.fromkeys((*TEXT_KEYS, *COLUMNS)))
"""Keys that are read beside a shape, in the order of their turns."""
ONE_TURN = frozenset({str, bool, type(None)})
"""Types of what stands beside a dialogue and is one turn at most."""
