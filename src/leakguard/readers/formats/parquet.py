"""Read Parquet files as rows of JSON. Rows that cannot be read are listed, and the number of rows is checked.

A few kilobytes of Parquet can unpack to gigabytes: in compressed pages, and in dictionaries whose values repeat in every row.
So page headers are read first (parquet_pages.py), row groups with a page that is too large are refused, large dictionaries stay
encoded, and only as many rows become Python values at a time as their sizes allow (arrow_batches.py).
"""

from collections.abc import Iterator
from contextlib import ExitStack
from io import RawIOBase
from typing import Any

from leakguard.core.batch import Block
from leakguard.core.errors import reason_of
from leakguard.core.store_address import find_address
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.readings import RangedFile
from leakguard.readers.files.stores import open_input
from leakguard.readers.formats.arrow_batches import (
    ArrowPart,
    check_column_names,
    convert_parts,
    describe_missing,
    describe_unpack_limit,
    format_row_count,
    make_unreadable_file,
    make_unreadable_rows,
    slice_batch,
)
from leakguard.readers.formats.arrow_sizes import measure_rows
from leakguard.readers.formats.parquet_pages import BadPageError, ParquetPage, read_pages
from leakguard.readers.formats.row_lines import build_blocks

BATCH = 1000
DECODED = 32 << 20
"""Approximate limit, in bytes, of the values that are decoded into one batch."""
PAGE_ROWS = 8
"""The size limit of an unpacked page, in multiples of the row limit."""
_BYTES, _FEW = "BYTE_ARRAY", 16


def read_parquet(path: str, limits: ReadLimits = ReadLimits()) -> Iterator[Block]:  # noqa: B008
    """Yield blocks of JSON lines, one line for each row, numbered from 1. A Parquet file has no byte offsets of rows.

    Columns in which a row has no value are left out. Values that JSON has no type for are written as text, bytes as their hash.
    """
    yield from build_blocks(path, convert_parts(read_parquet_parts(path, limits), limits), limits.block_size)


def read_parquet_parts(path: str, limits: ReadLimits) -> Iterator[ArrowPart]:
    """Yield all rows of a file in order, about HELD bytes at a time, and entries for the rows that cannot be read."""
    # Errors of pyarrow before the first row make the file unreadable; later ones lose the rows that are left.
    try:
        from pyarrow import ArrowException
    except ImportError:
        yield make_unreadable_file(describe_missing("Parquet"))
        return
    errors = (ArrowException, OSError, ValueError, MemoryError)
    with ExitStack() as stack:
        try:
            table = _Table(path, limits, stack)
        except errors as error:
            yield make_unreadable_file(f"Parquet: {reason_of(error)}")
            return
        if flaw := check_column_names(table.names):
            yield flaw
            return
        row = 0
        try:
            for part in table.parts():
                yield part
                row = part.row + part.rows
        except errors as error:
            left = max(table.rows - row, 0)
            yield make_unreadable_rows(
                row, left, "corrupt", f"Parquet: {reason_of(error)}; {format_row_count(left)} of it could not be read"
            )


class _Table:
    """An open Parquet file: `names` of its columns, and the number of `rows` according to its metadata."""

    def __init__(self, path: str, limits: ReadLimits, stack: ExitStack) -> None:
        """Open the file; `stack` closes what is opened. Raises any error of pyarrow for a file that is not Parquet."""
        self._path, self._limits, self._stack = path, limits, stack
        self._readers: dict[tuple[str, ...], Any] = {}
        self._metadata: Any = None
        self._bytes = stack.enter_context(self._source())
        plain = self._reader(())
        self._metadata = plain.metadata
        self._repeated = [plain.schema.column(number).max_repetition_level > 0 for number in range(self._metadata.num_columns)]
        self.names: list[str] = plain.schema_arrow.names
        self.rows = int(self._metadata.num_rows)

    def parts(self) -> Iterator[ArrowPart]:
        """Yield the rows of each row group. One that is too large is skipped, and nothing is read beyond the limit for a file."""
        row, left = 0, self._limits.unpack_limit
        for group in range(self._metadata.num_row_groups):
            rows = int(self._metadata.row_group(group).num_rows)
            chunks = self._chunks(group)
            left -= sum(page.size for _, found in chunks for page in found)
            if left < 0:
                left_over = self.rows - row
                yield make_unreadable_rows(
                    row,
                    left_over,
                    "too-large",
                    f"{describe_unpack_limit(self._limits)}; {format_row_count(left_over)} of it could not be read",
                )
                return
            if flaw := self._too_large(group, chunks):
                yield make_unreadable_rows(row, rows, "too-long" if rows == 1 else "too-large", flaw)
            else:
                yield from self._group(group, chunks, row)
            row += rows
        if row != self.rows:
            yield make_unreadable_rows(row, 0, "truncated", f"the metadata of the file say that it has {self.rows:,} rows")

    def _source(self) -> RawIOBase:
        """Open the file for reading page headers, recorded if a record is kept."""
        readings = self._limits.readings
        return RangedFile(self._path, readings) if readings else open_input(self._path)

    def _reader(self, dictionaries: tuple[str, ...]) -> Any:
        """Return a pyarrow reader that keeps these columns dictionary-encoded. Readers are kept for later row groups."""
        from pyarrow import parquet

        if dictionaries not in self._readers:
            shared = self._limits.readings or find_address(self._path)
            source = self._stack.enter_context(self._source()) if shared else self._path
            how = {"page_checksum_verification": True, "metadata": self._metadata, "read_dictionary": list(dictionaries)}
            self._readers[dictionaries] = self._stack.enter_context(parquet.ParquetFile(source, **how))
        return self._readers[dictionaries]

    def _chunks(self, group: int) -> list[tuple[Any, list[ParquetPage]]]:
        """Return the column chunks of a row group, each with its pages; a single page for all if the headers cannot be read."""
        found = []
        for number in range(self._metadata.num_columns):
            chunk = self._metadata.row_group(group).column(number)
            start = min(at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at)
            try:
                held = list(read_pages(self._bytes, start, chunk.total_compressed_size))
            except BadPageError:
                held = [ParquetPage(max(int(chunk.total_uncompressed_size), 0), max(int(chunk.num_values), 0), False)]
            found.append((chunk, held))
        return found

    def _too_large(self, group: int, chunks: list[tuple[Any, list[ParquetPage]]]) -> str:
        """Return the reason why a row group is too large to be read, or ""."""
        most, rows = PAGE_ROWS * self._limits.row_limit, int(self._metadata.row_group(group).num_rows)
        for chunk, held in chunks:
            size = max((page.size for page in held), default=0)
            if size > most:
                what = "the row" if rows == 1 else f"{rows:,} rows from here on"
                return (
                    f"a page of {chunk.path_in_schema[:60]!r} unpacks to {size:,} bytes, more than {PAGE_ROWS} times the limit of "
                    f"{self._limits.row_limit:,} bytes a row (row-limit); {what} could not be read"
                )
        return ""

    def _group(self, group: int, chunks: list[tuple[Any, list[ParquetPage]]], row: int) -> Iterator[ArrowPart]:
        """Yield the rows of a row group, as many at a time as the sizes of its pages allow."""
        # For each column: `most` is the largest row size in a data page, `longest` the largest possible dictionary value. If the values
        # of a dictionary would exceed DECODED when written out, the column stays encoded or fewer rows are decoded at a time.
        rows = max(int(self._metadata.row_group(group).num_rows), 1)
        size, dictionaries = BATCH, []
        for (chunk, held), repeated in zip(chunks, self._repeated, strict=True):
            each = max(int(chunk.num_values) // rows, 1)
            most = max((page.size * each // max(page.values, each) for page in held if not page.dictionary), default=0)
            longest = max((_bound_value_size(chunk.physical_type, page) for page in held if page.dictionary), default=0)
            if longest * (int(chunk.num_values) if repeated else min(BATCH, rows)) > DECODED:
                if chunk.physical_type == _BYTES and (repeated or longest * _FEW > DECODED):
                    dictionaries.append(chunk.path_in_schema)
                else:
                    most = max(most, longest * each)
            size = min(size, max(DECODED // max(most, 1), 1))
        for batch in self._reader(tuple(dictionaries)).iter_batches(size, row_groups=[group]):
            sizes = measure_rows(batch, words=False)
            words = measure_rows(batch, words=True) if int(sizes.max(initial=0)) > self._limits.row_limit else sizes
            yield from slice_batch(batch, row, sizes, words)
            row += batch.num_rows


def _bound_value_size(kind: str, dictionary: ParquetPage) -> int:
    """Return the largest size that one value of a dictionary can have; 0 for numbers, which are no larger when written out."""
    return dictionary.size if kind == _BYTES else dictionary.size // max(dictionary.values, 1) if kind == f"FIXED_LEN_{_BYTES}" else 0
