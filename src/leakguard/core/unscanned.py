"""Words that stand in rows and were not looked at: in which fields, in how many rows, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS = 200
"""As many names are kept apart in each count; further ones are counted together under MORE."""
MORE = "..."


@dataclass(slots=True)
class Unscanned:
    """Counts of rows, by where words stand that were not looked at.

    `fields` maps a field (`notes`, `messages[*].meta.comment`; [*] is any place in a list) to the rows in which it holds letters or
    digits, `prose` to those in which it holds two words or more. `left_out` counts words that settings leave out on purpose:
    "roles: user", "schema: output", "field: notes". `repeated` counts rows in which an object has a key twice. `absent` counts
    rows without what a setting names: "field: rationale", "map: completion=response".
    """

    fields: dict[str, int] = field(default_factory=dict)
    prose: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    absent: dict[str, int] = field(default_factory=dict)


def merge_counts(mine: dict[str, int], theirs: Mapping[str, int]) -> None:
    """Add the counts of `theirs` to `mine`, of which the FIELDS shortest names (then by the alphabet) stay.

    A name that is among the shortest of all is among the shortest of each part, so its count is exact in whatever order parts are
    added; under MORE stands how often any other name was counted.
    """
    for name, rows in theirs.items():
        mine[name] = mine.get(name, 0) + rows
    if len(mine) > FIELDS + 1:
        names = sorted(mine.keys() - {MORE}, key=lambda name: (len(name), name))
        mine[MORE] = mine.get(MORE, 0) + sum(mine.pop(name) for name in names[FIELDS:])
