"""Parquet: rows of a table, one JSON object each; a row that cannot be read is listed, and what a file promises is counted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from leakguard.core.batch import Block
from leakguard.distribution import install
from leakguard.io.objects import Told, gathered, told
from leakguard.io.readings import RangedFile, Readings
from leakguard.io.sources import BLOCK_SIZE, ROW_LIMIT

if TYPE_CHECKING:
    import pyarrow

EXTRA = f"Parquet needs pyarrow: {install('parquet')}"
BATCH = 1000


def parquet_blocks(
    path: str, *, block_size: int = BLOCK_SIZE, row_limit: int = ROW_LIMIT, readings: Readings | None = None
) -> Iterator[Block]:
    """Blocks of JSON lines, one for each row, counted from 1; a table has no byte offsets.

    Columns that a row has no value for are left out; values that JSON does not know are written as text or, if bytes, hashed.
    """
    yield from gathered(path, _rows(path, row_limit, readings), block_size)


def _rows(path: str, limit: int, readings: Readings | None) -> Iterator[Told]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        yield _file(EXTRA)
        return
    try:
        file = parquet.ParquetFile(RangedFile(path, readings) if readings else path, page_checksum_verification=True)
    except (ArrowException, OSError, ValueError) as error:
        yield _file(f"Parquet: {_words(error)}")
        return
    row, promised = 0, int(file.metadata.num_rows)
    try:
        with file:
            if twice := _named_twice(file.schema_arrow.names):
                yield _file(f"two columns are called {twice[:40]!r}, so rows cannot be told apart from each other's words")
                return
            for batch in file.iter_batches(BATCH):
                yield from _batch(batch, row, limit)
                row += batch.num_rows
            if row != promised:
                yield Told(row + 1, reason="truncated", detail=f"the file promises {promised:,} rows")
    except (ArrowException, OSError, ValueError, MemoryError) as error:
        left = f"{promised - row:,} rows of it could not be read"
        yield Told(row + 1, reason="corrupt", detail=f"Parquet: {_words(error)}; {left}")


def _batch(batch: "pyarrow.RecordBatch", before: int, limit: int) -> Iterator[Told]:
    """The rows of a batch; one by one where some cannot be turned into values (bytes that are no UTF-8, dates that are none)."""
    try:
        values: list[Any] = batch.to_pylist()
    except (ValueError, OverflowError):
        yield from (_alone(batch, at, before + at + 1, limit) for at in range(batch.num_rows))
        return
    yield from (told(row, value, limit=limit) for row, value in enumerate(values, before + 1))


def _alone(batch: "pyarrow.RecordBatch", at: int, row: int, limit: int) -> Told:
    try:
        return told(row, batch.slice(at, 1).to_pylist()[0], limit=limit)
    except UnicodeDecodeError:
        return Told(row, reason="bad-utf8", detail="a text of the row is not UTF-8")
    except (ValueError, OverflowError) as error:
        return Told(row, reason="no-json", detail=_words(error))


def _named_twice(names: list[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)


def _file(why: str) -> Told:
    """Nothing of the file can be read."""
    return Told(0, reason="unreadable-file", detail=why)


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
