"""Tables that were cleaned, written as tables again: each row of the input, as it stood there, to the output of its fate."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from leakguard.core.policy import Fate
from leakguard.io.csv import csv_records
from leakguard.io.formats import CSV, PARQUET, TSV, Limits, format_of
from leakguard.io.parquet import BATCH
from leakguard.io.readings import RangedFile
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
    written = file.encode("utf-8", "backslashreplace").decode()
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
    """Rows are chosen from the input's own columns, so no value changes its type; redacted ones get their new texts."""
    from pyarrow import Table, parquet

    source = RangedFile(str(path), limits.readings) if limits.readings else path
    with parquet.ParquetFile(source, page_checksum_verification=True) as file, ExitStack() as stack:
        schema = file.schema_arrow
        tables = {fate: work / f"{fate.folder}.parquet" for fate in Fate}
        writers: dict[Fate, Any] = {Fate.KEPT: stack.enter_context(parquet.ParquetWriter(tables[Fate.KEPT], schema))}
        rows = dict.fromkeys(Fate, 0)
        row = 0
        for batch in _batches(file):
            chosen: dict[Fate, list[int]] = {}
            for at in range(batch.num_rows):
                chosen.setdefault(fates.get(row + at + 1, Fate.KEPT), []).append(at)
            for fate, places in chosen.items():
                if fate not in writers:
                    writers[fate] = stack.enter_context(parquet.ParquetWriter(tables[fate], schema))
                picked = Table.from_batches([batch.take(places)])
                writers[fate].write_table(_rewritten(picked, new) if fate is Fate.REDACTED else picked)
                rows[fate] += len(places)
            row += batch.num_rows
    yield from ((fate, tables[fate], rows[fate]) for fate in sorted(writers))


def _batches(file: Any) -> Iterator["pyarrow.RecordBatch"]:
    """Where a damaged file breaks off, the scan broke off as well and counted what was lost."""
    from pyarrow import ArrowException

    with suppress(ArrowException, OSError, ValueError, MemoryError):
        yield from file.iter_batches(BATCH)


def _rewritten(table: "pyarrow.Table", new: Iterator[Any]) -> "pyarrow.Table":
    rows = [_told_anew(before, next(new)) for before in table.to_pylist()]
    return type(table).from_pylist(rows, schema=table.schema)


def _told_anew(before: Any, now: Any) -> Any:
    """The value with the texts that it has now; everything that is no text stays as it was."""
    if isinstance(before, str):
        return now
    if isinstance(before, dict):
        return {key: _told_anew(value, now[key]) if key in now else value for key, value in before.items()}
    if isinstance(before, list):
        return [_told_anew(value, other) for value, other in zip(before, now, strict=True)]
    return before
