"""Tables that were cleaned, written as tables again: each row of the input, as it stood there, to the output of its fate."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from leakguard.core.errors import Stopped
from leakguard.core.names import spell
from leakguard.core.policy import Fate
from leakguard.io.arrow import row_sizes
from leakguard.io.csv import csv_records
from leakguard.io.formats import CSV, PARQUET, TSV, Limits, format_of
from leakguard.io.parquet import BATCH, HELD, Part, parts
from leakguard.io.sources import Extents

if TYPE_CHECKING:
    import pyarrow

DELIMITERS = {CSV: ",", TSV: "\t"}
# The row that stands for a file of which nothing could be read.
WHOLE = 0
Fates = Mapping[int, Fate]
"""Row number -> fate, of all rows that were not kept."""
Sheet = tuple[Fate, bytes | Path, int]
"""More bytes of a fate's table (a file is the caller's to remove), and how many rows they hold."""


def fates_of(reasons: Path, file: str) -> dict[int, Fate]:
    """What became of the rows of one input, as its reasons say."""
    written = spell(file)
    with reasons.open("rb") as lines:
        return {said["row"]: Fate[said["fate"].upper()] for said in map(orjson.loads, lines) if said["file"] == written}


def sheets(path: Path, fates: Fates, redacted: Path | None, work: Path, limits: Limits) -> Iterator[Sheet]:
    """The table of every fate that has rows, and of the kept ones always, piece by piece; files on their way lie in `work`.

    `redacted` holds the new rows of that fate as JSON lines, in order; `limits` are those of the scan, and note what is read, for
    these rows must be the ones that were looked at. Raises OSError where the input cannot be read again.
    """
    if WHOLE in fates:
        yield Fate.KEPT, b"", 0
        return
    with ExitStack() as stack:
        new = map(orjson.loads, stack.enter_context(redacted.open("rb"))) if redacted else iter(())
        yield from _parquet(path, fates, new, work, limits) if format_of(str(path)) == PARQUET else _csv(str(path), fates, new, limits)


def _csv(path: str, fates: Fates, new: Iterator[dict[str, str]], limits: Limits) -> Iterator[Sheet]:
    """Records are copied byte by byte, under the header's own bytes; only redacted ones are written anew."""
    delimiter = DELIMITERS.get(format_of(path), "")
    records = csv_records(path, delimiter, row_limit=limits.row, readings=limits.readings)
    extents = Extents({}, limits.readings)
    header: bytes | None = None
    begun: set[Fate] = set()
    end = 0
    for told in records:
        end = told.offset + told.length
        if not told.line and not told.reason:
            continue
        if header is None:
            header = b"".join(extents.read(path, 0, told.offset))
        fate = fates.get(told.row, Fate.KEPT)
        if fate not in begun:
            begun.add(fate)
            yield fate, header, 0
        raw = b"".join(extents.read(path, told.offset, told.length))
        yield fate, _record(next(new), delimiter) if fate is Fate.REDACTED else raw, 1
    if Fate.KEPT not in begun:
        yield Fate.KEPT, b"".join(extents.read(path, 0, end)) if header is None else header, 0


def _record(row: Mapping[str, str], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(row.values())
    return out.getvalue().encode()


def _parquet(path: Path, fates: Fates, new: Iterator[Any], work: Path, limits: Limits) -> Iterator[Sheet]:
    """Rows are chosen from the input's own columns, so no value changes its type; redacted ones get their new texts.

    Where a damaged file breaks off, or holds what is too large to read, the scan broke off as well and counted what was lost.
    """
    from pyarrow import ArrowException, parquet

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
    tables = {fate: work / f"{fate.folder}.parquet" for fate in Fate}
    rows = dict.fromkeys(Fate, 0)
    try:
        with ExitStack() as stack:
            writers = {Fate.KEPT: _Writer(tables[Fate.KEPT], schema, stack)}
            for part in parts(str(path), limits):
                for fate, first, count in _stretches(part, fates):
                    writer = writers.get(fate) or writers.setdefault(fate, _Writer(tables[fate], schema, stack))
                    batch = part.batch.slice(first, count)  # type: ignore[union-attr]
                    writer.add(_rewritten(batch, schema, new) if fate is Fate.REDACTED else batch)
                    rows[fate] += count
                if part.batch is not None and part.last:
                    for writer in writers.values():
                        writer.behind(part.batch)
            for writer in writers.values():
                writer.flush()
    except ArrowException as error:
        raise Stopped(f"{path}: its rows cannot be written as Parquet: {' '.join(str(error).split())[:200]}") from error
    yield from ((fate, tables[fate], rows[fate]) for fate in sorted(writers))


def _stretches(part: Part, fates: Fates) -> Iterator[tuple[Fate, int, int]]:
    """Rows of one fate side by side: the first one in the part's batch, and how many."""
    start = 0
    for fate, group in groupby(fates.get(part.row + at + 1, Fate.KEPT) for at in range(part.rows if part.batch is not None else 0)):
        count = len(list(group))
        yield fate, start, count
        start += count


class _Writer:
    """Writes one table; rows are put together first, for each piece that is written becomes a row group of the file."""

    def __init__(self, path: Path, schema: "pyarrow.Schema", stack: ExitStack) -> None:
        from pyarrow import parquet

        self._schema = schema
        self._writer = stack.enter_context(parquet.ParquetWriter(path, schema))
        self._held: list[pyarrow.RecordBatch] = []
        self._rows = self._size = self._behind = 0

    def add(self, batch: "pyarrow.RecordBatch") -> None:
        """Write these rows, sooner or later."""
        if self._held and batch.schema != self._held[0].schema:
            self.flush()
        self._held.append(batch)
        self._rows += batch.num_rows
        self._size += int(row_sizes(batch, words=False).sum())
        if self._size >= HELD:
            self.flush()

    def behind(self, batch: "pyarrow.RecordBatch") -> None:
        """Nothing more comes of what this batch is a part of. What is held keeps all of that in memory."""
        self._behind += batch.get_total_buffer_size() if self._held else 0
        if self._behind >= HELD or self._rows >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is held. Columns that were left in their dictionaries are written as the input's types."""
        from pyarrow import Table

        if self._held:
            table = Table.from_batches(self._held)
            self._writer.write_table(table if table.schema.equals(self._schema) else table.cast(self._schema))
        self._held, self._rows, self._size, self._behind = [], 0, 0, 0


def _rewritten(batch: "pyarrow.RecordBatch", schema: "pyarrow.Schema", new: Iterator[Any]) -> "pyarrow.RecordBatch":
    rows = [_told_anew(before, next(new)) for before in batch.to_pylist()]
    return type(batch).from_pylist(rows, schema=schema)


def _told_anew(before: Any, now: Any) -> Any:
    """The value with the texts that it has now; everything that is no text stays as it was."""
    if isinstance(before, str):
        return now
    if isinstance(before, dict):
        return {key: _told_anew(value, now[key]) if key in now else value for key, value in before.items()}
    if isinstance(before, list):
        return [_told_anew(value, other) for value, other in zip(before, now, strict=True)]
    return before
