"""Rows that repeat earlier ones and on which a policy acts: their places, actions, and the rows that they repeat."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch
from leakguard.core.duplicates import RowPlace
from leakguard.core.policy import Action, Policy
from leakguard.pipeline.duplicates import Groups
from leakguard.pipeline.prints import PrintStore
from leakguard.text.byte_classes import Ints


@dataclass(frozen=True, slots=True)
class _InFile:
    """The repeated rows of one file, as columns in ascending order of row numbers; `near`: not equal to the first row."""

    rows: Ints
    near: NDArray[np.bool_]
    first_files: Ints
    first_rows: Ints


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """All repeated rows on which the policy acts; the first row of each group is not among them."""

    files: tuple[str, ...]
    by_file: Mapping[str, _InFile]
    exact: Action
    near: Action

    def actions(self, batch: Batch) -> dict[int, tuple[Action, RowPlace, bool]]:
        """Return {line of the batch: (action, first row, whether it is only nearly equal to the first row)}."""
        held = self.by_file.get(batch.file)
        if held is None:
            return {}
        low, high = np.searchsorted(held.rows, (batch.first_row, batch.first_row + len(batch.rows))).tolist()
        return {
            int(held.rows[at]) - batch.first_row: (
                self.near if held.near[at] else self.exact,
                RowPlace(self.files[held.first_files[at]], int(held.first_rows[at])),
                bool(held.near[at]),
            )
            for at in range(low, high)
        }


def find_repeated_rows(store: PrintStore, groups: Groups, policy: Policy) -> RepeatedRows:
    """Return the rows of the store on which the policy acts.

    A row is an exact copy if it equals an earlier row, and a near copy if it does not equal the first row of its group. If both apply,
    the stricter action counts, and of equal actions that for the near copy, whose first row is kept.
    """
    exact = (groups.equal != np.arange(len(store))) & (policy.exact > Action.KEEP)
    near = (groups.alike != groups.equal) & (policy.near > Action.KEEP)
    near &= ~exact | (policy.near >= policy.exact)
    chosen = exact | near
    first = np.where(near, groups.alike, groups.equal)
    runs = list(store.numbers())
    files = tuple(dict.fromkeys(file for file, _, _ in runs))
    numbers = np.concatenate([said for _, _, said in runs]) if runs else np.zeros(0, np.int64)
    of = np.repeat([files.index(file) for file, _, _ in runs], [len(said) for _, _, said in runs])
    by_file = {}
    for nth, file in enumerate(files):
        at = np.flatnonzero(chosen & (of == nth))
        if len(at):
            by_file[file] = _InFile(numbers[at], near[at], of[first[at]], numbers[first[at]])
    return RepeatedRows(files, by_file, policy.exact, policy.near)
