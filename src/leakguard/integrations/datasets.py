"""A filter for rows of a Hugging Face dataset: `dataset.filter(guard)`, by batches, or as a new column."""

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
    """A row as a line of JSON, or an empty line with reason and detail if the row cannot be written as JSON."""

    @property
    def line(self) -> bytes: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def detail(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class RowReader:
    """Functions that read rows: `line` makes JSON of (row number, row); `of_columns` and `of_row` return the rows of a call."""

    line: Callable[[int, object], Line]
    of_columns: Callable[[Any], list[Any]]
    of_row: Callable[[Any], Any]


class RowGuard:
    """A filter of dataset rows, which returns for each row the fate it would have in a clean. It can be pickled, so `num_proc` works.

    Rows are not changed: a filter keeps the dataset's own rows. Only texts are scanned, not pictures, sounds or bytes in a row.
    Rows may have any format of datasets; further arguments (indices, ranks) are ignored.
    """

    def __init__(self, sorter: Router, reader: RowReader, unseen: str = RAISE) -> None:
        """Create the filter. For an unreadable or undetermined row it raises UsageError (`unseen` is "raise") or drops the row ("drop")."""
        self._sorter, self._reader, self._unseen = sorter, reader, unseen

    def __repr__(self) -> str:
        """Return what happens to rows that cannot be checked."""
        return f"<RowGuard: rows that cannot be checked {'are dropped' if self._unseen == DROP else 'raise UsageError'}>"

    def __call__(self, row: Any, *_: Any) -> bool:
        """Return whether the row is kept, for `dataset.filter(guard)`. Raises UsageError for a row that could not be checked."""
        return self._kept([self._reader.of_row(row)])[0]

    def batch(self, columns: Any, *_: Any) -> list[bool]:
        """Return for each row of a batch of columns whether it is kept, for `dataset.filter(guard.batch, batched=True)`.

        This is much faster than one call per row. Raises UsageError for a row that could not be checked.
        """
        return self._kept(self._reader.of_columns(columns))

    def column(self, columns: Any, *_: Any) -> dict[str, list[str]]:
        """Return a column `leakguard` with the fate of each row, for `dataset.map(guard.column, batched=True)`; no row is dropped."""
        return {COLUMN: [fate.folder for fate in self.fates(self._reader.of_columns(columns))]}

    def fates(self, rows: Sequence[Any]) -> list[Fate]:
        """Return the fate that each row would have in a clean, in order."""
        fates = [Fate.KEPT] * len(rows)
        for number, ruling in self._rulings(rows).items():
            fates[number - 1] = ruling.fate
        return fates

    def _kept(self, rows: Sequence[Any]) -> list[bool]:
        """Return whether each row is kept. Raises UsageError for a row that could not be checked, unless `unseen` is "drop"."""
        rulings = self._rulings(rows)
        for number, ruling in rulings.items() if self._unseen == RAISE else ():
            if ruling.fate in (Fate.UNREADABLE, Fate.UNDETERMINED):
                why = f"{ruling.reason}: {ruling.detail}" if ruling.reason else "; ".join(f"{k}: {v}" for k, v in ruling.missed.items())
                raise UsageError(
                    f"row {number} of {len(rows)} could not be checked ({why[:200]}), so it is neither kept nor "
                    "dropped; guard.column shows the fate of every row, and leakguard.guard(unseen='drop') drops such rows"
                )
        return [number not in rulings for number in range(1, len(rows) + 1)]

    def _rulings(self, rows: Sequence[Any]) -> dict[int, Ruling]:
        """Return row number (from 1) -> decision for every row that is not kept, in order. All rows are scanned as one block."""
        lines = [self._reader.line(number, row) for number, row in enumerate(rows, 1)]
        data = b"\n".join(one.line for one in lines) + b"\n"
        rulings = {ruling.origin.row: ruling for ruling in self._sorter.sort(Block(NAME, 1, 0, len(data), data)).rulings}
        for number, one in enumerate(lines, 1):
            if one.reason:
                rulings[number] = Ruling(Origin(NAME, number, 0), "", Fate.UNREADABLE, reason=one.reason, detail=one.detail)
        return dict(sorted(rulings.items()))
