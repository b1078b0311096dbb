"""The shapes that rows of training data have, and how each is read as turns of text.

A shape is recognised by the row's keys alone. Wrong types inside it raise ShapeError: a row is never half read. So a key of
another shape that stands beside it is read as well: a student may be trained on either.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from leakguard.core.record import Turn
from leakguard.io.roles import FIELD

REASONING = ("reasoning_content", "reasoning", "thinking")
SPOKEN = (*REASONING, "content", "value", "text", "refusal")
PART_TEXTS = ("text", "refusal", "transcript", *REASONING)
SOUNDS = ("audio", "input_audio", "output_audio")
ONE_TURN = frozenset({str, int, float, bool, type(None)})
"""What stands beside a dialogue and is one turn at most: a string, or what is `wordless`."""
MEDIA = ("image", "video", "file", "document", "input_image", "input_file", "redacted_thinking", *SOUNDS)

Turns = Callable[[dict[str, Any]], Iterator[Turn]]


class ShapeError(Exception):
    """A row has no shape that anybody knows, or a value of the wrong type in it."""


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


def wordless(value: Any) -> bool:
    """True for null, numbers and booleans: under a key that stands beside the dialogue or the columns of a row they say nothing."""
    return value is None or isinstance(value, (int, float))


def beside(row: dict[str, Any], keys: Sequence[str], shape: str) -> Iterator[Turn]:
    """What a row of this shape says under keys of other shapes; numbers and booleans have no words there."""
    for key in keys:
        value = row[key]
        try:
            if key == "history" and isinstance(value, list):
                yield from _rounds(value)
            elif not wordless(value):
                yield from said(value, key, key)
        except ShapeError as error:
            raise ShapeError(f"{error} (beside {shape}; --schema {shape} leaves it out)") from error


def dialogue(key: str) -> Turns:
    """Reads row[key] as a list of messages, after a top-level "system" prompt if there is one."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        if not wordless(row.get("system")):
            yield from said(row["system"], "system", "system")
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


def said(value: Any, role: str, place: str) -> Iterator[Turn]:
    """A string that `role` says, nothing for null, or a list of strings, parts and messages."""
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if isinstance(item, str) or _is_part(item):
                yield from _part(item, role, f"{place}[{i}]")
            else:
                yield from spoken(item, f"{place}[{i}]")
    elif value is not None:
        raise ShapeError(f"{place} is {kind(value)}")


def _is_part(item: Any) -> bool:
    """Whether an item is a part of what somebody says: it names its type, and no speaker."""
    return isinstance(item, dict) and "type" in item and "role" not in item and "from" not in item


def spoken(message: Any, place: str) -> Iterator[Turn]:
    """All that one message says: reasoning, content, what is heard, tool calls."""
    if not isinstance(message, dict):
        raise ShapeError(f"{place} is {kind(message)}, not an object")
    role_key = "role" if "role" in message else "from"
    role = message.get(role_key)
    if not isinstance(role, str):
        raise ShapeError(f"{place}.{role_key} is {kind(role)}" if role_key in message else f"{place} has no role")
    keys = [key for key in SPOKEN if key in message]
    for key in keys:
        yield from _words(message[key], role, f"{place}.{key}")
    yield from _heard(message, role, place)
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise ShapeError(f"{place}.tool_calls is {kind(calls)}, not a list")
    for i, call in enumerate(calls or ()):
        yield from _call(call, role, f"{place}.tool_calls[{i}]")
    if message.get("function_call") is not None:
        yield from _call(message["function_call"], role, f"{place}.function_call")
    if not any(key in message for key in (*SPOKEN, "audio", "tool_calls", "function_call")):
        raise ShapeError(f"{place} has no content")


def _words(value: Any, role: str, place: str) -> Iterator[Turn]:
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _part(part, role, f"{place}[{i}]")
    elif value is not None:
        raise ShapeError(f"{place} is {kind(value)}")


def _part(part: Any, role: str, place: str) -> Iterator[Turn]:
    """One part of a content list; pictures and sounds have no words, a part of a type that nobody knows may have."""
    if isinstance(part, str):
        yield Turn(role, part, place)
        return
    if not isinstance(part, dict):
        raise ShapeError(f"{place} is {kind(part)}")
    texts = [key for key in PART_TEXTS if key in part]
    for key in texts:
        if isinstance(part[key], str):
            yield Turn(role, part[key], f"{place}.{key}")
        elif part[key] is not None:
            raise ShapeError(f"{place}.{key} is {kind(part[key])}")
    yield from _heard(part, role, place)
    name = part.get("type")
    if name in ("tool_use", "tool_call", "function_call"):
        yield from _call(part, role, place)
    elif name == "tool_result":
        yield from _words(part.get("content"), role, f"{place}.content")
    elif not texts and not (isinstance(name, str) and name.startswith(MEDIA)):
        raise ShapeError(f"{place} is a part without text")


def _heard(message: dict[str, Any], role: str, place: str) -> Iterator[Turn]:
    """What is spoken in the sounds of a message or part, if it says so."""
    for key in SOUNDS:
        sound = message.get(key)
        if isinstance(sound, dict):
            yield from said(sound.get("transcript"), role, f"{place}.{key}.transcript")


def _call(call: Any, role: str, place: str) -> Iterator[Turn]:
    """A tool call's name and arguments; arguments given as an object are read as the JSON that templates turn them into."""
    if isinstance(call, dict) and isinstance(call.get("function"), dict):
        call, place = call["function"], f"{place}.function"
    if not isinstance(call, dict):
        raise ShapeError(f"{place} is {kind(call)}, not an object")
    given = [key for key in ("name", "arguments", "input") if call.get(key) is not None]
    if not given:
        raise ShapeError(f"{place} has no name and no arguments")
    for key in given:
        text = call[key] if isinstance(call[key], str) else _json(call[key], f"{place}.{key}")
        yield Turn(role, text, f"{place}.{key}")


def _json(value: Any, place: str) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise ShapeError(f"{place} is nested too deep") from error


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


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names[type(value)]


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
