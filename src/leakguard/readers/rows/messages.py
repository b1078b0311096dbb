"""How messages are read: what is said in words, in parts of a content list, in reasoning, in sounds and in tool calls."""

from collections.abc import Iterator
from typing import Any

import orjson

from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import DEEPEST, MESSAGE_KEYS, holds_bytes, read_strings

REASONING = ("reasoning_content", "reasoning", "thinking")
SHOWN = 60
SPOKEN = (*REASONING, "content", "value", "text", "parts", "refusal")
SPEAKERS = ("role", "from", "speaker", "author", "sender")
"""Keys of a message that say who speaks; the first that is there does."""
TYPED = frozenset(("human", "ai", "user", "assistant", "system", "tool"))
"""Types by which a message of LangChain says who speaks."""
PART_TEXTS = ("text", "refusal", "transcript", *REASONING)
PART_WORDS = ("thought", "summary", "value", "content")
"""Further keys of a part that hold words in some trainer's format, if their value is a string or a list."""
SOUNDS = ("audio", "input_audio", "output_audio")
SOUND_KEYS = frozenset(SOUNDS)
CONTENT_KEYS = frozenset((*SPOKEN, "audio", "tool_calls", "function_call"))
MEDIA = ("image", "video", "file", "document", "input_image", "input_file", "redacted_thinking", "reasoning.encrypted", *SOUNDS)
THREADS = ("replies", "children")
"""Keys of a message under which those stand that answer it."""
CALLS, RESULTS = ("tool_use", "tool_call", "function_call"), "tool_result"
CALLED = ("toolUse", "functionCall", "function_call", "tool_use", "tool_call")
"""Keys of a part without a type that hold a tool call."""
PICTURES = frozenset(("image", "video", "audio", "inlineData", "inline_data", "fileData", "file_data", "cachePoint", "image_url", "file"))
"""Keys of a part without a type that hold no words."""
ARGUMENTS = ("name", "arguments", "input", "args", "parameters")
PLAIN = ({"type", "text"}, {"text"})
"""The keys of a part that is a text and nothing else."""
PART_KEYS = frozenset((*PART_TEXTS, *CALLED, *PICTURES, "toolResult", "functionResponse", "reasoningContent"))
"""Keys by which an object without a type is known as a part."""


class ShapeError(Exception):
    """A row has no known shape, or a value of the wrong type in it."""


def read_text(value: Any, role: str, place: str) -> Iterator[Turn]:
    """A string that `role` says, nothing for null, a list of strings, parts and messages, or one message or part.

    Raises ShapeError for anything else, and for an object in which no text is found.
    """
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, dict):
        yield from _one(value, role, place)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _one(item, role, f"{place}[{i}]")
    elif value is not None:
        raise ShapeError(f"{place} is {name_json_type(value)}")


def _one(item: Any, role: str, place: str) -> Iterator[Turn]:
    """A message by its own speaker, or a string or part that `role` says."""
    if isinstance(item, dict) and find_speaker_key(item):
        yield from read_message(item, place)
    elif holds_bytes(item):
        raise ShapeError(f"{place} holds bytes, not text")
    elif isinstance(item, (str, dict)):
        yield from _part(item, role, place)
    elif isinstance(item, list):
        yield from _anything(item, role, place, "is a list without text")
    else:
        raise ShapeError(f"{place} is {name_json_type(item)}, not an object")


def find_speaker_key(message: dict[str, Any]) -> str:
    """The key that says who speaks, "" if none does."""
    if "role" in message:
        return "role"
    key = next((key for key in SPEAKERS if key in message), "")
    typed = isinstance(message.get("type"), str) and message["type"] in TYPED and not CONTENT_KEYS.isdisjoint(message)
    return key or ("type" if typed else "")


def read_speaker(message: dict[str, Any], place: str) -> str:
    """Who speaks in a message; raises ShapeError if it says nothing or no name."""
    key = find_speaker_key(message)
    name = message.get(key)
    # Exports of ChatGPT have an object with the role, those of chats one with a name.
    name = name.get("role", name.get("name")) if isinstance(name, dict) else name
    if not isinstance(name, str):
        raise ShapeError(f"{place}.{key} is {name_json_type(name)}" if key else f"{place} has no role")
    return name


def read_message(message: Any, place: str) -> Iterator[Turn]:
    """All that one message says: reasoning, content, what is heard, tool calls, and what else trainers read of a message."""
    if not isinstance(message, dict):
        raise ShapeError(f"{place} is {name_json_type(message)}, not an object")
    role = read_speaker(message, place)
    for key in SPOKEN:
        if key in message:
            yield from _words(message[key], role, f"{place}.{key}")
    if not SOUND_KEYS.isdisjoint(message):
        yield from _heard(message, role, place)
    if message.get("tool_calls") is not None:
        yield from _calls(message["tool_calls"], role, f"{place}.tool_calls")
    if message.get("function_call") is not None:
        yield from _call(message["function_call"], role, f"{place}.function_call")
    if not MESSAGE_KEYS.isdisjoint(message):
        for key in message:
            if key in MESSAGE_KEYS:
                yield from read_strings(message[key], role, f"{place}.{key}")
    elif CONTENT_KEYS.isdisjoint(message) and (more := message.keys() - {*SPEAKERS, *THREADS}):
        # A message of nothing but a speaker says nothing, as one whose content is null; tables have no null to tell the two apart.
        yield from _anything({key: message[key] for key in message if key in more}, role, place, "has no content")
    if "replies" in message or "children" in message:
        yield from _answers(message, place)


def _calls(calls: Any, role: str, place: str) -> Iterator[Turn]:
    """The calls of a list, one call, or the text of some as JSON."""
    if isinstance(calls, str):
        yield Turn(role, calls, place)
    elif isinstance(calls, dict):
        yield from _call(calls, role, place)
    elif isinstance(calls, list):
        for i, call in enumerate(calls):
            yield from _call(call, role, f"{place}[{i}]")
    else:
        raise ShapeError(f"{place} is {name_json_type(calls)}, not a list")


def _answers(message: dict[str, Any], place: str) -> Iterator[Turn]:
    """The messages that answer one, and those that answer them, each by its own speaker; a thread may be as deep as JSON allows."""
    todo = [(message, place)]
    while todo:
        above, where = todo.pop()
        lists = [(key, above[key]) for key in THREADS if isinstance(above.get(key), list)]
        all_below = ((reply, f"{where}.{key}[{i}]") for key, replies in lists for i, reply in enumerate(replies))
        below = [(reply, there) for reply, there in all_below if isinstance(reply, dict) and find_speaker_key(reply)]
        for reply, there in below:
            yield from read_message({key: value for key, value in reply.items() if key not in THREADS}, there)
        todo += reversed(below)


def _anything(value: Any, role: str, place: str, why: str) -> Iterator[Turn]:
    """Every string of what is not known; raises ShapeError, which says why it cannot be read, if there is none."""
    turns = list(read_strings(value, role, place))
    if not turns:
        raise ShapeError(f"{place} {why}")
    yield from turns


def try_read_message(value: Any, role: str, place: str) -> list[Turn] | None:
    """What a message or a part says, the message by its own role; None for what is neither, or cannot be read as such."""
    if not isinstance(value, dict):
        return None
    try:
        key = find_speaker_key(value)
        if key and isinstance(value[key], (str, dict)):
            return list(read_message(value, place))
        return list(_part(value, role, place)) if "type" in value or not PART_KEYS.isdisjoint(value) else None
    except ShapeError:
        return None


def _words(value: Any, role: str, place: str, depth: int = 0) -> Iterator[Turn]:
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, (list, dict)):
        if depth > DEEPEST:
            raise ShapeError(f"{place[:SHOWN]}... is nested too deep")
        if isinstance(value, dict):
            yield from _part(value, role, place, depth + 1)
            return
        for i, part in enumerate(value):
            text = part.get("text") if type(part) is dict and part.keys() in PLAIN else None
            if type(text) is str and part.get("type", "text") == "text":
                yield Turn(role, text, f"{place}[{i}].text")
            else:
                yield from _part(part, role, f"{place}[{i}]", depth + 1)
    elif value is not None:
        raise ShapeError(f"{place} is {name_json_type(value)}")


def _part(part: Any, role: str, place: str, depth: int = 0) -> Iterator[Turn]:
    """One part of a content list. Pictures and sounds have no words; of a part that is not known every string is read."""
    if isinstance(part, str):
        yield Turn(role, part, place)
        return
    if not isinstance(part, dict):
        raise ShapeError(f"{place} is {name_json_type(part)}")
    name = part.get("type")
    name = name if isinstance(name, str) else ""
    media = name.startswith(MEDIA)
    texts = [key for key in PART_TEXTS if key in part]
    more = [key for key in PART_WORDS if isinstance(part.get(key), (str, list)) and not media]
    calls = [] if name else [key for key in CALLED if isinstance(part.get(key), dict)]
    for key in texts:
        if isinstance(part[key], (list, dict)):
            yield from _words(part[key], role, f"{place}.{key}", depth)
        elif isinstance(part[key], str):
            yield Turn(role, part[key], f"{place}.{key}")
        elif part[key] is not None:
            raise ShapeError(f"{place}.{key} is {name_json_type(part[key])}")
    for key in more:
        yield from read_strings(part[key], role, f"{place}.{key}")
    if not SOUND_KEYS.isdisjoint(part):
        yield from _heard(part, role, place)
    for key in calls:
        yield from _call(part[key], role, f"{place}.{key}")
    if name.endswith(CALLS):
        yield from _call(part, role, place)
    elif not (texts or more or calls or media or name.endswith(RESULTS)) and (name or PICTURES.isdisjoint(part)):
        yield from _anything(part, role, place, "is a part without text")


def _heard(message: dict[str, Any], role: str, place: str) -> Iterator[Turn]:
    """What is spoken in the sounds of a message or part, if it says so."""
    for key in SOUNDS:
        sound = message.get(key)
        heard = sound.get("transcript") if isinstance(sound, dict) else None
        if heard is not None and not isinstance(heard, (str, list)):
            raise ShapeError(f"{place}.{key}.transcript is {name_json_type(heard)}")
        yield from read_strings(heard, role, f"{place}.{key}.transcript")


def _call(call: Any, role: str, place: str) -> Iterator[Turn]:
    """A tool call's name and arguments; arguments given as an object are read as the JSON that templates turn them into."""
    for key in ("function", "custom"):
        if isinstance(call, dict) and isinstance(call.get(key), dict):
            call, place = call[key], f"{place}.{key}"
            break
    if not isinstance(call, dict):
        raise ShapeError(f"{place} is {name_json_type(call)}, not an object")
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


def name_json_type(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names[type(value)]
