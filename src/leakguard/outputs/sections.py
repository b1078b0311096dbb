"""Sections of an output folder, such as kept and removed rows; the caller says which there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Section(Protocol):
    """One section: its rows go to a folder of their own, with a file for each input."""

    @property
    def folder(self) -> str:
        """The name of the folder."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Sections:
    """All sections, by the name that reasons give them and in the order of their outputs.

    Rows without a reason belong to `default`, which has a file for every input even if it is empty. Rows of `rewritten` are written
    as new text, all others as they stand in the input. Rows of `unread` could not be read, so a second reading may count others.
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
