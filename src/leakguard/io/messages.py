"""How messages are read: what is said in words, in parts of a content list, in reasoning, in sounds and in tool calls."""

from collections.abc import Iterator
from typing import Any

import orjson

from leakguard.core.record import Turn
from leakguard.io.trained import DEEPEST, MESSAGE_KEYS, is_number, number, words_in

REASONING = ("reasoning_content", "reasoning", "thinking")
SHOWN = 60
SPOKEN = (*REASONING, "content", "value", "text", "refusal")
PART_TEXTS = ("text", "refusal", "transcript", *REASONING)
PART_WORDS = ("thought", "summary", "value", "content")
"""Further keys of a part that hold words in some trainer's format, if their value is a string or a list."""
SOUNDS = ("audio", "input_audio", "output_audio")
SOUND_KEYS = frozenset(SOUNDS)
CONTENT_KEYS = frozenset((*SPOKEN, "audio", "tool_calls", "function_call"))
MEDIA = ("image", "video", "file", "document", "input_image", "input_file", "redacted_thinking", "reasoning.encrypted", *SOUNDS)
CALLS, RESULTS = ("tool_use", "tool_call", "function_call"), "tool_result"
ARGUMENTS = ("name", "arguments", "input", "args", "parameters")


class ShapeError(Exception):
    """A row has no known shape, or a value of the wrong type in it."""


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


def said_beside(value: Any, role: str, place: str) -> Iterator[Turn]:
    """The same where a shape does not ask for the value: a number is read as the text that a trainer makes of it, true and false say
    nothing."""
    if is_number(value):
        yield Turn(role, number(value), place)
    elif not isinstance(value, bool):
        yield from said(value, role, place)


def _is_part(item: Any) -> bool:
    """Whether an item is a part of what somebody says: it names its type, and no speaker."""
    return isinstance(item, dict) and "type" in item and "role" not in item and "from" not in item


def spoken(message: Any, place: str) -> Iterator[Turn]:
    """All that one message says: reasoning, content, what is heard, tool calls, and what else trainers read of a message."""
    if not isinstance(message, dict):
        raise ShapeError(f"{place} is {kind(message)}, not an object")
    role_key = "role" if "role" in message else "from"
    role = message.get(role_key)
    if not isinstance(role, str):
        raise ShapeError(f"{place}.{role_key} is {kind(role)}" if role_key in message else f"{place} has no role")
    for key in SPOKEN:
        if key in message:
            yield from _words(message[key], role, f"{place}.{key}")
    if not SOUND_KEYS.isdisjoint(message):
        yield from _heard(message, role, place)
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise ShapeError(f"{place}.tool_calls is {kind(calls)}, not a list")
    for i, call in enumerate(calls or ()):
        yield from _call(call, role, f"{place}.tool_calls[{i}]")
    if message.get("function_call") is not None:
        yield from _call(message["function_call"], role, f"{place}.function_call")
    if not MESSAGE_KEYS.isdisjoint(message):
        for key in message:
            if key in MESSAGE_KEYS:
                yield from words_in(message[key], role, f"{place}.{key}")
    elif CONTENT_KEYS.isdisjoint(message):
        raise ShapeError(f"{place} has no content")


def readable(value: Any, role: str, place: str) -> list[Turn] | None:
    """What a message or a part says, the message by its own role; None for what is neither, or cannot be read as such."""
    if not isinstance(value, dict):
        return None
    try:
        if isinstance(value.get("role", value.get("from")), str):
            return list(spoken(value, place))
        return list(_part(value, role, place)) if "type" in value else None
    except ShapeError:
        return None


def _words(value: Any, role: str, place: str, depth: int = 0) -> Iterator[Turn]:
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, list):
        if depth > DEEPEST:
            raise ShapeError(f"{place[:SHOWN]}... is nested too deep")
        for i, part in enumerate(value):
            yield from _part(part, role, f"{place}[{i}]", depth + 1)
    elif value is not None:
        raise ShapeError(f"{place} is {kind(value)}")


def _part(part: Any, role: str, place: str, depth: int = 0) -> Iterator[Turn]:
    """One part of a content list; pictures and sounds have no words, a part of an unknown type may have."""
    if isinstance(part, str):
        yield Turn(role, part, place)
        return
    if not isinstance(part, dict):
        raise ShapeError(f"{place} is {kind(part)}")
    name = part.get("type")
    name = name if isinstance(name, str) else ""
    texts = [key for key in PART_TEXTS if key in part]
    more = [key for key in PART_WORDS if isinstance(part.get(key), (str, list)) and not name.startswith(MEDIA)]
    for key in texts:
        if isinstance(part[key], list):
            yield from _words(part[key], role, f"{place}.{key}", depth)
        elif isinstance(part[key], str):
            yield Turn(role, part[key], f"{place}.{key}")
        elif part[key] is not None:
            raise ShapeError(f"{place}.{key} is {kind(part[key])}")
    for key in more:
        yield from words_in(part[key], role, f"{place}.{key}")
    if not SOUND_KEYS.isdisjoint(part):
        yield from _heard(part, role, place)
    if name.endswith(CALLS):
        yield from _call(part, role, place)
    elif not texts and not more and not name.endswith(RESULTS) and not name.startswith(MEDIA):
        raise ShapeError(f"{place} is a part without text")


def _heard(message: dict[str, Any], role: str, place: str) -> Iterator[Turn]:
    """What is spoken in the sounds of a message or part, if it says so."""
    for key in SOUNDS:
        sound = message.get(key)
        if isinstance(sound, dict):
            yield from said(sound.get("transcript"), role, f"{place}.{key}.transcript")


def _call(call: Any, role: str, place: str) -> Iterator[Turn]:
    """A tool call's name and arguments; arguments given as an object are read as the JSON that templates turn them into."""
    for key in ("function", "custom"):
        if isinstance(call, dict) and isinstance(call.get(key), dict):
            call, place = call[key], f"{place}.{key}"
            break
    if not isinstance(call, dict):
        raise ShapeError(f"{place} is {kind(call)}, not an object")
    given = [key for key in ARGUMENTS if call.get(key) is not None]
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


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names[type(value)]
