"""Slots of worlds: the holes {name} of a text, and the random numbers that fill them."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from leakguard.core.fields import Field

SLOT = re.compile(r"\{(\w+)\}")
# Most numbers in one slot: a mistyped count would take hours to draw.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Slot:
    """Random integers in a prompt: `count` (from, to) numbers, each of `value` (from, to), with `joined` between them."""

    count: tuple[int, int]
    value: tuple[int, int]
    joined: str = ", "

    def fill(self, rng: random.Random) -> str:
        """Return one random filling."""
        return self.joined.join(str(rng.randint(*self.value)) for _ in range(rng.randint(*self.count)))

    def fill_sorted(self, rng: random.Random, *, descending: bool = False) -> str:
        """Return one random filling with distinct numbers in ascending or descending order."""
        numbers = rng.sample(range(self.value[0], self.value[1] + 1), rng.randint(*self.count))
        return self.joined.join(map(str, sorted(numbers, reverse=descending)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with every {hole} filled; other braces stay."""
    return SLOT.sub(lambda hole: values[hole[1]], text)


def read_slot(table: Field) -> Slot:
    """Return the slot in a table. Raises UsageError."""
    table.only(("value", "count", "joined"))
    value = table.at("value", "two whole numbers [from, to]").bounds()
    return Slot(table.at("count", default=[1, 1]).bounds(0, MOST), value, str(table.at("joined", default=", ").value))
