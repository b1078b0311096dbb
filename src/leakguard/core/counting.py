"""The setting `duplicates`: whether equal and nearly equal rows are counted, and from which similarity on."""

from dataclasses import dataclass
from enum import StrEnum

LEAST, SIMILARITY, MOST = 0.5, 0.8, 1.0
"""Smallest, default and largest threshold for near duplicates, as Jaccard similarities of two rows' shingles."""


class Mode(StrEnum):
    """Which duplicates are counted: none, exact ones, or exact and near ones."""

    OFF = "off"
    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Counting:
    """How duplicates are counted: rows with equal texts (EXACT), or also rows with similar sets of shingles (NEAR).

    `similarity` is the smallest Jaccard similarity at which two rows are near duplicates, 0.5 to 1.
    """

    mode: Mode = Mode.OFF
    similarity: float = SIMILARITY

    def __str__(self) -> str:
        """Return the value of the setting: off, exact, near or near:0.9."""
        return self.mode if self.similarity == SIMILARITY else f"{self.mode}:{self.similarity:g}"

    @classmethod
    def read(cls, value: object) -> "Counting":
        """Parse the value of the setting `duplicates`: off, exact, near or near:SHARE. Raises ValueError for any other."""
        mode, colon, least = value.partition(":") if isinstance(value, str) else ("", "", "")
        if mode not in tuple(Mode) or (colon and mode != Mode.NEAR):
            raise ValueError(f"expected off, exact, near or near:SHARE, not {value!r}")
        try:
            similarity = float(least) if colon else SIMILARITY
        except ValueError:
            similarity = -1.0
        if not LEAST <= similarity <= MOST:
            raise ValueError(f"expected a similarity from {LEAST:g} to {MOST:g}, such as near:0.9, not {value!r}")
        return cls(Mode(mode), similarity)
