"""Parse blocks of lines into batches. All rows of a block are parsed at once; rows that cannot be read are listed with the reason."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from leakguard.core.batch import Batch, Block
from leakguard.core.record import Origin, Unreadable
from leakguard.core.unscanned import merge_counts
from leakguard.readers.files.line_blocks import load_block
from leakguard.readers.rows.json_errors import describe_error
from leakguard.readers.rows.lines import Lines
from leakguard.readers.rows.picked_texts import PickedTexts
from leakguard.readers.rows.repeated_keys import count_repeats
from leakguard.readers.rows.roles import TRAINED
from leakguard.readers.rows.same_keys import SameKeys, match_same_keys
from leakguard.readers.rows.shapes import AUTO
from leakguard.readers.rows.text_columns import TextPicker

_AT_ONCE = 1 << 17
"""Least bytes of lines that are parsed in one call."""
Read = tuple[Sequence[Any], PickedTexts, dict[int, tuple[str, str]], int]
"""Parsed rows (None: blank or unreadable), their picked texts, the errors by row index, and the number of lines that are not blank."""


class RowParser:
    """Parser for JSON Lines. Rows of different shapes may occur in one block.

    `schema` is one of shapes.SCHEMAS, `fields` are paths that replace it, `roles` is a specification as Roles takes it, and `names` maps
    columns to the names that shapes have for them.
    """

    def __init__(
        self, schema: str = AUTO, fields: Sequence[str] = (), roles: str = TRAINED, names: Mapping[str, str] | None = None
    ) -> None:
        """Raises UsageError for an unknown schema, role or name."""
        self._made_with = schema, tuple(fields), roles, dict(names or {})
        self._texts = TextPicker(*self._made_with)
        self._mark = 1 << 63 | secrets.randbits(63)
        self._between = b",%d," % self._mark

    def __reduce__(self) -> tuple[Any, ...]:
        return RowParser, self._made_with

    def parse(self, block: Block) -> Batch:
        """Return the batch of a block. Each line that is not blank is one row: read, or in `unreadable` with its position and reason."""
        # Blocks with equal keys in all rows take the fast path of `same_keys`. Otherwise lines are parsed together, or one by one if one is
        # not JSON; then lines that come unchanged from the file are searched for duplicate keys.
        try:
            data = load_block(block)
        except OSError as error:
            return self._make_unreadable(block, error.strerror or str(error))
        rows, picked, errors, seen = self._read_same_keys(data) or self._parse_rows(data)
        lines = Lines(data, len(rows))
        # Lines that were written by a reader have no duplicate keys, and rows that were not parsed have lost none.
        if not ((block.offsets and not block.verbatim) or isinstance(rows, SameKeys)):
            whole = seen == len(rows) and not errors
            live = range(len(rows)) if whole else [i for i, row in enumerate(rows) if row is not None]
            count_repeats(rows, live, lines, data, picked)
        if block.unscanned:
            merge_counts(picked.unscanned.fields, block.unscanned.fields)
            merge_counts(picked.unscanned.prose, block.unscanned.prose)
        unreadable = list(block.broken)
        for i in sorted(errors):
            offset = block.offsets[i] if block.offsets else block.offset + lines.bounds[i]
            origin = Origin(block.file, block.row + i, offset)
            unreadable.append(Unreadable(origin, *errors[i]))
        return Batch(
            file=block.file,
            first_row=block.row,
            offset=block.offset,
            lines=lines,
            rows=rows,
            texts=picked.texts,
            owners=picked.owners,
            unreadable=unreadable,
            seen=seen + len(block.broken),
            turns_of=self._texts.read_turns,
            place_of=self._texts.locate_text,
            place_of_all=picked.place,
            place_at=picked.place_at,
            known_offsets=block.offsets,
            unscanned=picked.unscanned,
            repeated_keys=picked.repeated,
        )

    def _read_same_keys(self, data: bytes) -> Read | None:
        """Return the rows of a block in which all have the same keys, without parsing them; None for any other block."""
        rows = match_same_keys(data)
        picked = self._texts.pick_same_keys(rows) if rows else None
        return (rows, picked, {}, len(rows)) if rows and picked else None

    def _parse_rows(self, data: bytes) -> Read:
        """Parse the rows of any block and pick their texts."""
        body = data.removesuffix(b"\n")
        errors: dict[int, tuple[str, str]] = {}
        live: Sequence[int]
        rows = self._parse_at_once(body) if data else []
        if rows is not None:
            live = range(len(rows))
        else:
            rows, live, errors = _parse_one_by_one(body.split(b"\n"))
        seen = len(live) + len(errors)
        picked = self._texts.pick(rows, live)
        for i, detail in picked.failed.items():
            rows[i], errors[i] = None, ("shape", detail)
        return rows, picked, errors, seen

    def _make_unreadable(self, block: Block, why: str) -> Batch:
        """Return the batch of a block whose file cannot be read any more: one unreadable row, because the number of rows is not known."""
        lost = Unreadable(Origin(block.file, block.row, block.offset), "unreadable-file", why)
        return self.parse(Block(block.file, block.row, block.offset, 0, b"", (*block.broken, lost)))

    def _parse_at_once(self, body: bytes) -> list[Any] | None:
        """Return one value for each line; None if the lines must be parsed one by one."""
        # Pieces of whole lines that fit into a processor's cache parse in five sixths of the time of a whole block.
        rows: list[Any] = []
        start = 0
        while start <= len(body):
            end = body.find(b"\n", start + _AT_ONCE)
            end = end if end >= 0 else len(body)
            more = self._parse_piece(body[start:end])
            if more is None:
                return None
            rows += more
            start = end + 1
        return rows

    def _parse_piece(self, body: bytes) -> list[Any] | None:
        """Return one value for each line; None if the lines must be parsed one by one."""
        # The lines become one array, which parses in two thirds of the time of one call for each line. Commas alone would not be safe:
        # `{"a":[1` and `2]}` are one value, `{},{}` are two, and together they would pass for two rows. So a random number, which no file
        # can contain on purpose, is put between every two lines. If each copy is an element of the outer array, at every second position,
        # then the text between two of them was exactly one value.
        joined = body.replace(b"\n", self._between)
        marks = (len(joined) - len(body)) // (len(self._between) - 1)
        try:
            values = orjson.loads(b"[%b]" % joined)
        except orjson.JSONDecodeError:
            return None
        if len(values) != 2 * marks + 1 or values[1::2].count(self._mark) != marks:
            return None
        rows: list[Any] = values[::2]
        return rows


def _parse_one_by_one(lines: list[bytes]) -> tuple[list[Any], list[int], dict[int, tuple[str, str]]]:
    """Parse line by line: return a value for each line (None for blank and bad ones), the indices of the good ones, and the errors."""
    rows: list[Any] = []
    live: list[int] = []
    errors: dict[int, tuple[str, str]] = {}
    for i, line in enumerate(lines):
        if not line or line.isspace():
            rows.append(None)
            continue
        try:
            rows.append(orjson.loads(line))
            live.append(i)
        except orjson.JSONDecodeError as error:
            rows.append(None)
            errors[i] = describe_error(line, error)
    return rows, live, errors
