"""One grammar for number words of all languages: number words in, values out. Languages differ only in their tables.

A number is read by recursive descent: cardinal -> sections with multipliers of a thousand and more -> below a thousand -> below a hundred
-> tens and a unit. Each method takes the words and an index, and returns a value with the index behind it, or None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from leakguard.text.lexicon import Language


class WordKind(Enum):
    """The role of a word in a number."""

    NUMBER = "adds"
    TIMES = "multiplies"
    JOINER = "connects"
    APART = "counts only beside other number words"
    REPEAT = "says the next digit several times"
    PLURAL = "is a digit that can be counted"
    ORDINAL = "makes an ordinal or a fraction of the word before"
    POINT = "separates an integer from its fraction"


class LanguageEvidence(IntEnum):
    """How well a word shows that its language is used."""

    NONE = 0
    IN_COMPANY = 1
    ALONE = 2


class NumberPart(NamedTuple):
    """A number word at characters `start` to `end`; `loose` if more than a space or a hyphen is before it."""

    kind: WordKind
    value: int
    proof: LanguageEvidence
    start: int
    end: int
    loose: bool = False


class Item(NamedTuple):
    """A value made of words `first` to before `stop`; beside other items it is read as `digits`."""

    digits: str
    value: int
    first: int
    stop: int


ItemPhrase = Sequence[Item]
ValueAndStop = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Reads sequences of number words of one language."""

    language: Language

    def read_lists(self, parts: Sequence[NumberPart]) -> list[list[ItemPhrase]]:
        """Return lists of phrases: a phrase is items with only spaces and hyphens between them, a list is consecutive phrases."""
        lists: list[list[ItemPhrase]] = [[]]
        phrase: list[Item] = []
        at = 0
        while at < len(parts):
            item = self._read_item(parts, at)
            if phrase and (item is None or parts[at].loose):
                lists[-1].append(phrase)
                phrase = []
            if item is None:
                self._drop_spoiled(lists[-1], parts, at)
                lists.append([])
                at = self._skip_fraction(parts, at)
            else:
                phrase.append(item)
                at = item.stop
        return [*lists[:-1], [*lists[-1], phrase]] if phrase else lists

    def _drop_spoiled(self, phrases: list[ItemPhrase], parts: Sequence[NumberPart], at: int) -> None:
        """Remove the last phrase if the word at `at` shows that it is no whole number ("sixty-sixth", "six point six")."""
        if not phrases:
            return
        last = phrases[-1][-1]
        at = self._skip_joiner(parts, at)
        if parts[at].loose:
            return
        before = parts[last.stop - 1]
        unfinished = before.kind is WordKind.TIMES or before.value >= 20 or last.stop - phrases[-1][0].first == 1
        if (parts[at].kind is WordKind.ORDINAL and unfinished) or self._skip_fraction(parts, at) > at + 1:
            phrases.pop()

    def _skip_fraction(self, parts: Sequence[NumberPart], at: int) -> int:
        """Return the index behind the word at `at`, and behind the digits of a fraction if it is a decimal point."""
        behind = at + 1
        while (
            parts[at].kind is WordKind.POINT and behind < len(parts) and parts[behind].kind is WordKind.NUMBER and not parts[behind].loose
        ):
            behind += 1
        return behind

    def _read_item(self, parts: Sequence[NumberPart], at: int) -> Item | None:
        """Read the item at `at`: a repeated digit, a counted digit or a cardinal number."""
        return self._read_repeated(parts, at) or self._read_counted(parts, at) or self._read_cardinal(parts, at)

    def _read_repeated(self, parts: Sequence[NumberPart], at: int) -> Item | None:
        """Read "double eight", "triple sixes"."""
        if parts[at].kind is not WordKind.REPEAT or not self._is_tight(parts, at + 1):
            return None
        plural = parts[at + 1].kind is WordKind.PLURAL
        found = (parts[at + 1].value, at + 2) if plural else self._read_below_hundred(parts, at + 1)
        if found is None:
            return None
        digits = str(found[0]) * parts[at].value
        return Item(digits, int(digits), at, found[1])

    def _read_counted(self, parts: Sequence[NumberPart], at: int) -> Item | None:
        """Read "three sixes"."""
        count = parts[at].value
        if parts[at].kind is not WordKind.NUMBER or not 2 <= count <= 9 or not self._is(parts, at + 1, WordKind.PLURAL):
            return None
        digits = str(parts[at + 1].value) * count
        return Item(digits, int(digits), at, at + 2)

    def _read_cardinal(self, parts: Sequence[NumberPart], at: int) -> Item | None:
        """Read a cardinal number of any size.

        Sections below a thousand are added up, each multiplied by the thousand, million ... behind it. Multipliers must get smaller, except
        that one directly behind another multiplies the total ("hundred million million").
        """
        total, ceiling, end = 0, 10**15, at
        counted = False
        while True:
            section, behind = self._read_section(parts, end, total)
            times = parts[behind].value if self._is(parts, behind, WordKind.TIMES, first=behind == at) else 0
            if times >= 1000 and times < ceiling and (section is not None or self.language.bare_times):
                total, ceiling, end, counted = total + (section or 1) * times, times, behind + 1, section is not None
            elif times >= 1000 and times > ceiling and section is None:
                total, ceiling, end = total * times, times, behind + 1
            else:
                break
        if section is not None and section < ceiling and not times:
            short = ceiling // 10 if counted and behind == end + 1 and self._is_colloquial(parts, end) else 1
            total, end = total + section * short, behind
        return Item(str(total), total, at, end) if end > at else None

    def _read_section(self, parts: Sequence[NumberPart], at: int, total: int) -> tuple[int | None, int]:
        """Return the value below a thousand at `at` (None if there is none) and the index behind it."""
        start = self._skip_joiner(parts, at) if total else at
        if start >= len(parts):
            return None, at
        found = self._read_below_thousand(parts, start)
        if found is None or (total and parts[at].loose and (found[0] < 100 or start > at)):
            return None, at
        return found

    def _read_below_thousand(self, parts: Sequence[NumberPart], at: int) -> ValueAndStop | None:
        """Read hundreds with an optional rest, or a value below a hundred."""
        found = self._read_below_hundred(parts, at)
        if found is not None:
            total, end = found
            if not (self._is(parts, end, WordKind.TIMES) and parts[end].value == 100 and total):
                return found
            total, end = total * 100, end + 1
        elif parts[at].kind is WordKind.NUMBER and parts[at].value >= 100:
            total, end = parts[at].value, at + 1
        elif parts[at].kind is WordKind.TIMES and parts[at].value == 100 and self.language.bare_times:
            total, end = 100, at + 1
        else:
            return None
        start = self._skip_joiner(parts, end)
        rest = self._read_below_hundred(parts, start) if self._is_tight(parts, start) else None
        if rest is None or not rest[0]:
            return total, end
        if found is not None and rest[1] == end + 1 and self._is_colloquial(parts, end):
            return total + rest[0] * 10, rest[1]
        return total + rest[0], rest[1]

    def _read_below_hundred(self, parts: Sequence[NumberPart], at: int) -> ValueAndStop | None:
        """Read tens and a unit in the order of the language; "a" and "oh" beside other words; French "quatre-vingt"."""
        part = parts[at]
        if part.kind is WordKind.APART:
            return (part.value, at + 1) if not part.value or self._is(parts, at + 1, WordKind.TIMES) else None
        if self.language.script != "letters":
            tens = at if part.kind is WordKind.TIMES else at + 1
            if self._is(parts, tens, WordKind.TIMES, first=tens == at) and parts[tens].value == 10 and (tens == at or 0 < part.value < 10):
                return self._add_unit(parts, tens + 1, 10 if tens == at else part.value * 10)
        if part.kind is not WordKind.NUMBER or part.value >= 100:
            return None
        if self.language.twenties and part.value == 4 and self._is(parts, at + 1, WordKind.NUMBER) and parts[at + 1].value == 20:
            return self._add_unit(parts, at + 2, 80)
        joined = self._skip_joiner(parts, at + 1)
        if self.language.unit_first and 0 < part.value < 10 and joined > at + 1 and self._is(parts, joined, WordKind.NUMBER):
            ten = parts[joined].value
            if ten in range(20, 100, 10):
                return part.value + ten, joined + 1
        return self._add_unit(parts, at + 1, part.value)

    def _add_unit(self, parts: Sequence[NumberPart], at: int, tens: int) -> ValueAndStop:
        """Return `tens` plus the unit at `at` if one may be added to it, and the index behind."""
        start = self._skip_joiner(parts, at) if self.language.joins_tens else at
        if not self._is(parts, start, WordKind.NUMBER):
            return tens, at
        unit = parts[start].value
        if self.language.twenties and tens in (60, 80) and 0 < unit < 20:
            added = self._add_unit(parts, start + 1, unit)
            return tens + added[0], added[1]
        least = 7 if self.language.twenties and tens == 10 else 1
        grows = tens % 10 == 0 and (tens >= 20 or least == 7 or self._is_times(parts, at - 1))
        return (tens + unit, start + 1) if grows and tens and least <= unit <= 9 else (tens, at)

    def _is_colloquial(self, parts: Sequence[NumberPart], at: int) -> bool:
        """Return True for a last digit in Chinese whose unit is left out: behind a hundred it counts tens."""
        last = at + 1 >= len(parts) or parts[at + 1].loose
        return self.language.colloquial and last and parts[at].kind is WordKind.NUMBER and parts[at].value < 10

    def _skip_joiner(self, parts: Sequence[NumberPart], at: int) -> int:
        """Return the index behind a joiner at `at`, or `at`. Chinese joins with a zero."""
        if at + 1 >= len(parts) or parts[at + 1].loose:
            return at
        zero = self.language.script == "numerals" and parts[at].kind is WordKind.NUMBER and not parts[at].value
        return at + 1 if zero or parts[at].kind is WordKind.JOINER else at

    def _is(self, parts: Sequence[NumberPart], at: int, kind: WordKind, *, first: bool = False) -> bool:
        """Return True if the word at `at` is of this kind and, unless it is the first, not loose."""
        return at < len(parts) and parts[at].kind is kind and (first or not parts[at].loose)

    def _is_times(self, parts: Sequence[NumberPart], at: int) -> bool:
        """Return True if the word at `at` is a multiplier."""
        return parts[at].kind is WordKind.TIMES

    def _is_tight(self, parts: Sequence[NumberPart], at: int) -> bool:
        """Return True if there is a word at `at` that is not loose."""
        return at < len(parts) and not parts[at].loose
