"""Parquet and Arrow data that were cleaned, written in the same format: rows are chosen from the input's own columns."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakguard.core.errors import Stopped, reason_of
from leakguard.outputs.sections import Section, Sections
from leakguard.readers.files.format_names import PARQUET
from leakguard.readers.files.limits import OriginalFile
from leakguard.readers.files.line_blocks import open_chunks
from leakguard.readers.formats.arrow_batches import HELD, ArrowPart
from leakguard.readers.formats.arrow_ipc import MessageStream, read_arrow_parts
from leakguard.readers.formats.arrow_sizes import measure_rows
from leakguard.readers.formats.json_cells import replace_texts
from leakguard.readers.formats.parquet import BATCH, read_parquet_parts

if TYPE_CHECKING:
    import pyarrow


def write_arrow_tables(
    source: OriginalFile, places: Mapping[int, Section], sections: Sections, new: Iterator[Any], work: Path
) -> Iterator[tuple[Section, Path | bytes, int]]:
    """Yield the table of each section; no value changes its type, and rewritten rows (`new`, in order) get their new texts.

    Tables on their way lie in `work`. Where a damaged file breaks off, or holds what is too large to read, the scan broke off as well
    and counted what was lost.
    """
    from pyarrow import ArrowException

    tables = {section: work / f"{section.folder}.table" for section in sections.all}
    rows = dict.fromkeys(sections.all, 0)
    writers: dict[Section, _Writer] = {}
    try:
        with ExitStack() as stack:
            found, kind = _begun(source, stack)
            if kind is None:
                yield sections.default, b"", 0
                return
            writers[sections.default] = _Writer(tables[sections.default], kind, stack)
            for part in found:
                for section, first, count in _stretches(part, places, sections.default):
                    writer = writers.get(section) or writers.setdefault(section, _Writer(tables[section], kind, stack))
                    batch = part.batch.slice(first, count)  # type: ignore[union-attr]
                    writer.add(_rewritten(batch, kind.schema, new) if section is sections.rewritten else batch)
                    rows[section] += count
                if part.batch is not None and part.last:
                    for writer in writers.values():
                        writer.behind(part.batch)
            for writer in writers.values():
                writer.flush()
    except ArrowException as error:
        raise Stopped(f"{source.path}: its rows cannot be written as {source.format}: {reason_of(error)}") from error
    yield from ((section, tables[section], rows[section]) for section in sections.sort(writers))


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a table is written: its columns, its format, and of Arrow data whether they are a file and how they are compressed."""

    schema: "pyarrow.Schema"
    format: str
    file: bool = False
    codec: str | None = None

    def writer(self, path: Path) -> Any:
        """A writer of tables. Raises what pyarrow raises."""
        from pyarrow import ipc, parquet

        if self.format == PARQUET:
            return parquet.ParquetWriter(path, self.schema)
        options = ipc.IpcWriteOptions(compression=self.codec)
        return (ipc.new_file if self.file else ipc.new_stream)(str(path), self.schema, options=options)


def _begun(source: OriginalFile, stack: ExitStack) -> tuple[Iterator[ArrowPart], _Kind | None]:
    """The parts of an input, and how it is written; None where nothing of it can be read."""
    if source.format == PARQUET:
        from pyarrow import parquet

        with parquet.ParquetFile(source.path) as file:
            return read_parquet_parts(source.path, source.limits), _Kind(file.schema_arrow, PARQUET)
    found = stack.enter_context(open_chunks(source.name, source.limits, place=source.path))
    if not isinstance(found, tuple):
        raise OSError(found.broken[0].detail)
    messages = MessageStream(found[1], source.limits)
    rest = read_arrow_parts(messages)
    first = next(rest, None)
    if messages.schema is None:
        return iter(()), None
    kind = _Kind(messages.schema, source.format, messages.file, messages.codec or None)
    return chain([first] if first else [], rest), kind


def _stretches(part: ArrowPart, places: Mapping[int, Section], default: Section) -> Iterator[tuple[Section, int, int]]:
    """Yield runs of rows of one section: the first row in the part's batch, and how many."""
    start = 0
    numbers = range(part.row + 1, part.row + 1 + (part.rows if part.batch is not None else 0))
    for section, group in groupby(places.get(number, default) for number in numbers):
        count = len(list(group))
        yield section, start, count
        start += count


class _Writer:
    """Writes one table; rows are put together first, for each piece that is written becomes a row group or batch of the file."""

    def __init__(self, path: Path, kind: _Kind, stack: ExitStack) -> None:
        self._schema = kind.schema
        self._writer = stack.enter_context(kind.writer(path))
        self._held: list[pyarrow.RecordBatch] = []
        self._rows = self._size = self._behind = 0

    def add(self, batch: "pyarrow.RecordBatch") -> None:
        """Write these rows, sooner or later."""
        if self._held and batch.schema != self._held[0].schema:
            self.flush()
        self._held.append(batch)
        self._rows += batch.num_rows
        self._size += int(measure_rows(batch, words=False).sum())
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
    rows = [replace_texts(before, next(new)) for before in batch.to_pylist()]
    return type(batch).from_pylist(rows, schema=schema)
