"""Are the rows that a trainer holds the rows of the files that were looked at? Compared in one form that survives Arrow's changes.

What is the same: keys in any order; no key, null, an empty list, an empty object and an object of nulls; 1 and 1.0; a date and the text
that it was read from. In CSV, where everything is text: a number, a truth value or nothing and the cell that pandas reads as one. A text
that the trainer holds as a text is only ever the same as exactly that text in the file. JSON in a cell, which tables have for lists, is the
list that it stands for.
"""

import datetime
import re
from collections.abc import Collection as Some
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from math import isfinite
from typing import Any

import orjson

from leakguard.core.gate import Held
from leakguard.readers.files.format_detection import detect_file_format
from leakguard.readers.files.format_names import CSV, TSV
from leakguard.readers.files.line_blocks import load_block
from leakguard.readers.files.readings import Readings
from leakguard.readers.formats.json_cells import parse_cells, select_json_columns
from leakguard.readers.python.containers import RowCollection
from leakguard.readers.python.json_values import BYTES, NotJsonError, convert_value, hash_bytes
from leakguard.readers.sources import FileSource

TEXT, TRUTH, WHOLE, DECIMAL, TIME = "text", "truth", "whole", "decimal", "time"
# What pandas, and so datasets, reads as no value in a CSV file, the empty cell beside them.
MISSING = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
        *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
        *("inf", "-inf", "+inf", "Infinity", "-Infinity", "+Infinity", "Inf", "-Inf", "INF", "-INF"),  # nothing here, as everywhere
    )
)
TRUTHS = {"true": True, "false": False}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)
UNNAMED = re.compile(r"Unnamed: \d+")
EXACT = 1 << 53  # from here on a float no longer tells whole numbers apart
LARGEST = 1 << 64
BLANK = ("",)
POLICIES: tuple[Some[str], ...] = ((), BLANK, MISSING)
"""What a reader of CSV takes for nothing: no cell, empty ones, or all that pandas does. It does so in the whole file."""


@dataclass(slots=True)
class ComparedRows:
    """Rows in the form that is compared. `kinds` are the kinds of values that the trainer holds at each place, once its rows were read."""

    columns: Some[str] | None = None
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def digest_trainer_row(self, row: object) -> bytes:
        """The digest of a row that a trainer holds, whose kinds are noted; nothing for one that is no row."""
        try:
            said = convert_value(row)
            if not isinstance(said, dict):
                return b""
            return _digest(self._held(parse_cells(self._chosen(said), select_json_columns(said)), ""))
        except (NotJsonError, TypeError, ValueError, RecursionError):
            return b""

    def digest_file_row(self, row: object, *, table: bool) -> Iterator[bytes]:
        """The digests that a row of a file may have in a trainer's hands; `table`: it comes from CSV, where all values are texts."""
        if not isinstance(row, dict):
            return
        row = self._chosen(row)
        cells = [value for value in row.values() if isinstance(value, str) and value in MISSING] if table else []
        policies = POLICIES[:1] if not cells else POLICIES if any(cells) else POLICIES[:2]
        for nothing in policies:
            left = {key: value for key, value in row.items() if not (table and isinstance(value, str) and value in nothing)}
            with suppress(TypeError, ValueError, RecursionError):
                yield _digest(self._found(left, "", table))

    def _chosen(self, row: dict[str, Any]) -> dict[str, Any]:
        return row if self.columns is None else {key: value for key, value in row.items() if _name(key) in self.columns}

    def _held(self, value: Any, place: str) -> Any:
        """A trainer's value in its form; its kind is noted."""
        if isinstance(value, dict):
            return _object((key, self._held(item, f"{place}.{_name(key)}")) for key, item in value.items())
        if isinstance(value, list):
            return [self._held(item, place + "[]") for item in value] or None
        if value is not None:
            self.kinds.setdefault(place, set()).add(_kind(value))
        return _scalar(value)

    def _found(self, value: Any, place: str, table: bool) -> Any:
        """A file's value in the form that it has if a trainer holds it as what it holds there."""
        if isinstance(value, dict):
            return _object((key, self._found(item, f"{place}.{_name(key)}", table)) for key, item in value.items())
        if isinstance(value, list):
            return [self._found(item, place + "[]", table) for item in value] or None
        kinds = self.kinds.get(place, set())
        if isinstance(value, str) and not kinds and f"{place}.{BYTES}" in self.kinds:
            return dict(hash_bytes(value.encode()))  # the trainer holds the bytes of the text
        if isinstance(value, str):
            return value if TEXT in kinds else _read(value, kinds, table)
        if type(value) is int and kinds == {DECIMAL}:
            return _decimal(float(value))
        return _scalar(value)


def match_rows(rows: Iterable[object], files: Sequence[str], columns: Some[str] | None = None, *, readings: Readings | None = None) -> Held:
    """How many of the rows stand in the files, and the first that does not; of `columns` only, if they are given.

    Order of rows plays no part, and a row may come more than once. Memory is about a hundred bytes a row; `readings` notes all that
    is read of the files. Raises OSError for a file that cannot be read, UsageError where `rows` are no rows.
    """
    form = ComparedRows(_names(columns))
    held = [form.digest_trainer_row(row) for row in RowCollection(rows)]
    wanted = set(held) - {b""}
    known: set[bytes] = set()
    for table, row in _rows(files, readings):
        known.update(digest for digest in form.digest_file_row(row, table=table) if digest in wanted)
    return _counted(held, known)


def compare_rows(rows: Iterable[object], others: Iterable[object], columns: Some[str]) -> Held:
    """How many of the rows are among the others, by these columns. Raises UsageError where either are no rows."""
    form = ComparedRows(_names(columns))
    known = {form.digest_trainer_row(row) for row in RowCollection(others)}
    return _counted([form.digest_trainer_row(row) for row in RowCollection(rows)], known)


def find_columns(files: Sequence[str], asked: Some[str]) -> list[str]:
    """Which of the columns `asked` some row of the files has. Raises OSError for a file that cannot be read."""
    there: set[str] = set()
    for _, row in _rows(files):
        if isinstance(row, dict):
            there.update(map(_name, row))
        if there.issuperset(map(_name, asked)):
            break
    return [name for name in asked if _name(name) in there]


def _names(columns: Some[str] | None) -> frozenset[str] | None:
    return None if columns is None else frozenset(map(_name, columns))


def _counted(held: Sequence[bytes], known: Some[bytes]) -> Held:
    strangers = [number for number, digest in enumerate(held, 1) if not digest or digest not in known]
    return Held(len(held), len(held) - len(strangers), strangers[0] if strangers else None)


def _rows(files: Sequence[str], readings: Readings | None = None) -> Iterator[tuple[bool, object]]:
    """Every row that can be read, and whether it comes from CSV. One that cannot vouches for none of a trainer's."""
    tables = {file for file in files if detect_file_format(file) in (CSV, TSV)}
    for block in FileSource(tuple(files), readings=readings).blocks():
        table = block.file in tables
        for line in load_block(block).split(b"\n"):
            with suppress(orjson.JSONDecodeError):
                yield table, orjson.loads(line)


def _name(key: str) -> str:
    """A column without a name, as pandas writes its index into CSV, has one when it is read again."""
    return "" if UNNAMED.fullmatch(key) else key


def _object(items: Iterable[tuple[str, Any]]) -> dict[str, Any] | None:
    """An object of values in their form; None if nothing is in it."""
    there = {key: value for key, value in items if value is not None}
    named = {_name(key): value for key, value in there.items()}
    return (named if len(named) == len(there) else there) or None


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return TEXT
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int):
        return WHOLE
    return DECIMAL if isinstance(value, float) else TIME


def _scalar(value: Any) -> Any:
    """A value that is no text read anew: numbers by their value, times as one text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < LARGEST // 2 else _decimal(float(value))
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return _time(value)
    return value


def _decimal(value: float) -> Any:
    """A float by 15 digits, which survive reading and writing; a whole one is a whole number."""
    if not isfinite(value):
        return None
    if value.is_integer() and abs(value) < EXACT:
        return int(value)
    return {"\0decimal": f"{value:.15g}"}


def _time(value: datetime.date | datetime.time) -> Any:
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
    elif isinstance(value, datetime.date):
        value = datetime.datetime(value.year, value.month, value.day)
    return {"\0time": value.isoformat()}


def _read(text: str, kinds: Some[str], table: bool) -> Any:
    """A text of a file as the trainer's reader read it, if it made something else of it; the text itself if that cannot be."""
    if TIME in kinds:
        for reader in (datetime.datetime, datetime.time):
            with suppress(ValueError):
                return _time(reader.fromisoformat(text))
    word = text.strip()
    if table and TRUTH in kinds and word.lower() in TRUTHS:
        return TRUTHS[word.lower()]
    if table and (WHOLE in kinds or DECIMAL in kinds) and NUMBER.fullmatch(word):
        with suppress(ValueError):
            return _scalar(int(word)) if WHOLE in kinds and word.lstrip("+-").isdecimal() else _decimal(float(word))
    return text


def _digest(form: Any) -> bytes:
    return blake2b(orjson.dumps(form or {}, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
