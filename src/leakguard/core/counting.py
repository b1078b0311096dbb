"""How rows that repeat others are counted: which kinds of them, and from which similarity on."""

from dataclasses import dataclass
from enum import StrEnum

LEAST, SIMILARITY, MOST = 0.5, 0.8, 1.0
"""What near duplicates have in common, as a Jaccard similarity: what may be asked for, and what is unless something is."""


class Mode(StrEnum):
    """What is counted; ordered from nothing to all."""

    OFF = "off"
    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Counting:
    """How duplicates are counted: rows that say the same (EXACT), and also those whose sets of shingles are alike (NEAR).

    `similarity` is the least Jaccard similarity of near duplicates, 0.5 to 1.
    """

    mode: Mode = Mode.OFF
    similarity: float = SIMILARITY

    def __str__(self) -> str:
        """Return the value of the setting: off, exact, near or near:0.9."""
        return self.mode if self.similarity == SIMILARITY else f"{self.mode}:{self.similarity:g}"

    @classmethod
    def read(cls, value: object) -> "Counting":
        """Read the value of the setting `duplicates`. Raises ValueError, which says what was expected."""
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
