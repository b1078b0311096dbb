"""Check whether a named context applies to a match."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leakguard.core.context import Context, ContextPattern

if TYPE_CHECKING:
    import regex

_BEFORE, _AFTER, _NEAR = 40, 28, 3
MOST_AROUND = max(_BEFORE, _AFTER)
"""The largest number of characters on each side of a match that a context can match."""
_REMEMBERED = 10_000


class _Sides(NamedTuple):
    """Patterns of some contexts, compiled as few regular expressions.

    - `after`: all patterns of the text after the match only, as one alternation.
    - `written`: patterns of the text after the match and of its spelling.
    - `before`: all patterns of the text before the match, as one alternation; those that need no further check are in group 1.
    - `paired`: patterns of the text before and after the match, or before it and of its spelling.
    """

    after: re.Pattern[str] | None
    written: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    before: "regex.Pattern[str] | None"
    paired: tuple[tuple["regex.Pattern[str]", re.Pattern[str], re.Pattern[str]], ...]


_BEGINNING = r"(?:(?=[a-z])(?<![a-z])|(?=[0-9])(?<![0-9])|(?=[^a-z0-9\s]))"
_NOTHING = r"(?!)"


@lru_cache(maxsize=256)
def _compile_sides(patterns: tuple[ContextPattern, ...]) -> _Sides:
    """Compile the patterns of contexts."""
    sides = [(pattern.before, pattern.after, pattern.match) for pattern in patterns]
    alone = dict.fromkeys(before for before, after, match in sides if before and not (after or match))
    paired = dict.fromkeys(before for before, after, match in sides if before and (after or match) and before not in alone)
    after = "|".join(after for before, after, match in sides if not (before or match))
    return _Sides(
        re.compile(after) if after else None,
        tuple((re.compile(after), re.compile(match)) for before, after, match in sides if match and not before),
        _compile_ending("|".join([f"({'|'.join(alone) or _NOTHING})", *paired])) if alone or paired else None,
        tuple(
            (_compile_ending(before), re.compile(after), re.compile(match or ".*", re.DOTALL))
            for before, after, match in sides
            if before and (after or match)
        ),
    )


@lru_cache(maxsize=256)
def _compile_ending(before: str) -> "regex.Pattern[str]":
    """Compile a pattern that a text must end with.

    It is matched backwards from the end of the text ("(?r)" of `regex`), where nearly every alternative fails at the first character. It
    must begin at the beginning of a word, at a digit or at a sign.
    """
    import regex

    return regex.compile(rf"(?r){_BEGINNING}(?:{before})")


class ContextMatcher:
    """Checks whether one of several contexts applies to a match.

    After `few` calls the patterns of all contexts are compiled as one: compiling takes longer than scanning some thousand rows, and each
    call takes two thirds of the time. The results are the same.
    """

    def __init__(self, contexts: Sequence[Context], *, few: int = 5_000) -> None:
        self._patterns, self._few = tuple(pattern for context in contexts for pattern in context.patterns), few
        self._calls = 0
        self._use([_compile_sides(context.patterns) for context in contexts] if few else [_compile_sides(self._patterns)])

    def _use(self, sides: Sequence[_Sides]) -> None:
        """Replace the compiled patterns."""
        self._afters = [side.after for side in sides if side.after]
        self._written = [pair for side in sides for pair in side.written]
        self._befores = [(side.before, side.paired) for side in sides if side.before]
        self._ruled_out: dict[str, bool] = {}

    def matches(self, text: str, start: int, end: int) -> bool:
        """Return True if one of the contexts applies to characters `start` to `end` of a folded text.

        The last three characters before a match rule out most contexts; that result is cached, because the same characters recur.
        """
        self._calls += 1
        if self._calls == self._few:
            self._use([_compile_sides(self._patterns)])
        after = text[end : end + _AFTER].lower()
        for pattern in self._afters:
            if pattern.match(after):
                return True
        for pattern, written in self._written:
            if pattern.match(after) and written.fullmatch(text, start, end):
                return True
        near = text[max(start - _NEAR, 0) : start]
        if near not in self._ruled_out:
            self._ruled_out[near] = self._rules_out(near)
        if self._ruled_out[near]:
            return False
        before = text[max(start - _BEFORE, 0) : start].lower()
        for ending, paired in self._befores:
            found = ending.match(before)
            if found and found[1] is not None:
                return True
            if found and any(
                right.match(after) and written.fullmatch(text, start, end) and left.match(before) for left, right, written in paired
            ):
                return True
        return False

    def _rules_out(self, near: str) -> bool:
        """Return True if no context can apply to a match after these characters."""
        if len(self._ruled_out) >= _REMEMBERED:
            self._ruled_out.clear()
        return all(ending.match(near.lower(), partial=True) is None for ending, _ in self._befores)
