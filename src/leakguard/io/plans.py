"""How rows with one tuple of keys are read, remembered for the next row that has them."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.io.messages import ShapeError
from leakguard.io.roles import FIELD, Roles
from leakguard.io.shapes import AUTO, BESIDE, SHAPES, Shape, at_fields

REMEMBERED = 1000
SHOWN_KEYS, SHOWN_LETTERS = 5, 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows with one tuple of keys are read. `columns` (key, looked at) and `dialogue` are short cuts that give up on surprises.

    `places` are the turn number and key of each looked-at column. `others` are keys that are read beside the shape (key, looked at):
    their turns come after those of the shape. `extra` are keys that are not read. `alone`: the dialogue's key decides the shape
    whatever else is there.
    """

    shape: Shape
    columns: tuple[tuple[str, bool], ...]
    places: tuple[tuple[int, str], ...]
    others: tuple[tuple[str, bool], ...]
    extra: tuple[str, ...]
    dialogue: tuple[str, str, str] | None
    alone: bool


class Planner:
    """Makes plans for one schema ("auto": each row by its keys) or for fields, and the roles that are looked at."""

    def __init__(self, schema: str, fields: Sequence[str], roles: Roles) -> None:
        self._roles = roles
        self._named = "" if schema == AUTO else schema
        self._all_keys = schema == AUTO and not fields
        self._shapes = (Shape(FIELD, (), at_fields(fields)),) if fields else tuple(s for s in SHAPES if schema in (AUTO, s.name))
        self._plans: dict[tuple[str, ...], Plan] = {}

    def plan(self, keys: tuple[str, ...]) -> Plan:
        """The plan for rows with these keys, in this order. Raises ShapeError where no shape has them."""
        plan = self._plans.get(keys)
        if plan is None:
            plan = self._planned(keys)
            if len(self._plans) < REMEMBERED and sum(map(len, keys)) < REMEMBERED:
                self._plans[keys] = plan
        return plan

    def _planned(self, keys: tuple[str, ...]) -> Plan:
        there = frozenset(keys)
        shape = next((shape for shape in self._shapes if shape.fits(there)), None)
        if shape is None:
            raise ShapeError(self._unknown(keys))
        others = [key for key in BESIDE if key in there and key not in shape.keys] if self._all_keys else []
        read = {*shape.keys, *others}
        extra = [key for key in keys if key not in read]
        whole = self._all_keys and self._roles.all
        own = [] if any(key in there for key in shape.nested) else [key for key in shape.strings if key in there]
        strings = [*own, *others, *(extra if whole else ())] if own else []
        system = self._roles.want("system")
        wanted = self._roles.want
        return Plan(
            shape=shape,
            columns=tuple((key, wanted(key)) for key in strings),
            places=tuple((turn, key) for turn, key in enumerate(strings) if wanted(key)),
            others=tuple((key, wanted(key)) for key in others),
            extra=() if whole and own else tuple(extra),
            dialogue=None if (system and "system" in there) or (whole and extra) else shape.dialogue,
            alone=shape is self._shapes[0] and not system and not others,
        )

    def _unknown(self, keys: tuple[str, ...]) -> str:
        shown = ", ".join(repr(key[:SHOWN_LETTERS]) for key in keys[:SHOWN_KEYS]) + (", ..." if len(keys) > SHOWN_KEYS else "")
        has = f"the row has {shown or 'no keys'}"
        if self._named:
            return f"--schema {self._named} needs {' and '.join(map(repr, self._shapes[0].required))}; {has}"
        return f"no known shape; {has}; name the text with --field"
