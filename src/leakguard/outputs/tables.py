"""Tables that were cleaned, written as tables again: each row of the input, as it stood there, to the output of its fate."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from leakguard.core.batch import Block
from leakguard.core.policy import Fate
from leakguard.core.suggest import spell
from leakguard.readers.files.byte_ranges import RangeReader
from leakguard.readers.files.format_detection import classify_head
from leakguard.readers.files.format_names import ARROW, CSV, JSON, PARQUET, TSV
from leakguard.readers.files.limits import OriginalFile
from leakguard.readers.files.line_blocks import open_chunks
from leakguard.readers.files.streams import peek
from leakguard.readers.formats.csv import CsvRecords
from leakguard.readers.formats.json_cells import replace_texts
from leakguard.readers.formats.json_rows import read_json_elements

DELIMITERS = {CSV: ",", TSV: "\t"}
# The row that stands for a file of which nothing could be read.
WHOLE = 0
Fates = Mapping[int, Fate]
"""Row number -> fate, of all rows that were not kept."""
TablePiece = tuple[Fate, bytes | Path, int]
"""More bytes of a fate's table (a file is the caller's to remove), and how many rows they hold."""


def read_fates(reasons: Path, file: str) -> dict[int, Fate]:
    """What became of the rows of one input, as its reasons say."""
    written = spell(file)
    with reasons.open("rb") as lines:
        return {said["row"]: Fate[said["fate"].upper()] for said in map(orjson.loads, lines) if said["file"] == written}


def write_tables(source: OriginalFile, fates: Fates, redacted: Path | None, work: Path) -> Iterator[TablePiece]:
    """The table of every fate that has rows, and of the kept ones always, piece by piece; files on their way lie in `work`.

    `redacted` holds the new rows of that fate as JSON lines, in order; the limits are those of the scan, and note what is read, for
    these rows must be the ones that were looked at. Raises OSError where the input cannot be read again.
    """
    if WHOLE in fates:
        yield Fate.KEPT, b"", 0
        return
    with ExitStack() as stack:
        new = stack.enter_context(redacted.open("rb")) if redacted else iter(())
        if source.format in (PARQUET, ARROW):
            from leakguard.outputs.arrow_tables import write_arrow_tables

            yield from write_arrow_tables(source, fates, map(orjson.loads, new), work)
        elif source.format == JSON:
            yield from _json(source, fates, new)
        else:
            yield from _csv(source, fates, map(orjson.loads, new))


def _json(source: OriginalFile, fates: Fates, new: Iterator[bytes]) -> Iterator[TablePiece]:
    """Elements are copied byte by byte into a list of the same kind; redacted ones as they were rewritten.

    Of an object around the list only the key of the list is written: what else it holds was not looked at.
    """
    name, limits = source.name, source.limits
    extents = RangeReader({name: source.path}, limits.readings)
    begun: set[Fate] = set()
    with open_chunks(name, limits, place=source.path) as found:
        if isinstance(found, Block):
            raise OSError(found.broken[0].detail)
        chunks, (head, whole) = peek(found[1])
        _, layout = classify_head(name, head, whole=whole)
        if layout is None:
            raise OSError(f"{name}: changed while it was being read")
        end = b"\n" if layout.depth else b""
        first, between = found[0].encoding.byte_order_mark + layout.opening + end, b",\n" if layout.depth else b"\n"
        for told in read_json_elements(chunks, layout, limits.row_limit):
            if told.reason and not told.length:
                continue
            fate = fates.get(told.row, Fate.KEPT)
            yield fate, between if fate in begun else first, 1
            begun.add(fate)
            if fate is Fate.REDACTED:
                yield fate, next(new).rstrip(b"\n"), 0
            else:
                yield from ((fate, piece, 0) for piece in extents.read(name, told.offset, told.length, end=b""))
    last = layout.closing + end
    yield from ((fate, b"\n" + last if fate in begun else first + last, 0) for fate in sorted({Fate.KEPT, *begun}))


def _csv(source: OriginalFile, fates: Fates, new: Iterator[dict[str, Any]]) -> Iterator[TablePiece]:
    """Records are copied byte by byte, under the header's own bytes; only redacted ones are written anew."""
    path = source.path
    records = CsvRecords(path, source.limits, DELIMITERS[source.format])
    extents = RangeReader({}, source.limits.readings)
    header: bytes | None = None
    begun: set[Fate] = set()
    end = 0
    for told in records:
        end = told.offset + told.length
        if not told.line and not told.reason:
            continue
        line_end = b"\r" if records.dialect.cr_only else b"\n"
        if header is None:
            header = b"".join(extents.read(path, 0, told.offset, end=line_end))
        fate = fates.get(told.row, Fate.KEPT)
        if fate not in begun:
            begun.add(fate)
            yield fate, header, 0
        raw = b"".join(extents.read(path, told.offset, told.length, end=line_end))
        yield fate, _record(next(new), raw, records) if fate is Fate.REDACTED else raw, 1
    if Fate.KEPT not in begun:
        yield Fate.KEPT, b"".join(extents.read(path, 0, end, end=b"")) if header is None else header, 0


def _record(row: Mapping[str, Any], raw: bytes, records: CsvRecords) -> bytes:
    """A row as a record of the file, with the delimiter, the order of columns and the line end that it had."""
    out = io.StringIO()
    end = "\r\n" if raw.endswith(b"\r\n") else "\n"
    before = next(csv.reader(io.StringIO(records.dialect.swap(raw).decode(), newline=""), delimiter=records.dialect.delimiter))
    values = [replace_texts(text, row[name]) for name, text in zip(records.names, before, strict=True)]
    csv.writer(out, delimiter=records.dialect.delimiter, lineterminator=end).writerow(values)
    return records.dialect.swap(out.getvalue().encode())
