"""Rows that repeat earlier ones and on which a policy acts: where they stand, what becomes of them, and which row is the first."""

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
    """The copies in one file, by rising row number: the number, whether it only comes near the first row, and that row's place."""

    rows: Ints
    near: NDArray[np.bool_]
    first_files: Ints
    first_rows: Ints


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """All rows on which a policy for duplicates acts. The first row of a group is not among them."""

    files: tuple[str, ...]
    by_file: Mapping[str, _InFile]
    exact: Action
    near: Action

    def actions(self, batch: Batch) -> dict[int, tuple[Action, RowPlace, bool]]:
        """Line of the batch -> what becomes of the copy that stands there, the first row, and whether it is only near to that."""
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
    """The rows of the store on which the policy acts.

    A row is an exact copy if it is equal to an earlier row, and a near one if it is not equal to the first row of its group. Of two
    actions the stricter counts; of two equal ones that for the near copy, whose first row is kept.
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
