"""Results of duplicate counting: numbers of exact and near duplicates, the largest groups, and the overlap with held-out data."""

from dataclasses import dataclass

from leakguard.core.counting import Counting

GROUPS, PLACES = 10, 5
"""Number of largest groups that are listed (GROUPS); number of rows listed per group, and of examples per overlap (PLACES)."""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """The position of a row: its file and row number (from 1)."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """A group of rows that are duplicates of each other: its size and its first rows in the order of the data."""

    size: int
    first: tuple[RowPlace, ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """Number of rows that duplicate an earlier row, and number of groups of such duplicates."""

    rows: int = 0
    groups: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A row of held-out data and the first row of the training data that duplicates it; `near` if the two are not equal."""

    row: RowPlace
    stands_at: RowPlace
    near: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """The overlap of held-out data (setting `against`) and training data, as numbers of rows.

    `rows` held-out rows were compared, `unseen` could not be. `exact` of them have an equal row in the training data, `near` only a nearly
    equal one. `data_exact` and `data_near` are the numbers of training rows with an equal, or only a nearly equal, held-out row.
    """

    name: str
    rows: int
    unseen: int
    exact: int
    near: int
    data_exact: int
    data_near: int
    examples: tuple[Match, ...] = ()

    @property
    def share(self) -> float:
        """The share of the compared held-out rows that have an equal or nearly equal row in the training data, 0 to 1."""
        return (self.exact + self.near) / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Numbers of exact and near duplicates among the compared rows. `rows` does not include rows without words, which are not compared.

    `near` counts rows that are nearly equal to an earlier row and equal to none. `largest` are groups of exact and near duplicates.
    """

    counting: Counting
    rows: int
    exact: Copies
    near: Copies
    largest: tuple[CopyGroup, ...] = ()
    against: tuple[Overlap, ...] = ()

    @property
    def share(self) -> float:
        """The share of the compared rows that are exact or near duplicates of an earlier row, 0 to 1."""
        return (self.exact.rows + self.near.rows) / self.rows if self.rows else 0.0
