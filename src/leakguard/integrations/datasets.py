"""A guard for rows of a dataset in memory: `dataset.filter(guard)`, or in batches, or as a column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from leakguard.core.batch import Block
from leakguard.core.errors import UsageError
from leakguard.core.policy import Fate, Ruling
from leakguard.core.record import Origin
from leakguard.pipeline.route import Router

COLUMN = "leakguard"
NAME = "rows"
RAISE, DROP = UNSEEN_CHOICES = ("raise", "drop")


class Line(Protocol):
    """A row as a line of JSON (empty for a row that has none), or the reason and the detail why there is none."""

    @property
    def line(self) -> bytes: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def detail(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class RowReader:
    """How rows are read: a row as a line (its number, the row), the rows of a batch, and the row of a call for one row."""

    line: Callable[[int, object], Line]
    of_columns: Callable[[Any], list[Any]]
    of_row: Callable[[Any], Any]


class RowGuard:
    """Says of rows what a clean would make of them. It can be pickled, so `num_proc` works.

    Rows are only looked at: what a filter keeps is the dataset's own row, untouched. Pictures, sounds and bytes in a row are not
    looked at, and the row is ruled on by its texts. Rows may come in any format of datasets; arguments after the rows (indices,
    ranks) play no part.
    """

    def __init__(self, sorter: Router, reader: RowReader, unseen: str = RAISE) -> None:
        """`unseen`: what a filter does with a row that could not be read or looked at: "raise" a UsageError, or "drop" it."""
        self._sorter, self._reader, self._unseen = sorter, reader, unseen

    def __call__(self, row: Any, *_: Any) -> bool:
        """For `dataset.filter(guard)`: is the row kept as it is? Raises UsageError for one that could not be looked at."""
        return self._kept([self._reader.of_row(row)])[0]

    def batch(self, columns: Any, *_: Any) -> list[bool]:
        """For `dataset.filter(guard.batch, batched=True)`: the same for each row of a batch of columns, much faster."""
        return self._kept(self._reader.of_columns(columns))

    def column(self, columns: Any, *_: Any) -> dict[str, list[str]]:
        """For `dataset.map(guard.column, batched=True)`: a column `leakguard` with what becomes of each row; no row is dropped."""
        return {COLUMN: [fate.folder for fate in self.fates(self._reader.of_columns(columns))]}

    def fates(self, rows: Sequence[Any]) -> list[Fate]:
        """What a clean would make of each row, in order."""
        fates = [Fate.KEPT] * len(rows)
        for number, ruling in self._rulings(rows).items():
            fates[number - 1] = ruling.fate
        return fates

    def _kept(self, rows: Sequence[Any]) -> list[bool]:
        """Whether each row is kept. Dropping a row that nobody looked at would lose a user's data without a word: it raises."""
        rulings = self._rulings(rows)
        for number, ruling in rulings.items() if self._unseen == RAISE else ():
            if ruling.fate in (Fate.UNREADABLE, Fate.UNDETERMINED):
                why = f"{ruling.reason}: {ruling.detail}" if ruling.reason else "; ".join(f"{k}: {v}" for k, v in ruling.missed.items())
                raise UsageError(
                    f"row {number} of {len(rows)} handed to the guard could not be looked at ({why[:200]}), so it is neither kept nor "
                    "dropped; guard.column says it of every row, leakguard.guard(unseen='drop') drops such rows"
                )
        return [number not in rulings for number in range(1, len(rows) + 1)]

    def _rulings(self, rows: Sequence[Any]) -> dict[int, Ruling]:
        """Row number (from 1) -> ruling, of every row that is not kept, in order. All lines are looked at as one block."""
        lines = [self._reader.line(number, row) for number, row in enumerate(rows, 1)]
        data = b"\n".join(one.line for one in lines) + b"\n"
        rulings = {ruling.origin.row: ruling for ruling in self._sorter.sort(Block(NAME, 1, 0, len(data), data)).rulings}
        for number, one in enumerate(lines, 1):
            if one.reason:
                rulings[number] = Ruling(Origin(NAME, number, 0), "", Fate.UNREADABLE, reason=one.reason, detail=one.detail)
        return dict(sorted(rulings.items()))
