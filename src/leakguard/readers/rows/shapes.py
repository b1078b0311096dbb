"""The table of the shapes of training rows, each with the function that reads it as turns of text.

A shape is recognised by the keys of the row alone. Values of wrong types raise ShapeError, so that a row is never read in part. Keys of
another shape in the same row are read as well, because a student may be trained on either; so are the columns of column_names.py, which
are a shape of their own where no other fits.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import COLUMNS, DIALOGUES, PROMPTS, TRAINED, holds_bytes, read_strings
from leakguard.readers.rows.conversations import WITHIN, read_conversation
from leakguard.readers.rows.field_paths import find_values
from leakguard.readers.rows.messages import ShapeError, find_speaker_key, name_json_type, read_message, read_text, try_read_message
from leakguard.readers.rows.roles import FIELD

Turns = Callable[[dict[str, Any]], Iterator[Turn]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A layout of a training example as a JSON object, with the function that reads its turns.

    A row that has all keys of `required` has this shape. `strings` are the keys with one turn each, in the order of the turns, if their
    values are strings and no key of `nested` is present. `dialogue` has the key of a list of messages that gives all turns ("system" before
    them), and the keys of role and text in a message.
    """

    name: str
    required: tuple[str, ...]
    turns: Turns
    strings: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    dialogue: tuple[str, str, str] | None = None

    def fits(self, keys: Collection[str]) -> bool:
        """Return whether a row with these keys has this shape."""
        return all(key in keys for key in self.required)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of this shape whose values are text."""
        return (self.dialogue[0], "system") if self.dialogue else (*self.nested, *self.strings)


def make_columns_reader(keys: tuple[str, ...], required: tuple[str, ...]) -> Turns:
    """Return a function that reads each of `keys` as one turn with that role, or as messages. Null in a required key raises ShapeError."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        for key in keys:
            if key not in required:
                yield from read_column(row.get(key), key, key)
            elif row[key] is None:
                raise ShapeError(f"{key} is null")
            else:
                yield from read_text(row[key], key, key)

    return turns


def read_alpaca(row: dict[str, Any]) -> Iterator[Turn]:
    """Read the earlier rounds (pairs of instruction and output), then the current one."""
    yield from read_conversation(row.get("history"), "history", "history")
    yield from make_columns_reader(("system", "instruction", "input", "output"), ("instruction", "output"))(row)


def read_column(value: Any, name: str, place: str) -> Iterator[Turn]:
    """Yield all text in a value of the column `name`, leniently. Raises ShapeError only for bytes in place of text."""
    if name in WITHIN:
        yield from read_conversation(value, name, place)
    elif holds_bytes(value):
        raise ShapeError(f"{place} holds bytes, not text")
    else:
        yield from read_strings(value, name, place, try_read_message)


def read_columns(row: dict[str, Any], named: Iterable[tuple[str, str]]) -> Iterator[Turn]:
    """Yield the turns of columns of a row, given as (key, known name by which it is read)."""
    for key, name in named:
        yield from read_column(row[key], name, key)


def make_dialogue_reader(key: str) -> Turns:
    """Return a function that reads row[key] as a list of messages, after a top-level "system" prompt."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        yield from read_column(row.get("system"), "system", "system")
        if not isinstance(row[key], list):
            # Some tables store a list of messages as an object of lists.
            told = list(read_conversation(row[key], key, key)) if isinstance(row[key], dict) else []
            if not told:
                raise ShapeError(f"{key} is {name_json_type(row[key])}, not a list")
            yield from told
            return
        for i, message in enumerate(row[key]):
            yield from _read_list_item(message, key, f"{key}[{i}]")

    return turns


def _read_list_item(message: Any, key: str, place: str) -> Iterator[Turn]:
    """Read an element of a list of messages. Raises ShapeError if nothing of it can be read."""
    if isinstance(message, dict) and find_speaker_key(message):
        yield from read_message(message, place)
        return
    turns = list(read_conversation(message, key, place, 1))
    if not turns:
        raise ShapeError(f"{place} has no role" if isinstance(message, dict) else f"{place} is {name_json_type(message)}, not an object")
    yield from turns


def make_field_reader(paths: Sequence[str]) -> Turns:
    """Return a function that reads the values at these paths that the row has. Raises ShapeError if it has none of them."""

    def turns(row: dict[str, Any]) -> Iterator[Turn]:
        there = False
        for path in paths:
            for value, place in find_values(row, path):
                there = True
                yield from read_text(value, FIELD, place)
        if not there:
            raise ShapeError(f"no field {' and no field '.join(paths)}")

    return turns


# In the order in which the schema "auto" tries them.
SHAPES = (
    Shape("messages", ("messages",), make_dialogue_reader("messages"), dialogue=("messages", "role", "content")),
    Shape("sharegpt", ("conversations",), make_dialogue_reader("conversations"), dialogue=("conversations", "from", "value")),
    Shape(
        "preference",
        ("chosen", "rejected"),
        make_columns_reader(("prompt", "chosen", "rejected"), ("chosen", "rejected")),
        strings=("prompt", "chosen", "rejected"),
    ),
    Shape(
        "prompt-completion",
        ("completion",),
        make_columns_reader(("prompt", "completion"), ("completion",)),
        strings=("prompt", "completion"),
    ),
    Shape("alpaca", ("instruction", "output"), read_alpaca, strings=("system", "instruction", "input", "output"), nested=("history",)),
    Shape("text", ("text",), make_columns_reader(("text",), ("text",)), strings=("text",)),
)
COLUMN_SHAPE = Shape("columns", (), lambda _: iter(()))
"""The shape of rows with known column names to which no other shape fits. All their turns are those of further columns."""
AUTO = "auto"
SCHEMAS = (AUTO, *(shape.name for shape in SHAPES), COLUMN_SHAPE.name)
TEXT_KEYS = tuple(dict.fromkeys(key for shape in SHAPES for key in shape.keys))
BESIDE = tuple(dict.fromkeys((*TEXT_KEYS, *COLUMNS)))
"""Names of columns that are read in addition to a shape, in the order of their turns."""
KNOWN = frozenset(BESIDE)
RANKS = {name: rank for rank, name in enumerate(BESIDE)}
READ_BESIDE = frozenset(
    (
        *("context", "document", "article", "passage", "src", "premise", "user", "objects"),
        *("annotations", "fields", "winner", "loser", "steps", "pos", "neg", "final"),
    )
)
"""Columns that are read beside others, and too common to recognise a row by themselves."""
ENOUGH = (
    frozenset((*(name for name in TEXT_KEYS if name not in ("system", "history", "input")), *TRAINED, *DIALOGUES, *PROMPTS["user"]))
    - READ_BESIDE
)
"""One of these columns is enough to make a row readable."""
LONE = ("input", "document", "article", "passage", "context")
"""Columns that a model only reads when others are present; alone, one is the text of continued pretraining."""
ONE_TURN = frozenset({str, bool, type(None)})
"""Types of values beside a dialogue that give at most one turn."""
