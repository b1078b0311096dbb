"""Tables that were cleaned, written as tables again: each row of the input, as it stood there, to the output of its fate."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from leakguard.core.batch import Block
from leakguard.core.suggest import spell
from leakguard.outputs.sections import Section, Sections
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
Places = Mapping[int, Section]
"""Row number -> section, of all rows outside the default section."""
TablePiece = tuple[Section, bytes | Path, int]
"""More bytes of a section's table (a file is removed by the caller), and how many rows they hold."""


def read_sections(reasons: Path, file: str, sections: Sections) -> dict[int, Section]:
    """Return the section of each row of one input that has a reason, from the file of reasons."""
    written = spell(file)
    with reasons.open("rb") as lines:
        return {said["row"]: sections.by_name[said["fate"]] for said in map(orjson.loads, lines) if said["file"] == written}


def write_tables(source: OriginalFile, places: Places, sections: Sections, new: Path | None, work: Path) -> Iterator[TablePiece]:
    """Yield the table of every section that has rows, and always that of the default section, piece by piece.

    `places` gives the section of each row outside the default one, `new` holds the rows of the rewritten section as JSON lines, in
    order. Files on their way lie in `work`. The input is read with the limits of the scan, which record what is read: these rows must
    be those that were checked. Raises OSError where the input cannot be read again.
    """
    if WHOLE in places:
        yield sections.default, b"", 0
        return
    with ExitStack() as stack:
        rows = stack.enter_context(new.open("rb")) if new else iter(())
        if source.format in (PARQUET, ARROW):
            from leakguard.outputs.arrow_tables import write_arrow_tables

            yield from write_arrow_tables(source, places, sections, map(orjson.loads, rows), work)
        elif source.format == JSON:
            yield from _json(source, places, sections, rows)
        else:
            yield from _csv(source, places, sections, map(orjson.loads, rows))


def _json(source: OriginalFile, places: Places, sections: Sections, new: Iterator[bytes]) -> Iterator[TablePiece]:
    """Copy the elements byte by byte into a list of the same kind, and the rewritten ones as they come.

    Of an object around the list only the key of the list is written: its other values were not checked.
    """
    name, limits = source.name, source.limits
    extents = RangeReader({name: source.path}, limits.readings)
    begun: set[Section] = set()
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
            section = places.get(told.row, sections.default)
            yield section, between if section in begun else first, 1
            begun.add(section)
            if section is sections.rewritten:
                yield section, next(new).rstrip(b"\n"), 0
            else:
                yield from ((section, piece, 0) for piece in extents.read(name, told.offset, told.length, end=b""))
    last = layout.closing + end
    for section in sections.sort({sections.default, *begun}):
        yield section, b"\n" + last if section in begun else first + last, 0


def _csv(source: OriginalFile, places: Places, sections: Sections, new: Iterator[dict[str, Any]]) -> Iterator[TablePiece]:
    """Copy the records byte by byte, under the header's own bytes; only rewritten ones are written anew."""
    path = source.path
    records = CsvRecords(path, source.limits, DELIMITERS[source.format])
    extents = RangeReader({}, source.limits.readings)
    header: bytes | None = None
    begun: set[Section] = set()
    end = 0
    for told in records:
        end = told.offset + told.length
        if not told.line and not told.reason:
            continue
        line_end = b"\r" if records.dialect.cr_only else b"\n"
        if header is None:
            header = b"".join(extents.read(path, 0, told.offset, end=line_end))
        section = places.get(told.row, sections.default)
        if section not in begun:
            begun.add(section)
            yield section, header, 0
        raw = b"".join(extents.read(path, told.offset, told.length, end=line_end))
        yield section, _record(next(new), raw, records) if section is sections.rewritten else raw, 1
    if sections.default not in begun:
        yield sections.default, b"".join(extents.read(path, 0, end, end=b"")) if header is None else header, 0


def _record(row: Mapping[str, Any], raw: bytes, records: CsvRecords) -> bytes:
    """A row as a record of the file, with the delimiter, the order of columns and the line end that it had."""
    out = io.StringIO()
    end = "\r\n" if raw.endswith(b"\r\n") else "\n"
    before = next(csv.reader(io.StringIO(records.dialect.swap(raw).decode(), newline=""), delimiter=records.dialect.delimiter))
    values = [replace_texts(text, row[name]) for name, text in zip(records.names, before, strict=True)]
    csv.writer(out, delimiter=records.dialect.delimiter, lineterminator=end).writerow(values)
    return records.dialect.swap(out.getvalue().encode())
