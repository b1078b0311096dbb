"""Whether one of the named contexts holds around a match."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leakguard.detectors.rules.contexts import CONTEXTS

if TYPE_CHECKING:
    import regex

_BEFORE, _AFTER = 40, 28


class _Sides(NamedTuple):
    """Some contexts in two questions each: what stands after, and what before, in a group of its own where that is enough.

    `paired` are the sides that ask for more than what stands before them: for what follows, and how the match is written.
    """

    after: re.Pattern[str] | None
    before: "regex.Pattern[str] | None"
    paired: tuple[tuple["regex.Pattern[str]", re.Pattern[str], re.Pattern[str]], ...]


_BEGINNING = r"(?:(?=[a-z])(?<![a-z])|(?=[0-9])(?<![0-9])|(?=[^a-z0-9\s]))"
_NOTHING = r"(?!)"


@lru_cache(maxsize=256)
def _questions(names: tuple[str, ...], often: bool) -> tuple[tuple[re.Pattern[str], ...], tuple[_Sides, ...]]:
    """What to ask about these contexts: first what stands after, then what before."""
    asked = [_sides(names)] if often else [_sides((name,)) for name in names]
    return tuple(sides.after for sides in asked if sides.after), tuple(sides for sides in asked if sides.before)


@lru_cache(maxsize=256)
def _sides(names: tuple[str, ...]) -> _Sides:
    sides = [(*side, "")[:3] for name in names for side in CONTEXTS[name]]
    alone = dict.fromkeys(before for before, after, match in sides if before and not (after or match))
    paired = dict.fromkeys(before for before, after, match in sides if before and (after or match) and before not in alone)
    after = "|".join(after for before, after, match in sides if not (before or match))
    return _Sides(
        re.compile(after) if after else None,
        _ending("|".join([f"({'|'.join(alone) or _NOTHING})", *paired])) if alone or paired else None,
        tuple(
            (_ending(before), re.compile(after), re.compile(match or ".*", re.DOTALL))
            for before, after, match in sides
            if (before and after) or match
        ),
    )


@lru_cache(maxsize=256)
def _ending(before: str) -> "regex.Pattern[str]":
    """What a text ends with, read backwards from its end, where nearly every alternative fails at the first character.

    Only beginnings of words, digits and signs count, as everywhere in this table.
    """
    import regex

    return regex.compile(rf"(?r){_BEGINNING}(?:{before})")


def inside(names: tuple[str, ...], text: str, start: int, end: int, *, often: bool = False) -> bool:
    """True if one of the named contexts holds around characters `start` to `end` of a folded text.

    Contexts that are asked about `often` become one pattern: that takes longer to make than a scan of some thousand rows, and two
    thirds of the time to ask. The answer is the same.
    """
    if not names:
        return False
    afters, befores = _questions(names, often)
    after = text[end : end + _AFTER].lower()
    for pattern in afters:
        if pattern.match(after):
            return True
    before = text[max(start - _BEFORE, 0) : start].lower()
    for sides in befores:
        found = sides.before.match(before) if sides.before else None
        if found and found[1] is not None:
            return True
        if found and any(
            right.match(after) and said.fullmatch(text, start, end) and left.match(before) for left, right, said in sides.paired
        ):
            return True
    return False
