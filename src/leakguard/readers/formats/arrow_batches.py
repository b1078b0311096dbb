"""Rows of Arrow data, from Parquet and from Arrow's own format: batches cut to a bounded size, and their rows as lines of JSON."""

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

EXTRA = f"needs pyarrow: {install('parquet')}"
HELD = 4 << 20
"""About as many bytes of rows are values at one time."""
_TRIES = 4096
"""How often a damaged batch is cut in two to find the rows of it that are whole."""


@dataclass(frozen=True, slots=True)
class ArrowPart:
    """`rows` rows behind the first `row`: a batch, or why they could not be read.

    `words` are the most bytes that the texts of each row have, `size` the bytes of all.
    A batch is part of one that was decoded as a whole and stays in memory as long as a part of it does; `last`: its last part.
    """

    row: int
    rows: int
    batch: "pyarrow.RecordBatch | None" = None
    words: Sizes | None = None
    size: int = 0
    lost: RowLine | None = None
    last: bool = True


def convert_parts(parts: Iterable[ArrowPart], limits: ReadLimits) -> Iterator[RowLine]:
    """Every row as its line or the reason why it has none, up to `limits.unpack_limit` bytes of values."""
    left = limits.unpack_limit
    for part in parts:
        if part.batch is None or part.words is None:
            if part.lost:
                yield part.lost
            continue
        left -= part.size
        if left < 0:
            yield RowLine(part.row + 1, reason="too-large", detail=f"{describe_unpack_limit(limits)}; what follows was not read")
            return
        yield from _told(part.batch, part.words, part.row, limits.row_limit)


def split_batch(batch: "pyarrow.RecordBatch", row: int) -> Iterator[ArrowPart]:
    """The rows of a batch that nobody has checked yet, behind row number `row`, in parts of about HELD bytes."""
    for first, found, flaw in _whole(batch, row, [_TRIES]):
        if flaw:
            yield make_unreadable_rows(first, found.num_rows, "bad-utf8" if "UTF8" in flaw else "corrupt", flaw)
            continue
        sizes = measure_rows(found, words=False)
        yield from slice_batch(found, first, sizes, measure_rows(found, words=True))


def slice_batch(batch: "pyarrow.RecordBatch", row: int, sizes: Sizes, words: Sizes) -> Iterator[ArrowPart]:
    """The rows of a batch in parts of about HELD bytes."""
    for start, count in plan_slices(sizes, HELD):
        end = start + count
        yield ArrowPart(
            row + start, count, batch.slice(start, count), words[start:end], int(sizes[start:end].sum()), last=end == batch.num_rows
        )


def _whole(batch: "pyarrow.RecordBatch", row: int, tries: list[int]) -> Iterator[tuple[int, "pyarrow.RecordBatch", str]]:
    """Stretches of a batch that hold what their types promise, and the single rows that do not, with the reason.

    Offsets and indices that lead outside of the data would crash whoever reads them. A batch that does not hold is cut in two.
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
        yield from _whole(batch.slice(0, half), row, tries)
        yield from _whole(batch.slice(half), row + half, tries)


def _told(batch: "pyarrow.RecordBatch", words: Sizes, before: int, limit: int) -> Iterator[RowLine]:
    """The rows of a batch; one by one where some are too long or cannot be turned into values (no UTF-8, dates that are none)."""
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
            yield _alone(batch, at, row, limit)


def _alone(batch: "pyarrow.RecordBatch", at: int, row: int, limit: int) -> RowLine:
    """One row. What a column's type may raise is not known: pyarrow, time zones and types of extensions each have errors of their own."""
    try:
        return make_row_line(row, convert_rows(batch.slice(at, 1))[0], limit=limit)
    except UnicodeDecodeError:
        return RowLine(row, reason="bad-utf8", detail="a text of the row is not UTF-8")
    except Exception as error:
        return RowLine(row, reason="no-json", detail=f"{_culprit(batch, at)}{reason_of(error)}")


def _culprit(batch: "pyarrow.RecordBatch", at: int) -> str:
    """The column whose value in a row cannot be made, with its type."""
    for field, column in zip(batch.schema, batch.columns, strict=True):
        try:
            column[at].as_py()
        except Exception:
            return f"{field.name[:40]!r} ({str(field.type)[:80]}): "
    return ""


def make_unreadable_file(why: str) -> ArrowPart:
    """Nothing of the file can be read."""
    return ArrowPart(0, 0, lost=RowLine(0, reason="unreadable-file", detail=why))


def check_column_names(names: Sequence[str]) -> ArrowPart | None:
    """Why nothing of a table with these columns can be read: two have one name. None if they have names of their own."""
    twice = find_duplicate(names)
    return (
        make_unreadable_file(f"two columns are called {twice[:40]!r}, so rows cannot be told apart from each other's words")
        if twice
        else None
    )


def make_unreadable_rows(row: int, rows: int, reason: str, detail: str) -> ArrowPart:
    """Some rows cannot be read; `row` is the last one before them."""
    return ArrowPart(row, rows, lost=RowLine(row + 1, reason=reason, detail=detail))


def describe_unpack_limit(limits: ReadLimits) -> str:
    """Why nothing more of a file is read."""
    return f"it unpacks to more than the limit of {limits.unpack_limit:,} bytes (--unpack-limit)"


def format_row_count(rows: int) -> str:
    """Rows in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"
