"""What is left of rows: the strings that are no text to look at, counted by the fields that they stand in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from leakguard.core.record import Turn
from leakguard.core.unscanned import FIELDS, MORE, Unscanned, merge
from leakguard.io.messages import CALLS, MEDIA, PART_TEXTS, RESULTS
from leakguard.io.roles import SPEAKING
from leakguard.text.wording import Wording, wording, wordings

SHOWN_KEY, SHOWN_FIELD, LONGEST_PLACE = 60, 300, 4_000
CROWD = 4 * FIELDS
WORDLESS = frozenset({int, float, bool, type(None)})
# Members of an object that say what it is, and what they say in the formats that are read.
SPEAKER_KEYS = frozenset({"role", "from"})
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


def strings(value: Any, place: str, field: str, said: Mapping[str, str]) -> Iterator[Leaf]:
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
        named = type(value) is dict
        if not named and WORDLESS.issuperset(map(type, value)):
            continue
        nested = []
        for key, item in value.items() if named else enumerate(value):
            kind = type(item)
            if kind in WORDLESS or (named and kind is str and _says_what_it_is(key, item)):
                continue
            where = (f"{place}.{key}" if named else f"{place}[{key}]") if len(place) < LONGEST_PLACE else place
            if kind is str:
                if said.get(where) != item:
                    yield where, _below(field, key if named else None), item
            elif item and not (where in said and _json(item) == said[where]):
                nested.append((item, where, _below(field, key if named else None)))
        todo += reversed(nested)


def _says_what_it_is(key: str, item: str) -> bool:
    return (key in SPEAKER_KEYS and item.strip().lower() in SPEAKING) or (key == "type" and item in TYPES)


def _below(field: str, key: str | None) -> str:
    if len(field) >= SHOWN_FIELD:
        return field if field.endswith(MORE) else f"{field}{MORE}"
    return f"{field}[*]" if key is None else f"{field}.{shown(key)}"


def shown(key: str) -> str:
    """A key as part of the name of a field: a long one is cut."""
    return key if len(key) <= SHOWN_KEY else f"{key[:SHOWN_KEY]}{MORE}"


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return ""


class Rest:
    """The counts of one batch. `reason_of` says of a column which setting leaves it out on purpose ("schema", "field"), or ""."""

    def __init__(self, reason_of: Callable[[str], str]) -> None:
        self.counts = Unscanned()
        self._reason_of = reason_of

    def leave(self, role: str, rows: int = 1) -> None:
        """Words of a role that is not looked at stand in this many rows."""
        self._count(self.counts.left_out, f"roles: {shown(role.strip().lower())}", rows)

    def row(self, row: Mapping[str, Any], turns: Sequence[Turn], want: Callable[[str], bool]) -> None:
        """Count what one row holds beside its turns, and whose turns are not looked at."""
        said = {turn.field: turn.text for turn in turns}
        for role in {turn.role.strip().lower() for turn in turns if turn.text and not want(turn.role)}:
            self.leave(role)
        for key, value in row.items():
            self.value(key, value, said)

    def value(self, key: str, value: Any, said: Mapping[str, str] | None = None) -> bool:
        """Count the strings in a row's value of the column `key`; True if it is neither an object nor a list."""
        if type(value) in WORDLESS:
            return True
        found: dict[str, bool] = {}
        self.find(strings(value, key, shown(key), said or {}), found)
        self.enter(key, found)
        return type(value) is str

    def find(self, leaves: Iterator[Leaf], found: dict[str, bool]) -> None:
        """Note for one row which fields hold words, and whether these are prose."""
        for _, field, text in leaves:
            if said := wording(text):
                found[field] = found.get(field, False) or said is Wording.PROSE
                if len(found) > CROWD:
                    for name in sorted(found.keys() - {MORE}, key=lambda name: (len(name), name))[FIELDS:]:
                        found[MORE] = found.get(MORE, False) or found[name]
                        del found[name]

    def enter(self, key: str, found: Mapping[str, bool]) -> None:
        """Count the fields of one row that stand below the column `key`."""
        for field, prose in found.items():
            self._enter(key, field, 1, int(prose))

    def column(self, key: str, values: Sequence[Any]) -> bool:
        """Count the strings in a column, of which there is one value for each row; True if none is an object or a list."""
        kinds = set(map(type, values))
        if kinds == {str}:
            self.worded(key, wordings(values))
            return True
        return kinds <= WORDLESS or all([self.value(key, value) for value in values])

    def worded(self, key: str, said: Any) -> None:
        """Count a column of strings of which it is known what each says."""
        self._enter(key, shown(key), int(np.count_nonzero(said)), int(np.count_nonzero(said == Wording.PROSE)))

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
                merge(counts, {})
