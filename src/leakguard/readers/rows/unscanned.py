"""Count the strings of rows that are not scanned, by the field they are in."""

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
# Keys whose values describe their object, and known values of "type" in the formats that are read.
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
"""The place in the row, the field (the place with [*] for each position in a list), and the string, or a list of integers as its JSON."""


def find_strings(value: Any, place: str, field: str, said: Mapping[str, str]) -> Iterator[Leaf]:
    """Yield every string and list of integers in `value`, which is at `place`, except the scanned ones in `said` (place -> text).

    A list of integers is yielded as its JSON, as which it is read under a known name. Objects whose JSON is in `said` are skipped, and so
    are known roles and types of parts.
    """
    # Level by level without recursion, because a value may be nested as deep as JSON allows.
    if type(value) is str:
        if said.get(place) != value:
            yield place, field, value
        return
    todo = [(value, place, field)] if type(value) in (dict, list) else []
    while todo:
        value, place, field = todo.pop()
        if type(value) is list and WORDLESS.issuperset(map(type, value)):
            if is_number_list(value) and said.get(place) != (text := _encode(value)):
                yield place, field, text
            continue
        nested = []
        for where, name, item in _iterate_members(value, place):
            if type(item) in WORDLESS or (type(item) is str and is_label(name, item)):
                continue
            if type(item) is str:
                if said.get(where) != item:
                    yield where, _extend_field(field, name), item
            elif item and not (where in said and _encode(item) == said[where]):
                nested.append((item, where, _extend_field(field, name)))
        todo += reversed(nested)


def _iterate_members(value: Any, place: str) -> Iterator[tuple[str, str | None, Any]]:
    """Yield place, key (None in a list) and value of each member of an object or a list."""
    near = len(place) < LONGEST_PLACE
    if type(value) is dict:
        return ((f"{place}.{key}" if near else place, key, item) for key, item in value.items())
    return ((f"{place}[{at}]" if near else place, None, item) for at, item in enumerate(value))


def is_number_list(value: Sequence[Any]) -> bool:
    """Return whether a list consists of two or more integers, which a model may be trained on; lists of 0 and 1 are masks."""
    return len(value) > 1 and {*map(type, value)} == {int} and not {0, 1}.issuperset(value)


def is_label(key: str | None, item: str) -> bool:
    """Return whether a string is a known role or a known type, which only describes the object around it."""
    return (key in SPEAKER_KEYS and item.strip().lower() in SPEAKING) or (key == "type" and item in TYPES)


def _extend_field(field: str, key: str | None) -> str:
    """Return the field of a member; long fields are cut."""
    if len(field) >= SHOWN_FIELD:
        return field if field.endswith(MORE) else f"{field}{MORE}"
    return f"{field}[*]" if key is None else f"{field}.{shorten_key(key)}"


def shorten_key(key: str) -> str:
    """Return a key as part of the name of a field; long keys are cut."""
    return key if len(key) <= SHOWN_KEY else f"{key[:SHOWN_KEY]}{MORE}"


def count_quotes(value: Any) -> int:
    """Return the number of quotes around all keys and strings of a parsed value, written as JSON."""
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
    """Return the keys of these objects if all have the same and each is a field of its own; else ()."""
    keys = tuple(values[0])
    plain = all(len(key) <= SHOWN_KEY and "." not in key and "[" not in key for key in keys)
    return keys if plain and len(keys) <= CROWD and list(map(tuple, values)).count(keys) == len(values) else ()


def _blank_labels(key: str, values: list[Any]) -> list[Any]:
    """Return a column of members with "" in place of known roles and types."""
    if key not in SPEAKER_KEYS and key != "type":
        return values
    return ["" if type(value) is str and is_label(key, value) else value for value in values]


def _encode(value: Any) -> str:
    """Return the value as JSON; "" if it is nested too deep."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return ""


class UnscannedCounter:
    """Counts of one batch's rows with text that is not scanned. `reason_of` returns the setting that excludes a column, or ""."""

    def __init__(self, reason_of: Callable[[str], str]) -> None:
        self.counts = Unscanned()
        self._reason_of = reason_of

    def count_role(self, role: str, rows: int = 1) -> None:
        """Count rows that have text of a role that is not scanned."""
        self._add(self.counts.left_out, f"roles: {shorten_key(role.strip().lower())}", rows)

    def count_row(self, row: Mapping[str, Any], turns: Sequence[Turn], want: Callable[[str], bool]) -> None:
        """Count the strings of one row that are not turns, and the roles that are not scanned."""
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
        """Collect the fields of one row that contain text, and whether it is prose. In rows with many fields, the rest is under MORE."""
        for _, field, text in leaves:
            if said := classify_wording(text):
                found[field] = found.get(field, False) or said is Wording.PROSE
                if len(found) > CROWD:
                    for name in sorted(found.keys() - {MORE}, key=lambda name: (len(name), name))[FIELDS:]:
                        found[MORE] = found.get(MORE, False) or found[name]
                        del found[name]

    def add_fields(self, key: str, found: Mapping[str, bool]) -> None:
        """Count the fields of one row in the column `key`."""
        for field, prose in found.items():
            self._add_field(key, field, 1, int(prose))

    def count_column(self, key: str, values: Sequence[Any]) -> int:
        """Count the strings in a column with one value for each row; return the number of quotes around its keys and strings."""
        return self._count_nested(key, shorten_key(key), values, DEEPEST)

    def _count_nested(self, key: str, field: str, values: Sequence[Any], deepest: int) -> int:
        """Count the strings in a column, or in one member of it, down to `deepest` levels."""
        # Strings are classified together, and so are objects with the same keys, member by member. Other values are counted one by one.
        kinds = set(map(type, values))
        if kinds <= WORDLESS:
            return 0
        if kinds == {str}:
            self.count_wordings(key, field, classify_wordings(values))
            return 2 * len(values)
        if kinds == {dict} and deepest and (keys := _common_keys(values)):
            members = ((name, [value[name] for value in values]) for name in keys)
            below = (self._count_nested(key, f"{field}.{name}", _blank_labels(name, column), deepest - 1) for name, column in members)
            return 2 * len(keys) * len(values) + sum(below)
        for value in values:
            found: dict[str, bool] = {}
            self.note_fields(find_strings(value, key, field, {}), found)
            self.add_fields(key, found)
        return sum(map(count_quotes, values))

    def count_wordings(self, key: str, field: str, said: Any) -> None:
        """Count the rows whose string in a field of this column has words; `said` is the Wording of each row."""
        self._add_field(key, field, int(np.count_nonzero(said)), int(np.count_nonzero(said == Wording.PROSE)))

    def _add_field(self, key: str, field: str, rows: int, prose: int) -> None:
        """Add a number of rows, and of rows with prose, to a field."""
        if reason := self._reason_of(key):
            self._add(self.counts.left_out, f"{reason}: {field}", rows)
            return
        self._add(self.counts.fields, field, rows)
        self._add(self.counts.prose, field, prose)

    def _add(self, counts: dict[str, int], name: str, rows: int) -> None:
        """Add rows to a count; the counts are merged when they have many names."""
        if rows:
            counts[name] = counts.get(name, 0) + rows
            if len(counts) > CROWD:
                merge_counts(counts, {})
