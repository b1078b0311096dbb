"""Parse cells of tables that contain JSON. A CSV file has no lists, so lists of messages are written into it as text.

pandas writes lists into CSV as Python literals (single quotes, None), and arrays of objects without commas between them. Both are
parsed within limits on size and depth; only literals are evaluated.
"""

import ast
import re
import warnings
from collections.abc import Collection, Iterable
from typing import Any

import orjson

LISTS = frozenset({"messages", "conversations", "conversation", "tools", "functions", "history", "tool_calls"})
"""Columns in which any JSON list or object is parsed."""
DIALOGUES = ("messages", "conversations")
"""Columns that never contain plain text, in any format. The first one that a row has decides its shape."""
TEXTS = frozenset({"prompt", "completion", "chosen", "rejected"})
"""Columns that may hold text as well: only messages are parsed, so that an answer that is a list stays an answer."""
SPEAKERS = frozenset({"role", "from"})
LONGEST, DEEPEST = 1 << 20, 64
_BREAK = re.compile(r"\}[ \t]*\n\s*\{")
_BRACKETS = re.compile(r"[\[({]|[\])}]")


def select_json_columns(names: Iterable[str]) -> frozenset[str]:
    """Return the columns that may contain JSON, by their names."""
    return frozenset(names) & (LISTS | TEXTS)


def parse_cells(row: dict[str, Any], cells: Collection[str]) -> dict[str, Any]:
    """Replace JSON text in these columns of a row by its value; return the row."""
    for name in cells:
        text = row.get(name)
        if type(text) is str and text.lstrip()[:1] in ("[", "{"):
            value = parse_cell(text)
            if isinstance(value, (list, dict)) and (name in LISTS or _are_messages(value)):
                row[name] = value
    return row


def parse_message_text(row: Any) -> Any:
    """Return a row whose `messages` or `conversations` are a text of JSON with the parsed list; any other row unchanged."""
    name = next((name for name in DIALOGUES if name in row), "") if type(row) is dict else ""
    text = row[name] if name else None
    if type(text) is str and text.lstrip()[:1] in ("[", "{"):
        value = parse_cell(text)
        if _are_messages(value):
            return {**row, name: value}
    return row


def format_cell(value: Any) -> Any:
    """Return the text of a value in a table: lists and objects as JSON."""
    return orjson.dumps(value).decode() if isinstance(value, (list, dict)) else value


def replace_texts(before: Any, now: Any) -> Any:
    """Return the value `before` with the texts of `now`. Everything that is not text stays as it was."""
    # Goes down both values in parallel. A text that stood for JSON is parsed, changed inside, and written again.
    if isinstance(before, str):
        return now if isinstance(now, str) else format_cell(replace_texts(parse_cell(before), now))
    if isinstance(before, bytes) and isinstance(now, str):
        return now.encode()
    if isinstance(before, dict):
        return {key: replace_texts(value, now[key]) if key in now else value for key, value in before.items()}
    if isinstance(before, list):
        return [replace_texts(value, other) for value, other in zip(before, now, strict=True)]
    return before


def _are_messages(value: Any) -> bool:
    """Return whether a value is a message or a list of messages."""
    messages = value if isinstance(value, list) else [value]
    return bool(messages) and all(isinstance(one, dict) and not SPEAKERS.isdisjoint(one) for one in messages)


def parse_cell(text: str) -> Any:
    """Return the value of JSON or a Python literal; None for any other text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _literal(text.strip()) if len(text) <= LONGEST else None


def _literal(text: str) -> Any:
    """Return the value of a Python literal, or None.

    Python writes no line end inside a string, so a line end between two objects is where an array writes no comma.
    """
    if _depth(text) > DEEPEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.literal_eval(_BREAK.sub("}, {", text))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None


def _depth(text: str) -> int:
    """Return the largest number of brackets that are open at one time, including brackets in strings."""
    depth = most = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[({" else -1
        most = max(most, depth)
    return most
