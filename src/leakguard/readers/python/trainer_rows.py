"""Compare the rows of a trainer's dataset with the rows of the scanned files, in a form that Arrow and pandas do not change.

Treated as equal: keys in any order; a missing key, null, an empty list, an empty object and an object of nulls; 1 and 1.0; a date and the
text it was parsed from; JSON in a cell and the list that it encodes. In CSV, where all values are texts: a number, a boolean or a missing
value, and the cell that pandas reads as one. A text in the trainer's rows is equal only to exactly the same text in the file.
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
# Cells that pandas, and therefore datasets, reads as missing in a CSV file, including the empty cell.
MISSING = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
        *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
        *("inf", "-inf", "+inf", "Infinity", "-Infinity", "+Infinity", "Inf", "-Inf", "INF", "-INF"),  # missing, as everywhere here
    )
)
TRUTHS = {"true": True, "false": False}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)
UNNAMED = re.compile(r"Unnamed: \d+")
EXACT = 1 << 53  # from here on not every whole number is a float
LARGEST = 1 << 64
BLANK = ("",)
POLICIES: tuple[Some[str], ...] = ((), BLANK, MISSING)
"""Sets of cells that CSV readers read as missing: none, the empty cell, or those of pandas. One of these applies to a whole file."""


@dataclass(slots=True)
class ComparedRows:
    """Converts rows to the compared form. `kinds` are the types of the trainer's values at each place, filled in by its rows."""

    columns: Some[str] | None = None
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def digest_trainer_row(self, row: object) -> bytes:
        """Return the digest of a trainer's row and note its types; b"" if it is not a row."""
        try:
            said = convert_value(row)
            if not isinstance(said, dict):
                return b""
            return _digest(self._convert_held(parse_cells(self._select(said), select_json_columns(said)), ""))
        except (NotJsonError, TypeError, ValueError, RecursionError):
            return b""

    def digest_file_row(self, row: object, *, table: bool) -> Iterator[bytes]:
        """Yield the digests that a row of a file may have in a trainer. `table`: it comes from CSV, where all values are texts."""
        # One digest for each way to read missing cells, where they differ for this row.
        if not isinstance(row, dict):
            return
        row = self._select(row)
        cells = [value for value in row.values() if isinstance(value, str) and value in MISSING] if table else []
        policies = POLICIES[:1] if not cells else POLICIES if any(cells) else POLICIES[:2]
        for nothing in policies:
            left = {key: value for key, value in row.items() if not (table and isinstance(value, str) and value in nothing)}
            with suppress(TypeError, ValueError, RecursionError):
                yield _digest(self._convert_found(left, "", table))

    def _select(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the compared columns of a row."""
        return row if self.columns is None else {key: value for key, value in row.items() if _name(key) in self.columns}

    def _convert_held(self, value: Any, place: str) -> Any:
        """Return a trainer's value in the compared form and note its type."""
        if isinstance(value, dict):
            return _object((key, self._convert_held(item, f"{place}.{_name(key)}")) for key, item in value.items())
        if isinstance(value, list):
            return [self._convert_held(item, place + "[]") for item in value] or None
        if value is not None:
            self.kinds.setdefault(place, set()).add(_kind(value))
        return _scalar(value)

    def _convert_found(self, value: Any, place: str, table: bool) -> Any:
        """Return a value of a file in the compared form, converted to the types that the trainer's values have at this place."""
        # Text is converted only if the trainer has no text there; bytes are compared by their hash.
        if isinstance(value, dict):
            return _object((key, self._convert_found(item, f"{place}.{_name(key)}", table)) for key, item in value.items())
        if isinstance(value, list):
            return [self._convert_found(item, place + "[]", table) for item in value] or None
        kinds = self.kinds.get(place, set())
        if isinstance(value, str) and not kinds and f"{place}.{BYTES}" in self.kinds:
            return dict(hash_bytes(value.encode()))  # the trainer has the bytes of the text
        if isinstance(value, str):
            return value if TEXT in kinds else _parse_text(value, kinds, table)
        if type(value) is int and kinds == {DECIMAL}:
            return _decimal(float(value))
        return _scalar(value)


def match_rows(rows: Iterable[object], files: Sequence[str], columns: Some[str] | None = None, *, readings: Readings | None = None) -> Held:
    """Count how many of the rows are in the files, and find the first that is not; compare only `columns`, if given.

    The order of rows does not matter, and a row may occur several times. Memory is about 100 bytes a row; `readings` records what is read.
    Raises OSError for a file that cannot be read, UsageError if `rows` are not rows.
    """
    form = ComparedRows(_names(columns))
    held = [form.digest_trainer_row(row) for row in RowCollection(rows)]
    wanted = set(held) - {b""}
    known: set[bytes] = set()
    for table, row in _read_rows(files, readings):
        known.update(digest for digest in form.digest_file_row(row, table=table) if digest in wanted)
    return _count_matches(held, known)


def compare_rows(rows: Iterable[object], others: Iterable[object], columns: Some[str]) -> Held:
    """Count how many of the rows are among the others, compared by these columns. Raises UsageError if either are not rows."""
    form = ComparedRows(_names(columns))
    known = {form.digest_trainer_row(row) for row in RowCollection(others)}
    return _count_matches([form.digest_trainer_row(row) for row in RowCollection(rows)], known)


def find_columns(files: Sequence[str], asked: Some[str]) -> list[str]:
    """Return those of the columns `asked` that some row of the files has. Raises OSError for a file that cannot be read."""
    there: set[str] = set()
    for _, row in _read_rows(files):
        if isinstance(row, dict):
            there.update(map(_name, row))
        if there.issuperset(map(_name, asked)):
            break
    return [name for name in asked if _name(name) in there]


def _names(columns: Some[str] | None) -> frozenset[str] | None:
    """Return the compared names of columns."""
    return None if columns is None else frozenset(map(_name, columns))


def _count_matches(held: Sequence[bytes], known: Some[bytes]) -> Held:
    """Count the digests that are known, and return the number of the first that is not."""
    strangers = [number for number, digest in enumerate(held, 1) if not digest or digest not in known]
    return Held(len(held), len(held) - len(strangers), strangers[0] if strangers else None)


def _read_rows(files: Sequence[str], readings: Readings | None = None) -> Iterator[tuple[bool, object]]:
    """Yield every row that can be read, and whether it comes from CSV. An unreadable row matches no row of a trainer."""
    tables = {file for file in files if detect_file_format(file) in (CSV, TSV)}
    for block in FileSource(tuple(files), readings=readings).blocks():
        table = block.file in tables
        for line in load_block(block).split(b"\n"):
            with suppress(orjson.JSONDecodeError):
                yield table, orjson.loads(line)


def _name(key: str) -> str:
    """Return a column's name; "" for the names that pandas gives to columns without one."""
    return "" if UNNAMED.fullmatch(key) else key


def _object(items: Iterable[tuple[str, Any]]) -> dict[str, Any] | None:
    """Return an object of converted values; None if it is empty."""
    there = {key: value for key, value in items if value is not None}
    named = {_name(key): value for key, value in there.items()}
    return (named if len(named) == len(there) else there) or None


def _kind(value: Any) -> str:
    """Return the type of a value that is not null."""
    if isinstance(value, str):
        return TEXT
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int):
        return WHOLE
    return DECIMAL if isinstance(value, float) else TIME


def _scalar(value: Any) -> Any:
    """Convert a value that is not text: numbers by value, times to one text form."""
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
    """Return a float rounded to 15 digits, which survive writing and reading; a whole one as an integer, infinity as None."""
    if not isfinite(value):
        return None
    if value.is_integer() and abs(value) < EXACT:
        return int(value)
    return {"\0decimal": f"{value:.15g}"}


def _time(value: datetime.date | datetime.time) -> Any:
    """Return a date or time in one form; times with a zone in UTC."""
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
    elif isinstance(value, datetime.date):
        value = datetime.datetime(value.year, value.month, value.day)
    return {"\0time": value.isoformat()}


def _parse_text(text: str, kinds: Some[str], table: bool) -> Any:
    """Convert a text of a file to one of these types, as the trainer's reader does; return the text itself if none fits."""
    # Times first, then (in tables) booleans and numbers.
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
    """Return the 16-byte hash of a row in the compared form."""
    return blake2b(orjson.dumps(form or {}, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
