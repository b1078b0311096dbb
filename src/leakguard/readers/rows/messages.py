"""Read messages: text, parts of a content list, reasoning, transcripts of sounds, and tool calls."""

from collections.abc import Iterator
from typing import Any

import orjson

from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import DEEPEST, MESSAGE_KEYS, holds_bytes, read_strings

REASONING = ("reasoning_content", "reasoning", "thinking")
SHOWN = 60
SPOKEN = (*REASONING, "content", "value", "text", "parts", "refusal")
SPEAKERS = ("role", "from", "speaker", "author", "sender")
"""Keys of a message that name its role; the first one that is present counts."""
TYPED = frozenset(("human", "ai", "user", "assistant", "system", "tool"))
"""Values of "type" that name the role, as LangChain writes them."""
PART_TEXTS = ("text", "refusal", "transcript", *REASONING)
PART_WORDS = ("thought", "summary", "value", "content")
"""Further keys of a part whose value is text in the format of some trainer, if it is a string or a list."""
SOUNDS = ("audio", "input_audio", "output_audio")
SOUND_KEYS = frozenset(SOUNDS)
CONTENT_KEYS = frozenset((*SPOKEN, "audio", "tool_calls", "function_call"))
MEDIA = ("image", "video", "file", "document", "input_image", "input_file", "redacted_thinking", "reasoning.encrypted", *SOUNDS)
THREADS = ("replies", "children")
"""Keys of a message whose value is the list of replies to it."""
CALLS, RESULTS = ("tool_use", "tool_call", "function_call"), "tool_result"
CALLED = ("toolUse", "functionCall", "function_call", "tool_use", "tool_call")
"""Keys of a part without a type whose value is a tool call."""
PICTURES = frozenset(("image", "video", "audio", "inlineData", "inline_data", "fileData", "file_data", "cachePoint", "image_url", "file"))
"""Keys of a part without a type whose value is not text (pictures, sounds, files)."""
ARGUMENTS = ("name", "arguments", "input", "args", "parameters")
PLAIN = ({"type", "text"}, {"text"})
"""The keys of a part that is only text."""
PART_KEYS = frozenset((*PART_TEXTS, *CALLED, *PICTURES, "toolResult", "functionResponse", "reasoningContent"))
"""Keys by which an object without a type is recognised as a part."""


class ShapeError(Exception):
    """Error: a row has no known shape, or a value of the wrong type."""


def read_text(value: Any, role: str, place: str) -> Iterator[Turn]:
    """Yield the turns of a value of `role`: a string, null (none), a message or part, or a list of strings, parts and messages.

    Raises ShapeError for any other type, and for an object in which no text is found.
    """
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, dict):
        yield from _read_item(value, role, place)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _read_item(item, role, f"{place}[{i}]")
    elif value is not None:
        raise ShapeError(f"{place} is {name_json_type(value)}")


def _read_item(item: Any, role: str, place: str) -> Iterator[Turn]:
    """Read a message with its own role, or a string or part of `role`."""
    if isinstance(item, dict) and find_speaker_key(item):
        yield from read_message(item, place)
    elif holds_bytes(item):
        raise ShapeError(f"{place} holds bytes, not text")
    elif isinstance(item, (str, dict)):
        yield from _read_part(item, role, place)
    elif isinstance(item, list):
        yield from _read_unknown(item, role, place, "is a list without text")
    else:
        raise ShapeError(f"{place} is {name_json_type(item)}, not an object")


def find_speaker_key(message: dict[str, Any]) -> str:
    """Return the key that names the role, or ""."""
    if "role" in message:
        return "role"
    key = next((key for key in SPEAKERS if key in message), "")
    typed = isinstance(message.get("type"), str) and message["type"] in TYPED and not CONTENT_KEYS.isdisjoint(message)
    return key or ("type" if typed else "")


def read_speaker(message: dict[str, Any], place: str) -> str:
    """Return the role of a message. Raises ShapeError if there is none or it is not a string."""
    key = find_speaker_key(message)
    name = message.get(key)
    # In exports of ChatGPT the role is in an object; in exports of other chats it is an object with a name.
    name = name.get("role", name.get("name")) if isinstance(name, dict) else name
    if not isinstance(name, str):
        raise ShapeError(f"{place}.{key} is {name_json_type(name)}" if key else f"{place} has no role")
    return name


def read_message(message: Any, place: str) -> Iterator[Turn]:
    """Yield all turns of one message: reasoning, content, transcripts, tool calls, and other keys that trainers read."""
    # Order of the turns: SPOKEN keys, sounds, tool calls, MESSAGE_KEYS, replies. Without any of these keys every other string is read.
    if not isinstance(message, dict):
        raise ShapeError(f"{place} is {name_json_type(message)}, not an object")
    role = read_speaker(message, place)
    for key in SPOKEN:
        if key in message:
            yield from _read_content(message[key], role, f"{place}.{key}")
    if not SOUND_KEYS.isdisjoint(message):
        yield from _read_sounds(message, role, place)
    if message.get("tool_calls") is not None:
        yield from _read_calls(message["tool_calls"], role, f"{place}.tool_calls")
    if message.get("function_call") is not None:
        yield from _read_call(message["function_call"], role, f"{place}.function_call")
    if not MESSAGE_KEYS.isdisjoint(message):
        for key in message:
            if key in MESSAGE_KEYS:
                yield from read_strings(message[key], role, f"{place}.{key}")
    elif CONTENT_KEYS.isdisjoint(message) and (more := message.keys() - {*SPEAKERS, *THREADS}):
        # A message with nothing but a role is empty, like one whose content is null: tables cannot distinguish the two.
        yield from _read_unknown({key: message[key] for key in message if key in more}, role, place, "has no content")
    if "replies" in message or "children" in message:
        yield from _read_replies(message, place)


def _read_calls(calls: Any, role: str, place: str) -> Iterator[Turn]:
    """Read a list of tool calls, a single one, or their JSON text."""
    if isinstance(calls, str):
        yield Turn(role, calls, place)
    elif isinstance(calls, dict):
        yield from _read_call(calls, role, place)
    elif isinstance(calls, list):
        for i, call in enumerate(calls):
            yield from _read_call(call, role, f"{place}[{i}]")
    else:
        raise ShapeError(f"{place} is {name_json_type(calls)}, not a list")


def _read_replies(message: dict[str, Any], place: str) -> Iterator[Turn]:
    """Yield the turns of all replies to a message, each with its own role. Threads may be as deep as JSON allows."""
    # An explicit stack in place of recursion. A reply is read without its own replies, which follow in order.
    todo = [(message, place)]
    while todo:
        above, where = todo.pop()
        lists = [(key, above[key]) for key in THREADS if isinstance(above.get(key), list)]
        all_below = ((reply, f"{where}.{key}[{i}]") for key, replies in lists for i, reply in enumerate(replies))
        below = [(reply, there) for reply, there in all_below if isinstance(reply, dict) and find_speaker_key(reply)]
        for reply, there in below:
            yield from read_message({key: value for key, value in reply.items() if key not in THREADS}, there)
        todo += reversed(below)


def _read_unknown(value: Any, role: str, place: str, why: str) -> Iterator[Turn]:
    """Yield every string of a value of unknown form. Raises ShapeError with `why` if there is none."""
    turns = list(read_strings(value, role, place))
    if not turns:
        raise ShapeError(f"{place} {why}")
    yield from turns


def try_read_message(value: Any, role: str, place: str) -> list[Turn] | None:
    """Return the turns of a message (with its own role) or a part; None if the value is neither or cannot be read as such."""
    if not isinstance(value, dict):
        return None
    try:
        key = find_speaker_key(value)
        if key and isinstance(value[key], (str, dict)):
            return list(read_message(value, place))
        return list(_read_part(value, role, place)) if "type" in value or not PART_KEYS.isdisjoint(value) else None
    except ShapeError:
        return None


def _read_content(value: Any, role: str, place: str, depth: int = 0) -> Iterator[Turn]:
    """Yield the texts of a content: a string, a part, or a list of these."""
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif isinstance(value, (list, dict)):
        if depth > DEEPEST:
            raise ShapeError(f"{place[:SHOWN]}... is nested too deep")
        if isinstance(value, dict):
            yield from _read_part(value, role, place, depth + 1)
            return
        for i, part in enumerate(value):
            text = part.get("text") if type(part) is dict and part.keys() in PLAIN else None
            if type(text) is str and part.get("type", "text") == "text":
                yield Turn(role, text, f"{place}[{i}].text")
            else:
                yield from _read_part(part, role, f"{place}[{i}]", depth + 1)
    elif value is not None:
        raise ShapeError(f"{place} is {name_json_type(value)}")


def _read_part(part: Any, role: str, place: str, depth: int = 0) -> Iterator[Turn]:
    """Yield the texts of one part of a content list. Pictures and sounds have none; of an unknown part every string is read."""
    # A part may have text keys, further keys of some trainer, sounds and tool calls. If it has none of them and is no known medium or tool
    # result, every string in it is read.
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
            yield from _read_content(part[key], role, f"{place}.{key}", depth)
        elif isinstance(part[key], str):
            yield Turn(role, part[key], f"{place}.{key}")
        elif part[key] is not None:
            raise ShapeError(f"{place}.{key} is {name_json_type(part[key])}")
    for key in more:
        yield from read_strings(part[key], role, f"{place}.{key}")
    if not SOUND_KEYS.isdisjoint(part):
        yield from _read_sounds(part, role, place)
    for key in calls:
        yield from _read_call(part[key], role, f"{place}.{key}")
    if name.endswith(CALLS):
        yield from _read_call(part, role, place)
    elif not (texts or more or calls or media or name.endswith(RESULTS)) and (name or PICTURES.isdisjoint(part)):
        yield from _read_unknown(part, role, place, "is a part without text")


def _read_sounds(message: dict[str, Any], role: str, place: str) -> Iterator[Turn]:
    """Yield the transcripts of the sounds of a message or part."""
    for key in SOUNDS:
        sound = message.get(key)
        heard = sound.get("transcript") if isinstance(sound, dict) else None
        if heard is not None and not isinstance(heard, (str, list)):
            raise ShapeError(f"{place}.{key}.transcript is {name_json_type(heard)}")
        yield from read_strings(heard, role, f"{place}.{key}.transcript")


def _read_call(call: Any, role: str, place: str) -> Iterator[Turn]:
    """Yield name and arguments of a tool call. Arguments that are an object become JSON, as chat templates write them."""
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
        text = call[key] if isinstance(call[key], str) else _encode(call[key], f"{place}.{key}")
        yield Turn(role, text, f"{place}.{key}")


def _encode(value: Any, place: str) -> str:
    """Return the value as JSON. Raises ShapeError if it is nested too deep."""
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise ShapeError(f"{place} is nested too deep") from error


def name_json_type(value: Any) -> str:
    """Name the type of a JSON value."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names[type(value)]
