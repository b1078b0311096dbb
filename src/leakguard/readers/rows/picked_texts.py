"""The texts of a block that are scanned, with the row of each, as selected from the parsed rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leakguard.core.unscanned import Unscanned


@dataclass(frozen=True, slots=True)
class PickedTexts:
    """The texts of a block that are scanned, the row index of each, and why rows could not be read (row index -> detail).

    `place` is the turn number and field of all texts, if each row has one text at the same place; `place_at` returns the place of a text by
    its number, if that is known without reading the row again. `unscanned` counts text that is not scanned; `quotes` is the number of
    quotes around keys and strings of the readable rows, None if it is not known. `repeated` maps row indices to the field of a value that
    was dropped because its key is there twice.
    """

    texts: Sequence[str]
    owners: Sequence[int]
    failed: dict[int, str]
    place: tuple[int, str] | None = None
    place_at: Callable[[int], tuple[int, str]] | None = None
    unscanned: Unscanned = field(default_factory=Unscanned)
    quotes: int | None = None
    repeated: dict[int, str] = field(default_factory=dict)
