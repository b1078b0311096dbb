"""The strings to look at in parsed rows: short cuts for whole columns and plain dialogues, the shape's own reading for the rest."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.names import expected
from leakguard.core.record import Turn
from leakguard.io.alike import Alike
from leakguard.io.columns import strings_beside, values_of
from leakguard.io.roles import FIELD, Roles
from leakguard.io.shapes import AUTO, ONE_TURN, SCHEMAS, SHAPES, TEXT_KEYS, Shape, ShapeError, at_fields, beside, kind, spoken

REMEMBERED = 1000
SHOWN_KEYS, SHOWN_LETTERS = 5, 20
# What else a row of messages may be trained on; "system" is read with the messages.
OTHERS = frozenset(TEXT_KEYS) - {"messages", "system"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows with one tuple of keys are read. `columns` (key, looked at) and `dialogue` are short cuts that give up on surprises.

    `places` are the turn number and key of each looked-at column. `others` are keys of other shapes (key, looked at): their turns
    come after those of the shape, and they are the last of the columns. `alone`: the dialogue's key decides the shape whatever else
    is there.
    """

    shape: Shape
    columns: tuple[tuple[str, bool], ...]
    places: tuple[tuple[int, str], ...]
    others: tuple[tuple[str, bool], ...]
    dialogue: tuple[str, str, str] | None
    alone: bool


@dataclass(frozen=True, slots=True)
class Picked:
    """Texts to look at, the row index of each, and why some rows could not be read (row index -> detail).

    `place` is turn number and field of every text where each row has one and all stand in the same; `place_at` says it of each
    text by its number, where that needs no second look at the row.
    """

    texts: Sequence[str]
    owners: Sequence[int]
    failed: dict[int, str]
    place: tuple[int, str] | None = None
    place_at: Callable[[int], tuple[int, str]] | None = None


class Texts:
    """Reads rows by one schema (or each by its own keys, "auto") or at given fields, and picks the texts of some roles."""

    def __init__(self, schema: str, fields: Sequence[str], roles: str) -> None:
        """Raises UsageError for a schema or role that nobody knows, and for a schema together with fields."""
        if schema not in SCHEMAS:
            raise UsageError(f"--schema {schema!r} is unknown. {expected(schema, SCHEMAS)}")
        if fields and schema != AUTO:
            raise UsageError(f"--field says where the text is and so does --schema {schema}: leave one out")
        self._roles = Roles(roles)
        self._named = "" if schema == AUTO else schema
        self._all_keys = schema == AUTO and not fields
        self._shapes = (Shape(FIELD, (), at_fields(fields)),) if fields else tuple(s for s in SHAPES if schema in (AUTO, s.name))
        self._plans: dict[tuple[str, ...], Plan] = {}

    def turns_of(self, row: Any) -> tuple[Turn, ...]:
        """All turns of a row, looked at or not; raises ShapeError."""
        if type(row) is not dict:
            raise ShapeError(f"the row is {kind(row)}, not an object")
        plan = self._plan(tuple(row))
        turns = tuple(plan.shape.turns(row))
        return (*turns, *beside(row, [key for key, _ in plan.others], plan.shape.name)) if plan.others else turns

    def looked_at(self, turns: tuple[Turn, ...]) -> Sequence[int]:
        """Indices of the turns whose words are looked at."""
        return self._roles.looked_at(turns)

    def place_of(self, row: Any, nth: int) -> tuple[int, str]:
        """Turn number and field path of the row's looked-at text number `nth`, mostly without building its turns."""
        plan = self._plan(tuple(row))
        if {type(row[key]) for key, _ in plan.columns} == {str}:
            return plan.places[nth]
        if plan.dialogue and (place := self._heard_at(row, nth, *plan.dialogue)):
            return place
        turns = self.turns_of(row)
        turn = self.looked_at(turns)[nth]
        return turn, turns[turn].field

    def _heard_at(self, row: dict[str, Any], nth: int, key: str, by: str, words: str) -> tuple[int, str] | None:
        system = row.get("system")
        if type(system) not in ONE_TURN:
            return None
        first = int(type(system) is str)
        known = self._roles.known
        for i, message in enumerate(row[key]):
            if len(message) != 2 or type(message.get(words)) is not str or message.get(by) not in known:
                break
            if known[message[by]]:
                if not nth:
                    return first + i, f"{key}[{i}].{words}"
                nth -= 1
        return None

    def pick_alike(self, rows: Alike) -> Picked | None:
        """The texts of rows that are written alike; None where they are not told by their keys alone."""
        try:
            plan = self._plan(rows.keys)
        except ShapeError:
            return None
        if not plan.columns:
            return None
        keys = [key for key, wanted in plan.columns if wanted]
        owners: Sequence[int] = range(len(rows))
        if len(keys) == 1:
            return Picked(rows.column(keys), owners, {}, plan.places[0])
        return Picked(rows.column(keys), [row for row in owners for _ in keys], {})

    def pick(self, rows: Sequence[Any], live: Sequence[int]) -> Picked:
        """The texts of the rows at the indices `live`."""
        if len(live) < len(rows):
            rows = [rows[i] for i in live]
        try:
            plan = self._plan(tuple(rows[0]))
            if plan.columns:
                return self._columns(rows, live, plan)
            if plan.dialogue:
                return self._dialogues(rows, live, plan)
        except (ShapeError, LookupError, TypeError):
            # The rows are not all alike.
            pass
        return self._each(rows, live)

    def _plan(self, keys: tuple[str, ...]) -> Plan:
        plan = self._plans.get(keys)
        if plan is None:
            plan = self._planned(keys)
            if len(self._plans) < REMEMBERED and sum(map(len, keys)) < REMEMBERED:
                self._plans[keys] = plan
        return plan

    def _planned(self, keys: tuple[str, ...]) -> Plan:
        shape = next((shape for shape in self._shapes if shape.fits(keys)), None)
        if shape is None:
            raise ShapeError(self._unknown(keys))
        others = [key for key in TEXT_KEYS if key in keys and key not in shape.keys] if self._all_keys else []
        own = [] if any(key in keys for key in shape.nested) else [key for key in shape.strings if key in keys]
        strings = [*own, *others] if own else []
        system = self._roles.want("system")
        return Plan(
            shape=shape,
            columns=tuple((key, self._roles.want(key)) for key in strings),
            places=tuple((turn, key) for turn, key in enumerate(strings) if self._roles.want(key)),
            others=tuple((key, self._roles.want(key)) for key in others),
            dialogue=None if system and "system" in keys else shape.dialogue,
            alone=shape is self._shapes[0] and not system and not others,
        )

    def _unknown(self, keys: tuple[str, ...]) -> str:
        shown = ", ".join(repr(key[:SHOWN_LETTERS]) for key in keys[:SHOWN_KEYS]) + (", ..." if len(keys) > SHOWN_KEYS else "")
        has = f"the row has {shown or 'no keys'}"
        if self._named:
            return f"--schema {self._named} needs {' and '.join(map(repr, self._shapes[0].required))}; {has}"
        return f"no known shape; {has}; name the text with --field"

    def _columns(self, rows: Sequence[Any], live: Sequence[int], plan: Plan) -> Picked:
        """The looked-at columns of rows with the same keys and nothing but strings in the plan's columns; else raises."""
        values = values_of(rows, tuple(rows[0]), [key for key, _ in plan.columns])
        for key, _ in plan.columns:
            if set(map(type, values[key])) != {str}:
                raise TypeError
        columns = [values[key] for key, wanted in plan.columns if wanted]
        if len(columns) == 1:
            return Picked(columns[0], live, {}, plan.places[0])
        owners = chain.from_iterable(zip(*[live] * len(columns), strict=True))
        return Picked(list(chain.from_iterable(zip(*columns, strict=True))), list(owners), {})

    def _dialogues(self, rows: Sequence[Any], live: Sequence[int], plan: Plan) -> Picked:
        """The looked-at words of rows that all hold a list of messages in the plan's place; else raises."""
        assert plan.dialogue
        key = plan.dialogue[0]
        said: list[tuple[str, ...]] = [()] * len(rows)
        if plan.alone and set(map(type, rows)) == {dict} and not (self._all_keys and _say_more(rows)):
            lists = list(map(itemgetter(key), rows))
        else:
            values = values_of(rows, tuple(rows[0]), [key, *(other for other, _ in plan.others)])
            lists = values[key]
            if plan.others:
                said = strings_beside(values, plan.others)
        systems = [row["system"] for row in rows if "system" in row]
        if set(map(type, lists)) != {list} or not ONE_TURN.issuperset(map(type, systems)):
            raise TypeError
        texts, owners, messages, failed = self._heard(zip(live, lists, said, strict=True), plan.dialogue)
        place_at = None
        if messages is not None and not systems:
            place_at = partial(_message, key, plan.dialogue[2], messages)
        return Picked(texts, owners, {i: self._flaw(rows[bisect_left(live, i)]) for i in failed}, place_at=place_at)

    def _heard(
        self, rows: Iterable[tuple[int, list[Any], tuple[str, ...]]], dialogue: tuple[str, str, str]
    ) -> tuple[list[str], list[int], list[int] | None, list[int]]:
        """Looked-at words of (row index, messages, what else it says), their rows, messages' numbers, and the rows that cannot be read.

        A message of more than speaker and words is read in full. It may be several turns or none, so that the number of a message is no
        longer that of a turn: then there are no numbers, as where a row says something else too.
        """
        key, by, words = dialogue
        texts: list[str] = []
        owners: list[int] = []
        numbers: list[int] = []
        failed: list[int] = []
        plain = True
        known = self._roles.known
        for i, messages, said in rows:
            for number, message in enumerate(messages):
                try:
                    text = message[words]
                    if len(message) != 2 or type(text) is not str:
                        raise TypeError
                    if known[message[by]]:
                        texts.append(text)
                        owners.append(i)
                        numbers.append(number)
                except (LookupError, TypeError):
                    plain = False
                    try:
                        more = [turn.text for turn in spoken(message, key) if self._roles.want(turn.role)]
                    except ShapeError:
                        failed.append(i)
                        break
                    texts += more
                    owners += [i] * len(more)
            if said:
                plain = False
                texts += said
                owners += [i] * len(said)
            if failed and failed[-1] == i:
                while owners and owners[-1] == i:
                    del owners[-1], texts[-1]
        return texts, owners, numbers if plain else None, failed

    def _flaw(self, row: Any) -> str:
        """Why a row cannot be read."""
        try:
            self.turns_of(row)
        except ShapeError as error:
            return str(error)
        raise AssertionError("the short cut refused a row that its shape can read")

    def _each(self, rows: Sequence[Any], live: Sequence[int]) -> Picked:
        """Row by row, for rows that are not alike."""
        texts: list[str] = []
        owners: list[int] = []
        failed: dict[int, str] = {}
        for i, row in zip(live, rows, strict=True):
            try:
                more = self._said(row)
            except ShapeError as error:
                failed[i] = str(error)
            else:
                texts += more
                owners += [i] * len(more)
        return Picked(texts, owners, failed)

    def _said(self, row: Any) -> list[str]:
        """The looked-at texts of one row; raises ShapeError."""
        if type(row) is dict and (columns := self._plan(tuple(row)).columns):
            said = []
            for key, wanted in columns:
                text = row[key]
                if type(text) is not str:
                    break
                if wanted:
                    said.append(text)
            else:
                return said
        turns = self.turns_of(row)
        return [turns[turn].text for turn in self.looked_at(turns)]


def _message(key: str, words: str, numbers: Sequence[int], text: int) -> tuple[int, str]:
    """The place of text number `text` in a dialogue of nothing but messages."""
    return numbers[text], f"{key}[{numbers[text]}].{words}"


def _say_more(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether a row of messages has keys of other shapes too."""
    return set(map(len, rows)) != {1} and not all(map(OTHERS.isdisjoint, rows))
