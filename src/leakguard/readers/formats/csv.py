"""Read CSV and TSV files as rows of JSON. Every record is read or listed as unreadable, with its position."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from leakguard.core.batch import Block
from leakguard.core.record import Unreadable
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import open_chunks, split_lines
from leakguard.readers.files.streams import peek
from leakguard.readers.formats.csv_dialects import Dialect, detect_dialect, is_delimiter_record
from leakguard.readers.formats.json_cells import parse_cells, select_json_columns
from leakguard.readers.formats.row_lines import RowLine, build_blocks, find_duplicate, make_row_line
from leakguard.readers.rows.json_errors import ENCODED

BROKEN = "bad-csv"
SHOWN = 40
UNNAMED = "Unnamed: 0"
_TOO_LONG = "too long"


def read_csv(path: str, limits: ReadLimits = ReadLimits(), *, delimiter: str = ",") -> Iterator[Block]:  # noqa: B008
    """Yield blocks of JSON lines, one line for each record.

    Rows number the records, where the header is row 1; offsets are byte offsets in the file. Quotes follow RFC 4180; `delimiter` is the
    one that the name of the file suggests (see `detect_dialect`). A record that is not CSV is Unreadable, and so is a file without a
    valid header.
    """
    yield from build_blocks(path, CsvRecords(path, limits, delimiter), limits.block_size)


class CsvRecords:
    """The records of a file in order, without a gap between them. Blank lines and the header have neither a line nor a reason.

    `names` (of the columns) and `dialect` are set when the first record was read.
    """

    def __init__(self, path: str, limits: ReadLimits, delimiter: str = ",") -> None:
        self.names: list[str] = []
        self.dialect = Dialect(delimiter)
        self._path, self._limits = path, limits

    def __iter__(self) -> Iterator[RowLine]:
        """Yield the records. The file is read again each time."""
        with open_chunks(self._path, self._limits) as found:
            if isinstance(found, Block):
                yield from self._records(_Lines(iter([found]), self._limits.row_limit))
                return
            chunks, (head, whole) = peek(found[1])
            self.dialect = detect_dialect(self.dialect.delimiter, head, whole=whole)
            blocks = split_lines(self._path, map(self.dialect.swap, chunks), self._limits.row_limit)
            yield from self._records(_Lines(blocks, self._limits.row_limit))

    def _records(self, lines: "_Lines") -> Iterator[RowLine]:
        """Yield the records under their header."""
        # `row` counts records. Lines over the limit and damaged data, which the line source met on the way, are reported before the record
        # that they precede. The first record that is neither blank nor `sep=;` is the header; without a valid header nothing else is read.
        reader = csv.reader(lines, delimiter=self.dialect.delimiter, strict=True)
        row = 0
        while True:
            row += 1
            try:
                fields, flaw = lines.record(reader), ""
            except csv.Error as error:
                fields, flaw = [], _describe_error(str(error), lines.limit)
            for entry in lines.broken:
                if not self.names and entry.reason == "too-long":
                    yield RowLine(row, entry.origin.offset, entry.length, reason="unreadable-file", detail=f"the header: {entry.detail}")
                    return
                yield RowLine(row, entry.origin.offset, entry.length, reason=entry.reason, detail=entry.detail)
                flaw = flaw or ("" if entry.origin.offset <= lines.start else "a line of this record could not be read")
                row += 1
            lines.broken.clear()
            if fields is None:
                return
            if not self.names and row == 1 and is_delimiter_record(fields):
                yield RowLine(row, lines.start, lines.end - lines.start)
                continue
            if self.names or not (flaw or fields):
                yield _make_line(row, lines, self.names, fields, flaw)
                continue
            self.names = _name_columns(fields)
            lines.cells = select_json_columns(self.names)
            problem = flaw or _check_names(self.names)
            if problem:
                yield RowLine(row, lines.start, lines.end - lines.start, reason="unreadable-file", detail=f"the header: {problem}")
                return
            yield RowLine(row, lines.start, lines.end - lines.start)


@dataclass(slots=True)
class _Lines:
    """The lines of a file as text, for csv.reader. `cells` are the columns that may contain JSON.

    The current record begins at byte `start`, ends before byte `end` and has `count` lines so far. A record of more than `limit` bytes ends
    where it exceeds the limit, because a quote that is never closed would extend to the end of the file.
    """

    source: Iterator[Block]
    limit: int
    start: int = 0
    end: int = 0
    count: int = 0
    broken: list[Unreadable] = field(default_factory=list)
    held: deque[bytes] = field(default_factory=deque)
    cells: frozenset[str] = frozenset()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        while not self.held:
            block = next(self.source)
            self.broken += block.broken
            self.end = block.offset
            self.held.extend(_split(block.data or b""))
        line = self.held.popleft()
        self.start = self.start if self.count else self.end
        self.count += 1
        self.end += len(line)
        if self.end - self.start > self.limit + 1:
            raise csv.Error(_TOO_LONG)
        # Bytes that are not UTF-8 become surrogates here, so that the end of the record is found; encoding the record reports them.
        return line.decode("utf-8", "surrogateescape")

    def record(self, reader: Iterator[list[str]]) -> list[str] | None:
        """Return the fields of the next record; None at the end. Raises csv.Error for a record that is not CSV."""
        self.start, self.count = self.end, 0
        # The field limit of the csv module is global: it is set only while a record is read.
        before = csv.field_size_limit(self.limit)
        try:
            return next(reader, None)
        finally:
            csv.field_size_limit(before)


def _split(data: bytes) -> list[bytes]:
    """Split data into lines with their line feeds. A carriage return alone ends no line."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _describe_error(said: str, limit: int) -> str:
    """Return the message about a file for an error of the csv module."""
    if said == _TOO_LONG or said.startswith("field larger"):
        return f"the record is longer than the limit of {limit:,} bytes (row-limit); possibly a quote is not closed"
    if said.startswith("new-line character"):
        return "a carriage return without a line feed outside quotes, in a file with line feeds"
    return "a quote is not closed" if said.startswith("unexpected end") else said


def _make_line(row: int, lines: _Lines, names: list[str], fields: list[str], flaw: str) -> RowLine:
    """Return one record under its header, as a line or with the reason why it has none. A blank line has neither."""
    offset, length = lines.start, lines.end - lines.start
    if not flaw and not fields:
        return RowLine(row, offset, length)
    if not flaw and len(fields) != len(names):
        flaw = f"{len(fields)} fields, but the header has {len(names)}"
    if flaw:
        span = f"; it spans {lines.count} lines" if lines.count > 1 else ""
        return RowLine(row, offset, length, reason=BROKEN, detail=f"{flaw}{span}")
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        return RowLine(row, offset, length, reason="bad-utf8", detail=f"bytes of the record are not UTF-8; {ENCODED}")
    values = dict(zip(names, fields, strict=True))
    return make_row_line(row, parse_cells(values, lines.cells) if lines.cells else values, offset, length)


def _name_columns(fields: list[str]) -> list[str]:
    """Return the names of the columns. A first column without a name is the index of pandas and is called "Unnamed: 0", as pandas does."""
    if len(fields) < 2 or fields[0] or "" in fields[1:]:
        return fields
    index, number = UNNAMED, 0
    while index in fields:
        number += 1
        index = f"{UNNAMED}.{number}"
    return [index, *fields[1:]]


def _check_names(names: list[str]) -> str:
    """Return the reason why a header is invalid (such as duplicate names), or ""."""
    if names[0].lstrip().startswith("{"):
        return "it is a JSON object, not the names of columns; give the file a name that ends in .jsonl"
    if twice := find_duplicate([name for name in names if name]):
        return f"two columns are called {twice[:SHOWN]!r}"
    if "" in names:
        remedy = "name it, or leave it out (pandas writes an index unless it is told index=False)"
        return f"column {names.index('') + 1} has no name: {remedy}"
    return f"it is not UTF-8; {ENCODED}" if any("\udc80" <= char <= "\udcff" for char in "".join(names)) else ""
