"""What a count of equal and nearly equal rows says: how many, in which groups, and how many rows of other files stand in the data."""

from dataclasses import dataclass

from leakguard.core.counting import Counting

GROUPS, PLACES = 10, 5
"""So many of the largest groups are listed, each with so many of its rows; and so many examples of rows that stand in other data."""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A row by its file and number (from 1)."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Rows that are duplicates of each other: how many, and the first of them in the order of the data."""

    size: int
    first: tuple[RowPlace, ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows that repeat an earlier one, and the groups that they and those earlier rows make."""

    rows: int = 0
    groups: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A row of another file and the first row of the data that it repeats; `near` if the two are not equal."""

    row: RowPlace
    stands_at: RowPlace
    near: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many rows of other files stand in the data, and the other way round.

    `rows` is how many of them were compared, `unseen` how many could not be. `exact` and `near` are those among them with an equal row
    in the data, or only a nearly equal one; `data_exact` and `data_near` are rows of the data with such a row in the other files.
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
        """The share of the other files' rows that stand in the data."""
        return (self.exact + self.near) / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Duplicates:
    """How many of the compared rows repeat an earlier row. A row without words to compare is not among `rows`.

    `near` counts rows that are nearly equal to an earlier row and equal to none. `largest` are groups of equal and nearly equal rows.
    """

    counting: Counting
    rows: int
    exact: Copies
    near: Copies
    largest: tuple[CopyGroup, ...] = ()
    against: tuple[Overlap, ...] = ()

    @property
    def share(self) -> float:
        """The share of the compared rows that repeat an earlier one."""
        return (self.exact.rows + self.near.rows) / self.rows if self.rows else 0.0
