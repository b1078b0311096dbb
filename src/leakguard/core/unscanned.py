"""Counts of words in rows that were not scanned: in which fields, in how many rows, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS = 200
"""Number of names that are counted separately; further names are counted together under MORE."""
MORE = "..."


@dataclass(slots=True)
class Unscanned:
    """Numbers of rows with words that were not scanned, by field.

    `fields` maps a field (`notes`, `messages[*].meta.comment`; [*] is any index of a list) to the number of rows in which it has letters
    or digits, `prose` to those in which it has two words or more. `left_out` counts rows with words that settings exclude on purpose:
    "roles: user", "schema: output", "field: notes". `repeated` counts rows in which an object has the same key twice. `absent` counts
    rows without a field that settings name: "field: rationale", "map: completion=response".
    """

    fields: dict[str, int] = field(default_factory=dict)
    prose: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    absent: dict[str, int] = field(default_factory=dict)


def merge_counts(mine: dict[str, int], theirs: Mapping[str, int]) -> None:
    """Add the counts of `theirs` to `mine`, and keep only the FIELDS shortest names (of equal length: alphabetically first).

    The counts of all other names are summed under MORE. A name that is among the shortest of all is among the shortest of each part, so
    its count is exact and does not depend on the order in which parts are added.
    """
    for name, rows in theirs.items():
        mine[name] = mine.get(name, 0) + rows
    if len(mine) > FIELDS + 1:
        names = sorted(mine.keys() - {MORE}, key=lambda name: (len(name), name))
        mine[MORE] = mine.get(MORE, 0) + sum(mine.pop(name) for name in names[FIELDS:])
