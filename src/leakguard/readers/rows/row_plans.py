"""How rows with one tuple of keys are read, remembered for the next row that has them."""

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
from leakguard.readers.rows.unscanned import find_strings
from leakguard.text.wording import Wording, classify_wording

REMEMBERED = 1000
SHOWN_KEYS, SHOWN_LETTERS, SHOWN = 5, 20, 80
TOKENS = frozenset(("input_ids", "token_ids", "tokens", "input_tokens", "prompt_ids", "chosen_input_ids", "rejected_input_ids"))
INSIDE = "data"
"""How an object is read that has rows or messages somewhere inside."""
_FIRST = re.compile(r"[^.\[]*")
Named = tuple[str, str, bool]
"""A column of a row: its key, the name that says how it is read and who speaks in it, and whether it is looked at."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """How rows with one tuple of keys are read. `columns` and `dialogue` are short cuts that give up on surprises.

    `places` are the turn number and key of each looked-at column. `others` are columns that are read beside the shape: their turns
    come after those of the shape. `extra` are keys that are not read. `alone`: the dialogue's key decides the shape whatever else is
    there. `renamed`, where there is a map, has the name of every key of the shape's own.
    """

    shape: Shape
    columns: tuple[Named, ...]
    places: tuple[tuple[int, str], ...]
    others: tuple[Named, ...]
    extra: tuple[str, ...]
    dialogue: tuple[str, str, str] | None
    alone: bool
    renamed: Mapping[str, str] = field(default_factory=dict)


class RowPlanner:
    """Makes plans for one schema ("auto": each row by its keys) or for fields, the roles that are looked at, and a map (key -> name)."""

    def __init__(self, schema: str, fields: Shape | None, roles: Roles, names: Mapping[str, str]) -> None:
        self._roles, self._names = roles, names
        self._named = "" if schema == AUTO else schema
        self._all_keys = schema == AUTO and not fields
        self._beside = schema in (AUTO, COLUMN_SHAPE.name) and not fields
        self._shapes = (fields,) if fields else tuple(s for s in SHAPES if schema in (AUTO, s.name))
        self._plans: dict[tuple[str, ...], RowPlan] = {}

    def plan(self, keys: tuple[str, ...]) -> RowPlan:
        """The plan for rows with these keys, in this order. Raises ShapeError where no shape has them."""
        plan = self._plans.get(keys)
        if plan is None:
            plan = self._planned(keys)
            if len(self._plans) < REMEMBERED and sum(map(len, keys)) < REMEMBERED:
                self._plans[keys] = plan
        return plan

    def plan_nested(self, row: Mapping[str, Any]) -> RowPlan | None:
        """The plan of a row of no known shape that has messages or known columns inside of objects; None for any other row.

        Such a row is read only if the words that it holds are mainly there, because a column of prose must be named.
        """
        inside = [key for key, value in row.items() if self._beside and holds_rows(value)]
        if not inside or find_longest(row) not in inside:
            return None
        others = tuple(self._named_as(key, INSIDE) for key in inside)
        extra = tuple(key for key in row if key not in inside)
        return RowPlan(COLUMN_SHAPE, (), (), others, extra, None, False)

    def find_name(self, key: str) -> str | None:
        """The name that says how a column is read; None for one that is not known."""
        return self._names.get(key) or resolve_name(key, KNOWN)

    def _planned(self, keys: tuple[str, ...]) -> RowPlan:
        own = self._own(keys)
        shape = next((shape for shape in self._shapes if shape.fits(own)), COLUMN_SHAPE)
        mine = {own[name]: name for name in shape.keys if name in own}
        others = self._others([key for key in keys if key not in mine], shape)
        if shape is COLUMN_SHAPE and not others:
            raise ShapeError(self._unknown(keys))
        read = {*mine, *(key for key, _, _ in others)}
        extra = [key for key in keys if key not in read]
        whole = self._all_keys and self._roles.all
        strings = [] if any(name in own for name in shape.nested) else [self._named_as(own[n], n) for n in shape.strings if n in own]
        flat = bool(strings) or shape is COLUMN_SHAPE
        if flat:
            strings += [*others, *((key, key, True) for key in extra if whole)]
        return RowPlan(
            shape=shape,
            columns=tuple(strings),
            places=tuple((turn, key) for turn, (key, _, looked) in enumerate(strings) if looked),
            others=tuple(others),
            extra=() if whole and flat else tuple(extra),
            dialogue=None if whole and extra else self._dialogue(shape, own, others),
            alone=shape in self._shapes[:1] and not self._roles.selects("system") and not others and not self._names,
            renamed=mine if self._names else {},
        )

    def _own(self, keys: Sequence[str]) -> dict[str, str]:
        """Name -> key of the columns that a shape can ask for: those that the map names, then those that are called so."""
        own: dict[str, str] = {}
        for key in keys:
            if key in self._names:
                own.setdefault(self._names[key], key)
        for key in keys:
            if key not in self._names:
                own.setdefault(key, key)
        return own

    def _others(self, keys: Iterable[str], shape: Shape) -> list[Named]:
        """The known ones of these columns, in the order in which they are read; none if they are no shape by themselves but should be."""
        if not self._beside:
            return []
        named = [(key, name) for key in keys if (name := self.find_name(key))]
        if shape is COLUMN_SHAPE and not any(name in ENOUGH for _, name in named):
            lone = next((key for name in LONE for key, known in named if known == name), None)
            named = [(key, "text" if key == lone else name) for key, name in named] if lone is not None else []
        return [self._named_as(key, name) for key, name in sorted(named, key=lambda pair: RANKS[pair[1]])]

    def _named_as(self, key: str, name: str) -> Named:
        return key, name, self._roles.selects(name)

    def _dialogue(self, shape: Shape, own: Mapping[str, str], others: Sequence[Named]) -> tuple[str, str, str] | None:
        """Where the messages stand, if rows can be read by them: the key of the list, and those of a message's speaker and words."""
        if shape is COLUMN_SHAPE:
            return (others[0][0], "role", "content") if len(others) == 1 and others[0][1] in DIALOGUES else None
        if not shape.dialogue or "system" in {*self._names, *self._names.values()} or (self._roles.selects("system") and "system" in own):
            return None
        return (own[shape.dialogue[0]], *shape.dialogue[1:])

    def _unknown(self, keys: tuple[str, ...]) -> str:
        shown = ", ".join(repr(key[:SHOWN_LETTERS]) for key in keys[:SHOWN_KEYS]) + (", ..." if len(keys) > SHOWN_KEYS else "")
        has = f"the row has {shown or 'no keys'}"
        if self._named and self._shapes:
            return f"--schema {self._named} needs {' and '.join(map(repr, self._shapes[0].required))}; {has}"
        return f"no known shape; {has}"


def suggest_options(row: Mapping[str, Any]) -> str:
    """What to do with a row of no known shape: the options that would read the column with the most prose, or else with the most words."""
    tokens = next((key for key in row if key.lower() in TOKENS), None)
    if tokens is not None:
        return f"{tokens!r} holds tokens, not text: scan the rows that the tokens were made of"
    key = find_longest(row)
    if key is None:
        return "name the text with --field"
    if isinstance(row[key], str):
        return f"read it with {_option('--map', f'completion={key}')} or {_option('--field', key)}"
    return f"read it with {_option('--map', f'conversation={key}')}"


def find_longest(row: Mapping[str, Any]) -> str | None:
    """The column with the most prose, or else with the most words; None for a row without words."""
    sizes = {key: _size(value) for key, value in row.items()}
    key = max(sizes, key=lambda key: sizes[key], default="")
    return key if any(sizes.get(key, ())) else None


def _size(value: Any) -> tuple[int, int]:
    """How long the prose, and how long all words, of a value are."""
    texts = [(len(text), classify_wording(text)) for _, _, text in find_strings(value, "", "", {})]
    return sum(size for size, said in texts if said is Wording.PROSE), sum(size for size, said in texts if said)


def _option(option: str, value: str) -> str:
    return f"{option} {shlex.quote(value if len(value) <= SHOWN else value[:SHOWN] + '...')}"


def read_renamed(plan: RowPlan, row: dict[str, Any]) -> Iterator[Turn]:
    """The turns of a row whose columns bear other names than the shape's; each says where in the row itself it stands."""
    keys = {name: key for key, name in plan.renamed.items()}
    for turn in plan.shape.turns({name: row[key] for name, key in keys.items()}):
        found = _FIRST.match(turn.field)
        name = found[0] if found else ""
        yield Turn(turn.role, turn.text, keys[name] + turn.field[len(name) :]) if name in keys else turn
