"""Words that a rule requires near a match (`near`), and phrases of which a match must not be a part (`unless`)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from leakguard.text.fold import FoldTable, fold

NEAR = 60
"""Characters on each side of a match in which a word is near it."""
UNLESS = 60
_ACRONYM = 3


class AllowedPhrase(NamedTuple):
    """A harmless phrase: as the rule gives it, folded, and the parts of the folded phrase in lower case."""

    phrase: str
    folded: str
    parts: tuple[str, ...]


def prepare_phrases(unless: Sequence[str], table: FoldTable) -> tuple[AllowedPhrase, ...]:
    """Return the phrases of a rule, ready for searching."""
    folded = [(phrase, fold(phrase, table)) for phrase in unless]
    return tuple(AllowedPhrase(phrase, plain, tuple(part.lower() for part in _parts(plain))) for phrase, plain in folded)


def is_near(words: Sequence[str], text: str, start: int, end: int) -> bool:
    """Return True if one of the words is near a match."""
    window = text[max(start - NEAR, 0) : start] + "\n" + text[end : end + NEAR]
    return any(_words(word).search(window) for word in words)


def is_within(unless: Sequence[AllowedPhrase], text: str, start: int, end: int) -> bool:
    """Return True if a match is inside a harmless phrase; a match in capitals only if the phrase has it in capitals too.

    A phrase is searched for only if every word of it is near: a search takes as long as ten tests for a word, and compiling its pattern
    as long as a thousand searches.
    """
    match, low = text[start:end], max(start - UNLESS, 0)
    window = text[low : end + UNLESS]
    lower = window.lower()
    acronym = match.isupper() and end - start >= _ACRONYM
    for phrase, folded, parts in unless:
        if (acronym and match not in phrase) or not _contains_all(lower, parts):
            continue
        if any(low + at.start() <= start and end <= low + at.end() for at in _words(folded).finditer(window)):
            return True
    return False


def _contains_all(text: str, parts: Sequence[str]) -> bool:
    """Return True if every part is somewhere in the text; a loop, because most phrases fail at the first part."""
    for part in parts:  # noqa: SIM110
        if part not in text:
            return False
    return True


@lru_cache(maxsize=10_000)
def _words(phrase: str) -> re.Pattern[str]:
    """Compile a phrase in its usual spellings: its words and signs in order, with spaces and hyphens between words."""
    parts = _parts(phrase)
    body = r"[\s_-]{0,3}".join(map(re.escape, parts))
    before = r"(?<![^\W_])" if parts[0][0].isascii() and parts[0].isalnum() else ""
    after = r"(?:'?s)?(?![^\W_])" if parts[-1][-1].isascii() and parts[-1].isalnum() else ""
    return re.compile(before + body + after, re.IGNORECASE)


@lru_cache(maxsize=10_000)
def _parts(phrase: str) -> list[str]:
    """Return the words and signs of a phrase."""
    return re.findall(r"[^\W_]+|[^\w\s]|_", phrase)
