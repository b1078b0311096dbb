"""The texts of a block that are scanned: what picking them from parsed rows returns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leakguard.core.unscanned import Unscanned


@dataclass(frozen=True, slots=True)
class PickedTexts:
    """Texts to look at, the row index of each, and why some rows could not be read (row index -> detail).

    `place` is turn number and field of every text where each row has one and all stand in the same; `place_at` says it of each
    text by its number, where that needs no second look at the row. `unscanned` counts the words that are not looked at; `quotes` is how
    many quotes stand around the keys and strings of the rows that can be read, None where that is not known.
    """

    texts: Sequence[str]
    owners: Sequence[int]
    failed: dict[int, str]
    place: tuple[int, str] | None = None
    place_at: Callable[[int], tuple[int, str]] | None = None
    unscanned: Unscanned = field(default_factory=Unscanned)
    quotes: int | None = None
