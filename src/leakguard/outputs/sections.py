"""Sections of an output folder, such as kept and removed rows; the caller defines which there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Section(Protocol):
    """One section: its rows go to a folder of their own, which has a file for each input."""

    @property
    def folder(self) -> str:
        """The folder within the output folder that holds the rows of this section, such as `kept`."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Sections:
    """All sections in the order of their outputs; `by_name` has them under the names that the file of reasons uses.

    Rows without a reason belong to `default`, which has a file for every input even if it is empty. Rows of `rewritten` are written as new
    text, all others as they are in the input. Rows of `unread` could not be read, so a second reading may count others.
    """

    by_name: Mapping[str, Section]
    default: Section
    rewritten: Section | None = None
    unread: Section | None = None

    @property
    def all(self) -> tuple[Section, ...]:
        """All sections in order."""
        return tuple(self.by_name.values())

    def sort(self, some: Iterable[Section]) -> list[Section]:
        """Return these sections in the order of all."""
        chosen = set(some)
        return [section for section in self.all if section in chosen]
