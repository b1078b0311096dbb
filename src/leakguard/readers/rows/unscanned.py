"""What is left of rows: the strings that are no text to look at, counted by the fields that they stand in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from leakguard.core.record import Turn
from leakguard.core.unscanned import FIELDS, MORE, Unscanned, merge_counts
from leakguard.readers.rows.messages import CALLS, MEDIA, PART_TEXTS, RESULTS, SPEAKERS
from leakguard.readers.rows.roles import SPEAKING
from leakguard.text.wording import Wording, classify_wording, classify_wordings

SHOWN_KEY, SHOWN_FIELD, LONGEST_PLACE = 60, 300, 4_000
CROWD, DEEPEST = 4 * FIELDS, 8
WORDLESS = frozenset({int, float, bool, type(None)})
# Members of an object that say what it is, and what they say in the formats that are read.
SPEAKER_KEYS = frozenset(SPEAKERS)
TYPES = frozenset(
    {
        *PART_TEXTS,
        *MEDIA,
        *CALLS,
        RESULTS,
        *("function", "custom", "image_url", "video_url", "audio_url", "input_text", "output_text", "summary_text", "reasoning_text"),
        *("reasoning.text", "reasoning.summary", "message"),
    }
)
Leaf = tuple[str, str, str]
"""A string and where it stands: its place in the row, its field (the place with [*] for any place in a list), and the string."""


def find_strings(value: Any, place: str, field: str, said: Mapping[str, str]) -> Iterator[Leaf]:
    """Every string in `value`, which stands at `place`, but those that `said` (place -> text) holds already.

    An object that `said` holds as its JSON is passed over whole, and so are the known names of speakers and of types of parts. Goes
    through the value level by level without recursion, for it may be nested as deep as JSON allows.
    """
    if type(value) is str:
        if said.get(place) != value:
            yield place, field, value
        return
    todo = [(value, place, field)] if type(value) in (dict, list) else []
    while todo:
        value, place, field = todo.pop()
        if type(value) is list and WORDLESS.issuperset(map(type, value)):
            continue
        nested = []
        for where, name, item in _members(value, place):
            if type(item) in WORDLESS or (type(item) is str and is_label(name, item)):
                continue
            if type(item) is str:
                if said.get(where) != item:
                    yield where, _below(field, name), item
            elif item and not (where in said and _json(item) == said[where]):
                nested.append((item, where, _below(field, name)))
        todo += reversed(nested)


def _members(value: Any, place: str) -> Iterator[tuple[str, str | None, Any]]:
    """Place, key (None in a list) and value of each member of an object or a list."""
    near = len(place) < LONGEST_PLACE
    if type(value) is dict:
        return ((f"{place}.{key}" if near else place, key, item) for key, item in value.items())
    return ((f"{place}[{at}]" if near else place, None, item) for at, item in enumerate(value))


def is_label(key: str | None, item: str) -> bool:
    """Whether a string is a known name of a speaker or of a type, which says no more than what the object around it is."""
    return (key in SPEAKER_KEYS and item.strip().lower() in SPEAKING) or (key == "type" and item in TYPES)


def _below(field: str, key: str | None) -> str:
    if len(field) >= SHOWN_FIELD:
        return field if field.endswith(MORE) else f"{field}{MORE}"
    return f"{field}[*]" if key is None else f"{field}.{shorten_key(key)}"


def shorten_key(key: str) -> str:
    """A key as part of the name of a field: a long one is cut."""
    return key if len(key) <= SHOWN_KEY else f"{key[:SHOWN_KEY]}{MORE}"


def count_quotes(value: Any) -> int:
    """How many quotes stand around all keys and strings of a parsed value, written as JSON."""
    if type(value) is str:
        return 2
    count, todo = 0, [value] if type(value) in (dict, list) else []
    while todo:
        value = todo.pop()
        if type(value) is dict:
            count += len(value)
            value = value.values()
        for item in value:
            kind = type(item)
            if kind is str:
                count += 1
            elif kind is dict or kind is list:
                todo.append(item)
    return 2 * count


def _common_keys(values: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The keys of all these objects, if they are the same and each is a field of its own; else ()."""
    keys = tuple(values[0])
    plain = all(len(key) <= SHOWN_KEY and "." not in key and "[" not in key for key in keys)
    return keys if plain and len(keys) <= CROWD and list(map(tuple, values)).count(keys) == len(values) else ()


def _but_names(key: str, values: list[Any]) -> list[Any]:
    """The column of a member of objects, with "" for the known names of speakers and types."""
    if key not in SPEAKER_KEYS and key != "type":
        return values
    return ["" if type(value) is str and is_label(key, value) else value for value in values]


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return ""


class UnscannedCounter:
    """The counts of one batch. `reason_of` says of a column which setting leaves it out on purpose ("schema", "field"), or ""."""

    def __init__(self, reason_of: Callable[[str], str]) -> None:
        self.counts = Unscanned()
        self._reason_of = reason_of

    def count_role(self, role: str, rows: int = 1) -> None:
        """Words of a role that is not looked at stand in this many rows."""
        self._count(self.counts.left_out, f"roles: {shorten_key(role.strip().lower())}", rows)

    def count_row(self, row: Mapping[str, Any], turns: Sequence[Turn], want: Callable[[str], bool]) -> None:
        """Count what one row holds beside its turns, and whose turns are not looked at."""
        said = {turn.field: turn.text for turn in turns}
        for role in {turn.role.strip().lower() for turn in turns if turn.text and not want(turn.role)}:
            self.count_role(role)
        for key, value in row.items():
            self.count_value(key, value, said)

    def count_value(self, key: str, value: Any, said: Mapping[str, str] | None = None) -> None:
        """Count the strings in a row's value of the column `key`."""
        if type(value) not in WORDLESS:
            found: dict[str, bool] = {}
            self.note_fields(find_strings(value, key, shorten_key(key), said or {}), found)
            self.add_fields(key, found)

    def note_fields(self, leaves: Iterator[Leaf], found: dict[str, bool]) -> None:
        """Note for one row which fields hold words, and whether these are prose."""
        for _, field, text in leaves:
            if said := classify_wording(text):
                found[field] = found.get(field, False) or said is Wording.PROSE
                if len(found) > CROWD:
                    for name in sorted(found.keys() - {MORE}, key=lambda name: (len(name), name))[FIELDS:]:
                        found[MORE] = found.get(MORE, False) or found[name]
                        del found[name]

    def add_fields(self, key: str, found: Mapping[str, bool]) -> None:
        """Count the fields of one row that stand below the column `key`."""
        for field, prose in found.items():
            self._enter(key, field, 1, int(prose))

    def count_column(self, key: str, values: Sequence[Any]) -> int:
        """Count the strings in a column, of which there is one value for each row; returns the quotes around its keys and strings."""
        return self._column(key, shorten_key(key), values, DEEPEST)

    def _column(self, key: str, field: str, values: Sequence[Any], deepest: int) -> int:
        """Strings are looked at together, and so are lists of strings and the members of objects that are written alike."""
        kinds = set(map(type, values))
        if kinds <= WORDLESS:
            return 0
        if kinds == {str}:
            self.count_wordings(key, field, classify_wordings(values))
            return 2 * len(values)
        if kinds == {dict} and deepest and (keys := _common_keys(values)):
            members = ((name, [value[name] for value in values]) for name in keys)
            below = (self._column(key, f"{field}.{name}", _but_names(name, column), deepest - 1) for name, column in members)
            return 2 * len(keys) * len(values) + sum(below)
        for value in values:
            found: dict[str, bool] = {}
            self.note_fields(find_strings(value, key, field, {}), found)
            self.add_fields(key, found)
        return sum(map(count_quotes, values))

    def count_wordings(self, key: str, field: str, said: Any) -> None:
        """Count the strings in a field of this column, of which it is known what each says."""
        self._enter(key, field, int(np.count_nonzero(said)), int(np.count_nonzero(said == Wording.PROSE)))

    def _enter(self, key: str, field: str, rows: int, prose: int) -> None:
        if reason := self._reason_of(key):
            self._count(self.counts.left_out, f"{reason}: {field}", rows)
            return
        self._count(self.counts.fields, field, rows)
        self._count(self.counts.prose, field, prose)

    def _count(self, counts: dict[str, int], name: str, rows: int) -> None:
        if rows:
            counts[name] = counts.get(name, 0) + rows
            if len(counts) > CROWD:
                merge_counts(counts, {})
