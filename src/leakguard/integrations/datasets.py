"""A guard for rows of a dataset in memory: `dataset.filter(guard)`, or in batches, or as a column."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leakguard.core.batch import Block
from leakguard.core.policy import Fate
from leakguard.pipeline.sort import Sorter

COLUMN = "leakguard"
NAME = "rows"


class RowGuard:
    """Says of rows what a clean would make of them. It can be pickled, so `num_proc` works.

    Rows are only looked at: what a filter keeps is the dataset's own row, untouched.
    """

    def __init__(self, sorter: Sorter, line_of: Callable[[object], bytes]) -> None:
        """`line_of` writes a row as a line of JSON; empty, which no row is, where that cannot be done."""
        self._sorter, self._line_of = sorter, line_of

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """For `dataset.filter(guard)`: is the row kept as it is? What could not be looked at is not."""
        return self.fates([row])[0] is Fate.KEPT

    def batch(self, columns: Mapping[str, Sequence[Any]]) -> list[bool]:
        """For `dataset.filter(guard.batch, batched=True)`: the same for each row of a batch of columns, much faster."""
        return [fate is Fate.KEPT for fate in self.fates(_rows(columns))]

    def column(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
        """For `dataset.map(guard.column, batched=True)`: a column `leakguard` with what becomes of each row; no row is dropped."""
        return {COLUMN: [fate.folder for fate in self.fates(_rows(columns))]}

    def fates(self, rows: Sequence[Mapping[str, Any]]) -> list[Fate]:
        """What a clean would make of each row, in order."""
        lines = [self._line_of(row) for row in rows]
        fates = [Fate.KEPT if line else Fate.UNREADABLE for line in lines]
        data = b"\n".join(lines) + b"\n"
        for ruling in self._sorter.sort(Block(NAME, 1, 0, len(data), data)).rulings:
            fates[ruling.origin.row - 1] = ruling.fate
        return fates


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
