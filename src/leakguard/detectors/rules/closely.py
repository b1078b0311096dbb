"""Reading one text closely: every form of every kind that was nominated in it, checked against the rule's contexts."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from leakguard.core.finding import Mark
from leakguard.core.rule import Profile, Rule
from leakguard.detectors.rules.contexts import inside
from leakguard.detectors.rules.lookup import Lookup
from leakguard.detectors.rules.phrases import Phrase, lowered
from leakguard.text.fold import FoldTable, fold
from leakguard.text.numbers import Reading, is_loose, read_joined, read_numbers
from leakguard.text.roman import read_roman
from leakguard.text.words import SENTENCE, WordReader

NUMBERS, JOINED, SEQUENCES, WORDS, ROMAN, PEEL, STRETCH, FIRST_PHRASE = range(8)
Keys = dict[int, list[int]]

_NEAR = 60
_UNLESS = 60
_INTEGER = re.compile(r"[0-9](?<![0-9.].)[0-9]*(?!\.[0-9]{3})(?![0-9])|[0-9](?<=[0-9]{2}\..)[0-9](?![0-9.])")
_SEQUENCE_GAP = re.compile(r"\s*(?:[-/:|.,;–—x×]|\s)\s*")


class Place(NamedTuple):
    """A mark at characters `start` to `end` of a text as it is read."""

    start: int
    end: int
    mark: Mark


class CloseReader:
    """Reads texts for the rules; what it finds in one text does not depend on any other text."""

    def __init__(self, lookup: Lookup, phrases: Sequence[tuple[Phrase, Rule]], table: FoldTable) -> None:
        self._lookup = lookup
        self._phrases = phrases
        self._table = table

    @cached_property
    def words(self) -> WordReader:
        """Made when the first number word is met."""
        return WordReader(lambda word: fold(word, self._table).lower())

    def read(self, text: str, profile: Profile, nominated: Keys) -> Iterator[Place]:
        """Everything that the nominated readers find and the rules' contexts allow.

        The places that a key comes with say where to look; a key without places looks everywhere.
        """
        in_list, listed = profile == "numbers", self._lookup.by_value
        if NUMBERS in nominated:
            yield from self._values(text, profile, read_numbers(text, in_list=in_list, listed=listed))
        elif JOINED in nominated:
            yield from self._values(text, profile, read_joined(text, in_list=in_list, listed=listed, places=nominated[JOINED]))
        if NUMBERS in nominated or SEQUENCES in nominated:
            yield from self._sequences(text, profile)
        if WORDS in nominated:
            yield from self._values(text, profile, self._in_words(lowered(text), nominated[WORDS]))
        if ROMAN in nominated:
            yield from self._values(text, profile, (Reading(*said[:4], 2 if said.weak else 1) for said in read_roman(text)))
        for key in nominated:
            if key >= FIRST_PHRASE:
                yield from self._phrase(text, profile, *self._phrases[key - FIRST_PHRASE])

    def _in_words(self, text: str, places: Sequence[int]) -> Iterator[Reading]:
        """Numbers in words, at the places or sentence by sentence: no number is spoken across the end of one."""
        elsewhere, end = [], -1
        for place in sorted(places):
            if place <= end:
                continue
            end, numbers = self.words.near(text, place)
            if numbers is None:
                elsewhere.append(place)
            for value, first, last, form, weak in numbers or ():
                yield Reading(value, first, last, form, 2 if weak else 1)
        for start, end in sentences(text, elsewhere) if elsewhere or not places else ():
            for value, first, last, form, weak in self.words.read(text[start:end]):
                yield Reading(value, start + first, start + last, form, 2 if weak else 1)

    def _values(self, text: str, profile: Profile, readings: Iterator[Reading]) -> Iterator[Place]:
        for reading in readings:
            for rule in self._lookup.by_value.get(reading.value, ()):
                mark = self._lookup.mark(rule, profile, reading.form, reading.doubt)
                if mark and self.allowed(rule, profile, text, reading.start, reading.end):
                    yield Place(reading.start, reading.end, mark)

    def _sequences(self, text: str, profile: Profile) -> Iterator[Place]:
        if not self._lookup.sequences:
            return
        numbers = [(int(said.group()[-18:]), said.start(), said.end()) for said in _INTEGER.finditer(text)]
        for first in range(len(numbers) - 1):
            for values, rules in self._lookup.sequences.get(numbers[first][0], {}).items():
                yield from self._sequence(text, profile, numbers[first : first + len(values)], values, rules)

    def _sequence(
        self, text: str, profile: Profile, said: Sequence[tuple[int, int, int]], values: tuple[int, ...], rules: list[Rule]
    ) -> Iterator[Place]:
        if tuple(value for value, _, _ in said) != values:
            return
        gaps = {text[left[2] : right[1]] for left, right in pairwise(said)}
        if len(gaps) != 1 or not _SEQUENCE_GAP.fullmatch(gap := gaps.pop()) or (profile == "text" and is_loose(gap)):
            return
        joined = gap.strip() not in ("", ",", ";")
        for rule in rules:
            if "time" in rule.not_inside and _is_clock_time(gap, values):
                continue
            mark = self._lookup.mark(rule, profile, "" if joined else "neighbours", 0 if joined else 1)
            if mark and self.allowed(rule, profile, text, said[0][1], said[-1][2]):
                yield Place(said[0][1], said[-1][2], mark)

    def _phrase(self, text: str, profile: Profile, phrase: Phrase, rule: Rule) -> Iterator[Place]:
        for start, end, form in phrase.find(text):
            mark = self._lookup.mark(rule, profile, form)
            if mark and self.allowed(rule, profile, text, start, end):
                yield Place(start, end, mark)

    def allowed(self, rule: Rule, profile: Profile, text: str, start: int, end: int) -> bool:
        """False where one of the rule's own exceptions holds: a benign context, a longer phrase, a missing neighbour."""
        if inside(rule.not_inside if profile == "text" else _signed(rule.not_inside), text, start, end):
            return False
        if rule.near and not self._near(rule, text, start, end):
            return False
        return not any(self._within(phrase, text, start, end) for phrase in rule.unless)

    def allowed_marks(self, marks: Iterable[Mark], text: str, start: int, end: int) -> list[Place]:
        """The marks whose rules speak at this place; rules with the same contexts are asked once."""
        silent: dict[tuple[str, ...], bool] = {}
        places = []
        for mark in marks:
            rule = mark.rule
            names = rule.not_inside if mark.profile == "text" else _signed(rule.not_inside)
            if names not in silent:
                silent[names] = inside(names, text, start, end)
            if not silent[names] and (not (rule.near or rule.unless) or self.allowed(rule, mark.profile, text, start, end)):
                places.append(Place(start, end, mark))
        return places

    def _near(self, rule: Rule, text: str, start: int, end: int) -> bool:
        window = text[max(start - _NEAR, 0) : start] + "\n" + text[end : end + _NEAR]
        return any(_words(word).search(window) for word in rule.near)

    def _within(self, phrase: str, text: str, start: int, end: int) -> bool:
        low = max(start - _UNLESS, 0)
        found = _words(fold(phrase, self._table)).finditer(text[low : end + _UNLESS])
        return any(low + at.start() <= start and end <= low + at.end() for at in found)


@lru_cache(maxsize=10_000)
def _words(phrase: str) -> re.Pattern[str]:
    """An honest phrase as it is usually written: its words and signs in order, anything but letters and digits between words."""
    parts = re.findall(r"[^\W_]+|[^\w\s]|_", phrase)
    said = r"[\W_]*".join(map(re.escape, parts))
    before = r"(?<![^\W_])" if parts[0][0].isascii() and parts[0].isalnum() else ""
    after = r"(?:'?s)?(?![^\W_])" if parts[-1][-1].isascii() and parts[-1].isalnum() else ""
    return re.compile(before + said + after, re.IGNORECASE)


def _signed(contexts: tuple[str, ...]) -> tuple[str, ...]:
    """The contexts that a sign shows; the others need words, and a number list has none."""
    return tuple(name for name in contexts if name in ("price", "percent"))


def _is_clock_time(gap: str, values: tuple[int, ...]) -> bool:
    return gap.strip() == ":" and len(values) == 2 and values[0] < 24 and values[1] < 60


def sentences(text: str, places: Sequence[int]) -> list[tuple[int, int]]:
    """Start and end of the sentences and lines that hold these places (all of them if there are none), in order."""
    cuts = [0, *(cut.end() for cut in SENTENCE.finditer(text)), len(text)]
    spans = [(start, end) for start, end in pairwise(cuts) if start < end]
    if not places:
        return spans
    starts = [start for start, _ in spans]
    return [spans[index] for index in sorted({max(bisect_right(starts, place) - 1, 0) for place in places})] if spans else []
