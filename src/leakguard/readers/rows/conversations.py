"""Read conversations in columns of any name: lists of messages, question-answer pairs, segments, strings, and rows inside rows."""

from collections.abc import Iterator
from typing import Any

from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import DEEPEST, DIALOGUES, LABELS, PROMPTS, TRAINED, holds_bytes, read_strings
from leakguard.readers.rows.messages import CONTENT_KEYS, find_speaker_key, try_read_message

SPEAKERS = frozenset(
    (
        *("system", "user", "human", "assistant", "gpt", "bot", "model", "tool", "function", "observation", "developer"),
        *("prompt", "completion", "instruction", "input", "output", "text", "chosen", "rejected"),
        *(key for keys in PROMPTS.values() for key in keys),
        *TRAINED,
    )
)
"""Keys of an object that name the role of their value: {"human": ..., "assistant": ...}."""
WITHIN = frozenset((*DIALOGUES, "messages", "conversations", "history"))
"""Keys of an object whose values are conversations."""
NEAR = 6
"""The largest depth at which a row is searched for inside another one."""
PAIRED = frozenset(("history", "chat_history"))
"""Columns in which a list of two values is a question and its answer."""
MASKED, WRITTEN = "input", "output"
"""Roles of a segment whose label is false (no loss is computed on it: "input") or true ("output")."""


def read_conversation(value: Any, name: str, place: str, depth: int = 0, inside: bool = False) -> Iterator[Turn]:
    """Yield every string of a conversation in the column `name` as a turn.

    Roles: a message has its own; a string in a list has `name`, because its speaker is not known; a pair has "instruction" and "output"; a
    value under the name of a role has that role, except `inside` a member of another name, where `query` may be an argument of a call.
    Numbers are not read.
    """
    if isinstance(value, str):
        yield Turn(name, value, place)
    elif isinstance(value, list) and depth < DEEPEST:
        if name in PAIRED and depth == 1 and len(value) == 2:
            yield from read_strings(value[0], "instruction", f"{place}[0]")
            yield from read_strings(value[1], "output", f"{place}[1]")
            return
        for i, item in enumerate(value):
            yield from read_conversation(item, name, f"{place}[{i}]", depth + 1, inside)
    elif isinstance(value, dict) and depth < DEEPEST and not holds_bytes(value):
        yield from _read_object(value, name, place, depth, inside)


def _read_object(value: dict[str, Any], name: str, place: str, depth: int, inside: bool) -> Iterator[Turn]:
    """Read a segment, a message, or the members of any other object."""
    # In this order: a segment with a label, a list of messages stored as columns, a message, and else member by member.
    if isinstance(value.get("label"), bool) and isinstance(value.get("text"), str):
        yield Turn(WRITTEN if value["label"] else MASKED, value["text"], f"{place}.text")
        return
    if columns := _find_message_columns(value):
        for at, role in enumerate(value[columns[0]]):
            for key in columns[1:]:
                yield from read_strings(value[key][at], role, f"{place}.{key}[{at}]", try_read_message)
        return
    turns = try_read_message(value, name, place) if find_speaker_key(value) else None
    if turns is not None:
        yield from turns
        return
    for key, item in value.items():
        if key in SPEAKERS and not inside:
            yield from read_strings(item, key, f"{place}.{key}", try_read_message)
        elif key in WITHIN:
            yield from read_conversation(item, key, f"{place}.{key}", depth + 1, inside)
        elif key not in LABELS:
            yield from read_conversation(item, name, f"{place}.{key}", depth + 1, True)


def holds_rows(value: Any, depth: int = 0) -> bool:
    """Return whether an object or list contains a message, or text under the name of a role or a conversation, at most NEAR levels deep."""
    if isinstance(value, list):
        return depth < NEAR and any(holds_rows(item, depth + 1) for item in value)
    if not isinstance(value, dict) or depth >= NEAR:
        return False
    if find_speaker_key(value) and not CONTENT_KEYS.isdisjoint(value):
        return True
    said = (item for key, item in value.items() if (key in SPEAKERS or key in WITHIN) and isinstance(item, (str, list, dict)))
    return any(said) or any(holds_rows(item, depth + 1) for item in value.values())


def _find_message_columns(value: dict[str, Any]) -> list[str]:
    """Return the keys of an object of lists that was made from a list of messages, the key of the roles first; [] for any other object."""
    key = find_speaker_key(value)
    speakers = value.get(key)
    if not isinstance(speakers, list) or not all(isinstance(role, str) for role in speakers):
        return []
    words = [name for name, column in value.items() if name != key and isinstance(column, list) and len(column) == len(speakers)]
    return [key, *words] if words else []
