"""Make plans that determine, from the keys of a row, how it is read. A plan is reused for later rows with the same keys."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import DIALOGUES, resolve_name
from leakguard.readers.rows.conversations import holds_rows
from leakguard.readers.rows.messages import ShapeError
from leakguard.readers.rows.roles import Roles
from leakguard.readers.rows.shapes import AUTO, COLUMN_SHAPE, ENOUGH, KNOWN, LONE, RANKS, SHAPES, Shape
from leakguard.readers.rows.unscanned import find_strings, is_number_list
from leakguard.text.wording import Wording, classify_wording

REMEMBERED = 1000
SHOWN_KEYS, SHOWN_LETTERS, SHOWN = 5, 20, 80
TOKENS = frozenset(("input_ids", "token_ids", "tokens", "input_tokens", "prompt_ids", "chosen_input_ids", "rejected_input_ids"))
INSIDE = "data"
"""The name under which an object is read that has rows or messages inside."""
_FIRST = re.compile(r"[^.\[]*")
Named = tuple[str, str, bool]
"""A column of a row: its key, the known name that determines how it is read and its role, and whether it is scanned."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A plan for reading rows with one tuple of keys. `columns` and `dialogue` are fast paths, not used if values have other types.

    `places` are turn number and key of each scanned column. `others` are columns that are read after the turns of the shape. `extra` are
    keys that are not read. `alone`: the key of the dialogue decides the shape, whatever other keys there are. `renamed` maps keys to the
    names of the shape, if a map of columns is given.
    """

    shape: Shape
    columns: tuple[Named, ...]
    places: tuple[tuple[int, str], ...]
    others: tuple[Named, ...]
    extra: tuple[str, ...]
    dialogue: tuple[str, str, str] | None
    alone: bool
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """Return whether the order of the turns depends on the order of the keys: two columns have one name, or no known name."""
        names = [name if name in KNOWN else "" for _, name, _ in (self.columns or self.others)]
        return len(set(names)) < len(names)


class RowPlanner:
    """Makes plans for one schema ("auto": each row by its keys) or for fields, for the scanned roles and a map of columns (key -> name)."""

    def __init__(self, schema: str, fields: Shape | None, roles: Roles, names: Mapping[str, str]) -> None:
        self._roles, self._names = roles, names
        self._named = "" if schema == AUTO else schema
        self._all_keys = schema == AUTO and not fields
        self._beside = schema in (AUTO, COLUMN_SHAPE.name) and not fields
        self._shapes = (fields,) if fields else tuple(s for s in SHAPES if schema in (AUTO, s.name))
        self._plans: dict[tuple[str, ...], RowPlan] = {}

    def plan(self, keys: tuple[str, ...]) -> RowPlan:
        """Return the plan for rows with these keys in this order. Raises ShapeError if no shape fits."""
        plan = self._plans.get(keys)
        if plan is None:
            plan = self._make_plan(keys)
            if len(self._plans) < REMEMBERED and sum(map(len, keys)) < REMEMBERED:
                self._plans[keys] = plan
        return plan

    def plan_nested(self, row: Mapping[str, Any]) -> RowPlan | None:
        """Return the plan of a row without known columns whose objects contain messages or known columns; None for any other row.

        Such a row is read only if its longest text is in these objects, because a column of prose must be named by the user.
        """
        inside = [key for key, value in row.items() if self._beside and holds_rows(value)]
        if not inside or find_longest(row) not in inside:
            return None
        others = tuple(self._name_column(key, INSIDE) for key in inside)
        extra = tuple(key for key in row if key not in inside)
        return RowPlan(COLUMN_SHAPE, (), (), others, extra, None, False)

    def find_name(self, key: str) -> str | None:
        """Return the known name by which a column is read; None if it has none."""
        return self._names.get(key) or resolve_name(key, KNOWN)

    def _make_plan(self, keys: tuple[str, ...]) -> RowPlan:
        """Make the plan for these keys."""
        # `own` maps names of shapes to keys of the row. The first fitting shape takes its keys, known columns follow, the rest is not read.
        # With the schema "auto" and all roles, the rest is read as well if the row has only columns of strings.
        own = self._map_names(keys)
        shape = next((shape for shape in self._shapes if shape.fits(own)), COLUMN_SHAPE)
        mine = {own[name]: name for name in shape.keys if name in own}
        others = self._find_others([key for key in keys if key not in mine], shape)
        if shape is COLUMN_SHAPE and not others:
            raise ShapeError(self._describe_unknown(keys))
        read = {*mine, *(key for key, _, _ in others)}
        extra = [key for key in keys if key not in read]
        whole = self._all_keys and self._roles.all
        strings = [] if any(name in own for name in shape.nested) else [self._name_column(own[n], n) for n in shape.strings if n in own]
        flat = bool(strings) or shape is COLUMN_SHAPE
        if flat:
            strings += [*others, *((key, key, True) for key in extra if whole)]
        return RowPlan(
            shape=shape,
            columns=tuple(strings),
            places=tuple((turn, key) for turn, (key, _, looked) in enumerate(strings) if looked),
            others=tuple(others),
            extra=() if whole and flat else tuple(extra),
            dialogue=None if whole and extra else self._find_dialogue(shape, own, others),
            alone=shape in self._shapes[:1] and not self._roles.selects("system") and not others and not self._names,
            renamed=mine if self._names else {},
        )

    def _map_names(self, keys: Sequence[str]) -> dict[str, str]:
        """Return name -> key of the columns that a shape can ask for: those named by the map first, then those with the name itself."""
        own: dict[str, str] = {}
        for key in keys:
            if key in self._names:
                own.setdefault(self._names[key], key)
        for key in keys:
            if key not in self._names:
                own.setdefault(key, key)
        return own

    def _find_others(self, keys: Iterable[str], shape: Shape) -> list[Named]:
        """Return the known columns among these keys, in reading order; none if they do not suffice to recognise a row without a shape."""
        if not self._beside:
            return []
        named = [(key, name) for key in keys if (name := self.find_name(key))]
        if shape is COLUMN_SHAPE and not any(name in ENOUGH for _, name in named):
            lone = next((key for name in LONE for key, known in named if known == name), None)
            named = [(key, "text" if key == lone else name) for key, name in named] if lone is not None else []
        return [self._name_column(key, name) for key, name in sorted(named, key=lambda pair: RANKS[pair[1]])]

    def _name_column(self, key: str, name: str) -> Named:
        """Return a column with the name under which it is read."""
        return key, name, self._roles.selects(name)

    def _find_dialogue(self, shape: Shape, own: Mapping[str, str], others: Sequence[Named]) -> tuple[str, str, str] | None:
        """Return the keys of the list of messages and of role and text in a message; None if rows cannot be read by these alone."""
        if shape is COLUMN_SHAPE:
            return (others[0][0], "role", "content") if len(others) == 1 and others[0][1] in DIALOGUES else None
        if not shape.dialogue or "system" in {*self._names, *self._names.values()} or (self._roles.selects("system") and "system" in own):
            return None
        return (own[shape.dialogue[0]], *shape.dialogue[1:])

    def _describe_unknown(self, keys: tuple[str, ...]) -> str:
        """Return the message for keys without a known shape."""
        shown = ", ".join(repr(key[:SHOWN_LETTERS]) for key in keys[:SHOWN_KEYS]) + (", ..." if len(keys) > SHOWN_KEYS else "")
        has = f"the row has {shown or 'no keys'}"
        if self._named and self._shapes:
            return f"the schema {self._named} needs {' and '.join(map(repr, self._shapes[0].required))}; {has}"
        return f"no known shape; {has}"


def suggest_options(row: Mapping[str, Any]) -> str:
    """Return the settings that would read a row without a known shape: for the column with the longest prose, text, or list of numbers."""
    tokens = next((key for key in row if key.lower() in TOKENS), None)
    if tokens is not None:
        return f"{tokens!r} holds tokens, not text: scan the text that was tokenized"
    key = find_longest(row)
    if key is None:
        return "name the text with the setting field"
    if isinstance(row[key], list) and is_number_list(row[key]):
        return f"read its numbers with the setting {_format_option('map', f'response={key}')}"
    if isinstance(row[key], str):
        return f"read it with the setting {_format_option('map', f'completion={key}')} or {_format_option('field', key)}"
    return f"read it with the setting {_format_option('map', f'conversation={key}')}"


def find_longest(row: Mapping[str, Any]) -> str | None:
    """Return the column with the longest prose, else the longest text, else the longest list of integers; None for a row without any."""
    sizes = {key: (not (isinstance(value, list) and is_number_list(value)), *_measure_text(value)) for key, value in row.items()}
    return max((key for key, size in sizes.items() if any(size[1:])), key=lambda key: sizes[key], default=None)


def _measure_text(value: Any) -> tuple[int, int]:
    """Return the length of the prose, and of all text, in a value."""
    texts = [(len(text), classify_wording(text)) for _, _, text in find_strings(value, "", "", {})]
    return sum(size for size, said in texts if said is Wording.PROSE), sum(size for size, said in texts if said)


def _format_option(option: str, value: str) -> str:
    """Format an option with a shortened value."""
    return f"{option} {shlex.quote(value if len(value) <= SHOWN else value[:SHOWN] + '...')}"


def read_renamed(plan: RowPlan, row: dict[str, Any]) -> Iterator[Turn]:
    """Yield the turns of a row whose columns have other names than those of the shape. Places are those in the row itself."""
    keys = {name: key for key, name in plan.renamed.items()}
    for turn in plan.shape.turns({name: row[key] for name, key in keys.items()}):
        found = _FIRST.match(turn.field)
        name = found[0] if found else ""
        yield Turn(turn.role, turn.text, keys[name] + turn.field[len(name) :]) if name in keys else turn
