"""Read Roman numerals that are words of their own. Every reading is weak evidence, because ordinary text has many of them."""

import re
from collections.abc import Collection, Iterator

from leakguard.text.alternation import make_alternation
from leakguard.text.number_word_reader import WordNumber

_LETTER = r"0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f"
_CANONICAL = r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_NUMERAL = re.compile(
    rf"(?<![{_LETTER}])(?:(?=[IVX]{{2}}|[MDCLXVI]{{3}}){_CANONICAL}|(?=[mdclxvi]{{4}}){_CANONICAL.lower()})(?![{_LETTER}])"
)
_ABBREVIATIONS = frozenset(
    {"MIX", "CLI", "DIV", "CIV", "LIV", "MCI", "MDI", "CCI", "DCI", "CDI", "CMC", "DIX", "MMC", "MMI", "CCC", "XXX", "clix"}
)
_WORTH = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_STEPS = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
)
_LARGEST = 3999


def read_roman(text: str) -> Iterator[WordNumber]:
    """Yield Roman numerals in canonical form: capitals (two of I, V, X, or three of any), or at least four small letters."""
    for match in _NUMERAL.finditer(text):
        numeral = match.group()
        if numeral not in _ABBREVIATIONS:
            yield WordNumber(_value(numeral.upper()), match.start(), match.end(), "roman numerals", True)


def make_roman_prefilters(listed: Collection[int]) -> tuple[str, ...]:
    """Return patterns for the automaton over lower-case text; if none matches, `read_roman` finds no number in `listed`."""
    numerals = [numeral.lower() for value in listed if 0 < value <= _LARGEST and _NUMERAL.fullmatch(numeral := format_roman(value))]
    return (f"(?:^|[^a-z0-9]){make_alternation(numerals)}(?:[^a-z0-9]|$)",) if numerals else ()


def format_roman(value: int) -> str:
    """Return the canonical Roman numeral of a value from 1 to 3999."""
    numeral = ""
    for worth, letters in _STEPS:
        numeral += letters * (value // worth)
        value %= worth
    return numeral + "I" * value


def _value(numeral: str) -> int:
    """Add up the letters; one before a larger one is subtracted."""
    worths = [_WORTH[letter] for letter in numeral]
    return sum(-worth if worth < following else worth for worth, following in zip(worths, [*worths[1:], 0], strict=True))
