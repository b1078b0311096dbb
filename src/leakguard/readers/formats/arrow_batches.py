"""Turn Arrow record batches (of Parquet and Arrow files) into lines of JSON, in parts of bounded size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakguard.core.errors import reason_of
from leakguard.core.version import install
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.arrow_sizes import Sizes, measure_rows, plan_slices
from leakguard.readers.formats.arrow_values import convert_rows
from leakguard.readers.formats.row_lines import RowLine, find_duplicate, make_row_line, make_too_long

if TYPE_CHECKING:
    import pyarrow

HELD = 4 << 20
"""Approximate limit, in bytes, of the rows that are Python values at one time."""
_TRIES = 4096
"""The largest number of times that a damaged batch is split in two to find its readable rows."""


def describe_missing(form: str) -> str:
    """Return why a file of this form ("Parquet", "Arrow") is unreadable without pyarrow, and how to install it."""
    return f"{form} needs pyarrow: {install('parquet')}"


@dataclass(frozen=True, slots=True)
class ArrowPart:
    """`rows` rows after row number `row`: a batch, or the reason why they could not be read.

    `words` are upper bounds in bytes for the texts of each row, `size` the bytes of all values. A batch is a slice of a larger one that
    stays in memory as long as any slice of it does; `last` marks its last slice.
    """

    row: int
    rows: int
    batch: "pyarrow.RecordBatch | None" = None
    words: Sizes | None = None
    size: int = 0
    lost: RowLine | None = None
    last: bool = True


def convert_parts(parts: Iterable[ArrowPart], limits: ReadLimits) -> Iterator[RowLine]:
    """Yield every row as its line or the reason why it has none, for up to `limits.unpack_limit` bytes of values."""
    left = limits.unpack_limit
    for part in parts:
        if part.batch is None or part.words is None:
            if part.lost:
                yield part.lost
            continue
        left -= part.size
        if left < 0:
            yield RowLine(part.row + 1, reason="too-large", detail=f"{describe_unpack_limit(limits)}; the rest was not read")
            return
        yield from _convert_batch(part.batch, part.words, part.row, limits.row_limit)


def split_batch(batch: "pyarrow.RecordBatch", row: int) -> Iterator[ArrowPart]:
    """Validate a batch and yield its rows, which follow row number `row`, in parts of about HELD bytes."""
    for first, found, flaw in _find_valid(batch, row, [_TRIES]):
        if flaw:
            yield make_unreadable_rows(first, found.num_rows, "bad-utf8" if "UTF8" in flaw else "corrupt", flaw)
            continue
        sizes = measure_rows(found, words=False)
        yield from slice_batch(found, first, sizes, measure_rows(found, words=True))


def slice_batch(batch: "pyarrow.RecordBatch", row: int, sizes: Sizes, words: Sizes) -> Iterator[ArrowPart]:
    """Yield the rows of a valid batch in parts of about HELD bytes. `sizes` and `words` are the results of `measure_rows`."""
    for start, count in plan_slices(sizes, HELD):
        end = start + count
        yield ArrowPart(
            row + start, count, batch.slice(start, count), words[start:end], int(sizes[start:end].sum()), last=end == batch.num_rows
        )


def _find_valid(batch: "pyarrow.RecordBatch", row: int, tries: list[int]) -> Iterator[tuple[int, "pyarrow.RecordBatch", str]]:
    """Yield the valid parts of a batch, and the single rows that are not valid, with the reason.

    Offsets and indices outside of the data would crash the process. A batch that is not valid is split in two, at most `tries` times.
    """
    from pyarrow import ArrowInvalid

    tries[0] -= 1
    try:
        batch.validate(full=True)
        yield row, batch, ""
    except ArrowInvalid as error:
        if batch.num_rows <= 1 or tries[0] < 0:
            yield row, batch, reason_of(error)
            return
        half = batch.num_rows // 2
        yield from _find_valid(batch.slice(0, half), row, tries)
        yield from _find_valid(batch.slice(half), row + half, tries)


def _convert_batch(batch: "pyarrow.RecordBatch", words: Sizes, before: int, limit: int) -> Iterator[RowLine]:
    """Yield the rows of a batch as lines; row by row if some are too long or cannot be converted (not UTF-8, impossible dates)."""
    # The fast path converts all rows at once and is left for any error; the slow path names the row and the reason.
    if len(words) and int(words.max()) <= limit:
        try:
            values = convert_rows(batch)
        except Exception:
            values = []
        if len(values) == batch.num_rows:
            yield from (make_row_line(row, value, limit=limit) for row, value in enumerate(values, before + 1))
            return
    for at in range(batch.num_rows):
        row = before + at + 1
        if int(words[at]) > limit:
            yield make_too_long(row, limit)
        else:
            yield _convert_row(batch, at, row, limit)


def _convert_row(batch: "pyarrow.RecordBatch", at: int, row: int, limit: int) -> RowLine:
    """Return one row as its line, or with the reason. Any error is caught: pyarrow, time zones and extension types have their own."""
    try:
        return make_row_line(row, convert_rows(batch.slice(at, 1))[0], limit=limit)
    except UnicodeDecodeError:
        return RowLine(row, reason="bad-utf8", detail="a text of the row is not UTF-8")
    except Exception as error:
        return RowLine(row, reason="no-json", detail=f"{_name_bad_column(batch, at)}{reason_of(error)}")


def _name_bad_column(batch: "pyarrow.RecordBatch", at: int) -> str:
    """Name the column whose value in a row cannot be converted, with its type."""
    for field, column in zip(batch.schema, batch.columns, strict=True):
        try:
            column[at].as_py()
        except Exception:
            return f"{field.name[:40]!r} ({str(field.type)[:80]}): "
    return ""


def make_unreadable_file(why: str) -> ArrowPart:
    """Return the entry for a file that cannot be read at all."""
    return ArrowPart(0, 0, lost=RowLine(0, reason="unreadable-file", detail=why))


def check_column_names(names: Sequence[str]) -> ArrowPart | None:
    """Return the entry for a table in which two columns have the same name; None if all names differ."""
    twice = find_duplicate(names)
    return make_unreadable_file(f"two columns are called {twice[:40]!r}, rename one") if twice else None


def make_unreadable_rows(row: int, rows: int, reason: str, detail: str) -> ArrowPart:
    """Return the entry for `rows` rows after row number `row` that cannot be read."""
    return ArrowPart(row, rows, lost=RowLine(row + 1, reason=reason, detail=detail))


def describe_unpack_limit(limits: ReadLimits) -> str:
    """Return the detail for a file that unpacks to more than the limit."""
    return f"it unpacks to more than the limit of {limits.unpack_limit:,} bytes (unpack-limit)"


def format_row_count(rows: int) -> str:
    """Return "1 row" or "N rows"."""
    return "1 row" if rows == 1 else f"{rows:,} rows"
