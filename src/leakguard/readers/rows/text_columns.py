"""Select the texts to scan from parsed rows: by fast paths for whole columns and plain dialogues, else by the reader of the shape."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.record import Turn
from leakguard.core.suggest import suggest_names
from leakguard.core.unscanned import Unscanned
from leakguard.readers.formats.json_cells import parse_message_text
from leakguard.readers.rows.dialogues import QUOTES, DialogueReader, detect_message_keys
from leakguard.readers.rows.field_paths import count_absent
from leakguard.readers.rows.messages import ShapeError, name_json_type
from leakguard.readers.rows.picked_texts import PickedTexts
from leakguard.readers.rows.roles import FIELD, Roles
from leakguard.readers.rows.row_plans import RowPlan, RowPlanner, read_renamed, suggest_options
from leakguard.readers.rows.same_keys import SameKeys
from leakguard.readers.rows.shapes import AUTO, BESIDE, COLUMN_SHAPE, KNOWN, ONE_TURN, SCHEMAS, Shape, make_field_reader, read_columns
from leakguard.readers.rows.unscanned import UnscannedCounter, count_quotes, find_strings, shorten_key
from leakguard.readers.rows.whole_columns import collect_columns, collect_strings


class TextPicker:
    """Reads rows by one schema (or each by its own keys, "auto") or at given fields, and picks the texts of the scanned roles."""

    def __init__(self, schema: str, fields: Sequence[str], roles: str, names: Mapping[str, str] | None = None) -> None:
        """`names` maps columns to the names of a shape.

        Raises UsageError for an unknown schema, role or name, and for fields together with a schema or a map.
        """
        if schema not in SCHEMAS:
            raise UsageError(f"`schema` {schema!r} is unknown; {suggest_names(schema, SCHEMAS)}")
        if fields and schema != AUTO:
            raise UsageError(f"`field` and `schema` {schema} both say where the text is: leave one out")
        if fields and names:
            raise UsageError("`field` and `map` both say where the text is: leave one out")
        for name in (names or {}).values():
            if name not in KNOWN:
                raise UsageError(f"`map`: no shape has a column {name!r}; {suggest_names(name, BESIDE)}")
        self._roles = Roles(roles)
        self._all_keys = schema == AUTO and not fields
        self._whole = self._all_keys and self._roles.all
        self._left_out = "field" if fields else "" if schema == AUTO else "schema"
        self._absent = partial(count_absent, fields, names or {})
        self._planner = RowPlanner(schema, Shape(FIELD, (), make_field_reader(fields)) if fields else None, self._roles, names or {})
        self._plan = self._planner.plan

    def _find_plan(self, row: Any) -> RowPlan:
        """Return the plan of one row, by its keys or by what its objects contain. Raises ShapeError with settings that would read it."""
        if type(row) is not dict:
            raise ShapeError(f"the row is {name_json_type(row)}, not an object")
        try:
            return self._plan(tuple(row))
        except ShapeError as error:
            if plan := self._planner.plan_nested(row):
                return plan
            raise ShapeError(f"{error}; {suggest_options(row)}") from None

    def read_turns(self, row: Any) -> tuple[Turn, ...]:
        """Return all turns of a row, scanned or not. With all roles, every other string of the row is a turn as well. Raises ShapeError.

        A row that cannot be read because of a null is read without its nulls, because tables have nulls in place of missing keys.
        """
        try:
            return self._read_turns(row)
        except ShapeError:
            if type(row) is not dict or None not in row.values():
                raise
            with suppress(ShapeError):
                return self._read_turns({key: value for key, value in row.items() if value is not None})
            raise

    def _read_turns(self, row: Any) -> tuple[Turn, ...]:
        """Return all turns of a row with its nulls."""
        row = parse_message_text(row)
        plan = self._find_plan(row)
        own = plan.shape.turns(row) if not plan.renamed else read_renamed(plan, row)
        turns = (*own, *read_columns(row, [(key, name) for key, name, _ in plan.others]))
        if not self._whole:
            return turns
        said = {turn.field: turn.text for turn in turns}
        more = (Turn(key, text, place) for key, value in row.items() for place, _, text in find_strings(value, key, key, said))
        return (*turns, *more)

    def select_turns(self, turns: tuple[Turn, ...]) -> Sequence[int]:
        """Return the indices of the turns that are scanned."""
        return self._roles.select(turns)

    def count_unscanned(self, row: Any) -> Unscanned:
        """Count the text of one row that is not scanned. Raises ShapeError."""
        rest = UnscannedCounter(self._reason_of)
        row = parse_message_text(row)
        rest.count_row(row, self.read_turns(row), self._roles.selects)
        rest.counts.absent.update(self._absent([row]))
        return rest.counts

    def locate_text(self, row: Any, nth: int) -> tuple[int, str]:
        """Return turn number and field path of the row's scanned text number `nth`, in most cases without building its turns."""
        # Three ways, from fast to slow: the plan contains the place, a plain dialogue counts its messages, or all turns are read.
        plan = self._find_plan(row)
        if {type(row[key]) for key, _, _ in plan.columns} == {str}:
            return plan.places[nth]
        if plan.dialogue and (place := self._locate_in_dialogue(row, nth, *detect_message_keys(plan.dialogue, row[plan.dialogue[0]]))):
            return place
        turns = self.read_turns(row)
        turn = self.select_turns(turns)[nth]
        return turn, turns[turn].field

    def _locate_in_dialogue(self, row: dict[str, Any], nth: int, key: str, by: str, words: str) -> tuple[int, str] | None:
        """Return the place of a text in a list of plain messages; None if a message is not plain."""
        system = row.get("system")
        if type(system) not in ONE_TURN:
            return None
        first = int(type(system) is str)
        known = self._roles.known
        for i, message in enumerate(row[key] if type(row[key]) is list else ()):
            if type(message) is not dict or len(message) != 2 or type(message.get(words)) is not str or message.get(by) not in known:
                break
            if known[message[by]]:
                if not nth:
                    return first + i, f"{key}[{i}].{words}"
                nth -= 1
        return None

    def pick_same_keys(self, rows: SameKeys) -> PickedTexts | None:
        """Pick the texts of rows with the same keys; None if their keys alone do not determine how they are read."""
        try:
            plan = self._plan(rows.keys)
        except ShapeError:
            return None
        if not plan.columns or not all(rows.has_strings(key) for key, _, _ in plan.columns):
            return None
        # Whole columns are picked and counted, without a loop over rows: first the columns of roles that are not scanned, then the keys
        # that are not read, then the texts. With several columns, the texts of a row follow each other.
        rest = UnscannedCounter(self._reason_of)
        for key, name, wanted in plan.columns:
            if not wanted:
                rest.count_role(name, rows.count_filled(key))
        for key in filter(rows.has_strings, plan.extra):
            rest.count_wordings(key, shorten_key(key), rows.get_wordings(key))
        keys = [key for key, _, wanted in plan.columns if wanted]
        owners: Sequence[int] = range(len(rows))
        place = plan.places[0] if len(keys) == 1 else None
        owners = owners if len(keys) == 1 else [row for row in owners for _ in keys]
        rest.counts.absent.update(self._absent([dict.fromkeys(rows.keys)], len(rows)))
        return PickedTexts(rows.get_column(keys), owners, {}, place, unscanned=rest.counts)

    def pick(self, rows: Sequence[Any], live: Sequence[int]) -> PickedTexts:
        """Pick the texts of the rows at the indices `live`."""
        if len(live) < len(rows):
            rows = [rows[i] for i in live]
        picked = self._pick_fast(rows, live)
        picked.unscanned.absent.update(self._absent([row for i, row in zip(live, rows, strict=True) if i not in picked.failed]))
        return picked

    def _pick_fast(self, rows: Sequence[Any], live: Sequence[int]) -> PickedTexts:
        """Pick the texts of rows that belong to the indices `live`, by the fastest path that fits all of them."""
        # The plan of the first row is tried on all rows; a fast path raises one of these errors if a row differs.
        with suppress(ShapeError, LookupError, TypeError):
            plan = self._plan(tuple(rows[0]))
            listed = plan.dialogue and type(rows[0][plan.dialogue[0]]) is list
            if plan.columns and not listed:
                return self._pick_columns(rows, live, plan)
            if plan.dialogue:
                return self._pick_dialogues(rows, live, plan)
        return self._pick_each(rows, live)

    def _have_known_columns(self, rows: Sequence[dict[str, Any]]) -> bool:
        """Return whether a row of messages has further columns that are read."""
        if set(map(len, rows)) == {1}:
            return False
        return any(map(self._planner.find_name, set().union(*rows) - {"messages", "system"}))

    def _reason_of(self, key: str) -> str:
        """Return the setting that leaves out a column which is read without it; "" if there is none."""
        return self._left_out if self._left_out == "field" or self._planner.find_name(key) else ""

    def _pick_columns(self, rows: Sequence[Any], live: Sequence[int], plan: RowPlan) -> PickedTexts:
        """Pick whole columns of rows with the same keys and only strings in the columns of the plan. Raises an error for other rows."""
        # Texts are interleaved row by row; `quotes` counts those around keys and strings, for the check of duplicate keys.
        keys = tuple(rows[0])
        values = collect_columns(rows, keys, [*(key for key, _, _ in plan.columns), *plan.extra], ordered=plan.ordered)
        for key, _, _ in plan.columns:
            if set(map(type, values[key])) != {str}:
                raise TypeError
        rest = UnscannedCounter(self._reason_of)
        for key, name, wanted in plan.columns:
            if not wanted:
                rest.count_role(name, sum(map(bool, values[key])))
        quotes = 2 * len(rows) * (len(keys) + len(plan.columns)) + sum(rest.count_column(key, values[key]) for key in plan.extra)
        columns = [values[key] for key, _, wanted in plan.columns if wanted]
        if len(columns) == 1:
            return PickedTexts(columns[0], live, {}, plan.places[0], unscanned=rest.counts, quotes=quotes)
        owners = chain.from_iterable(zip(*[live] * len(columns), strict=True))
        texts = list(chain.from_iterable(zip(*columns, strict=True)))
        return PickedTexts(texts, list(owners), {}, unscanned=rest.counts, quotes=quotes)

    def _pick_dialogues(self, rows: Sequence[Any], live: Sequence[int], plan: RowPlan) -> PickedTexts:
        """Pick the texts of rows that all have a list of messages at the key of the plan. Raises an error for other rows."""
        # Lists are taken column-wise, and so are strings beside them. A DialogueReader then reads all messages in one loop; rows that it
        # cannot read are read once more by their shape, for the reason.
        assert plan.dialogue
        key = plan.dialogue[0]
        said: list[tuple[str, ...]] = [()] * len(rows)
        others = [other for other in plan.others if other[0] != key]
        if plan.alone and set(map(type, rows)) == {dict} and not (self._all_keys and self._have_known_columns(rows)):
            lists = list(map(itemgetter(key), rows))
        else:
            values = collect_columns(rows, tuple(rows[0]), [key, *(other for other, _, _ in others)], ordered=plan.ordered)
            lists = values[key]
            if others:
                said = collect_strings(values, others)
        systems = [row["system"] for row in rows if "system" in row]
        if set(map(type, lists)) != {list} or not ONE_TURN.issuperset(map(type, systems)):
            raise TypeError
        rest = UnscannedCounter(self._reason_of)
        reader = DialogueReader(detect_message_keys(plan.dialogue, lists[0]), self._roles, rest, self._whole, plan.shape is COLUMN_SHAPE)
        heard = reader.read(zip(live, lists, said, strict=True))
        place_at = reader.find_places(lists, live, heard.owners) if heard.plain and not others and not systems else None
        failed = {i: self._explain(rows[bisect_left(live, i)]) for i in heard.failed}
        if failed:
            rows, live = [row for i, row in zip(live, rows, strict=True) if i not in failed], [i for i in live if i not in failed]
        quotes = self._count_beside_dialogues(rows, live, reader, rest)
        reader.finish()
        quotes += QUOTES * sum(map(len, lists)) + heard.quotes
        return PickedTexts(heard.texts, heard.owners, failed, place_at=place_at, unscanned=rest.counts, quotes=None if failed else quotes)

    def _count_beside_dialogues(
        self, rows: Sequence[dict[str, Any]], live: Sequence[int], reader: DialogueReader, rest: UnscannedCounter
    ) -> int:
        """Count the text beside the messages of rows; return the number of quotes around the rows' own keys and that text."""
        if set(map(len, rows)) <= {1}:
            return 2 * len(rows)
        keys = list(map(tuple, rows))
        # Rows with the same keys are counted column by column.
        groups = [(rows, live)] if keys.count(keys[0]) == len(keys) else [([row], [i]) for i, row in zip(live, rows, strict=True)]
        quotes = 0
        for group, numbers in groups:
            plan = self._plan(tuple(group[0]))
            for key, name, wanted in (*plan.others, ("system", "system", self._roles.selects("system"))):
                if key in group[0]:
                    said = [(i, row[key]) for i, row in zip(numbers, group, strict=True) if type(row[key]) is str]
                    quotes += 2 * len(said)
                    if not wanted:
                        reader.count_left_out(name, (i for i, text in said if text))
            quotes += 2 * len(group) * len(group[0])
            quotes += sum(rest.count_column(key, [row[key] for row in group]) for key in plan.extra)
        return quotes

    def _explain(self, row: Any) -> str:
        """Return why a row cannot be read."""
        try:
            self.read_turns(row)
        except ShapeError as error:
            return str(error)
        raise AssertionError("a fast path refused a row that its shape can read")

    def _pick_each(self, rows: Sequence[Any], live: Sequence[int]) -> PickedTexts:
        """Pick row by row, for rows that differ."""
        texts: list[str] = []
        owners: list[int] = []
        failed: dict[int, str] = {}
        rest = UnscannedCounter(self._reason_of)
        quotes = 0
        for i, row in zip(live, rows, strict=True):
            try:
                more = self._pick_row(row, rest)
            except ShapeError as error:
                failed[i] = str(error)
            else:
                texts += more
                owners += [i] * len(more)
                quotes += count_quotes(row)
        return PickedTexts(texts, owners, failed, unscanned=rest.counts, quotes=quotes)

    def _pick_row(self, row: Any, rest: UnscannedCounter) -> list[str]:
        """Return the scanned texts of one row. Raises ShapeError."""
        # A row with only strings in the columns of its plan needs no turns.
        plan = self._find_plan(row)
        if plan.columns and all(type(row[key]) is str for key, _, _ in plan.columns):
            for name in {name for key, name, wanted in plan.columns if not wanted and row[key]}:
                rest.count_role(name)
            for key in plan.extra:
                rest.count_value(key, row[key])
            return [row[key] for key, _, wanted in plan.columns if wanted]
        row = parse_message_text(row)
        turns = self.read_turns(row)
        rest.count_row(row, turns, self._roles.selects)
        return [turns[turn].text for turn in self.select_turns(turns)]
