"""Reading one text closely: every form of every kind that was nominated in it, checked against the rule's contexts."""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, pairwise, repeat
from typing import NamedTuple

from leakguard.core.context import Contexts
from leakguard.core.finding import Mark
from leakguard.core.rule import Profile, Rule, Severity
from leakguard.detectors.rules.context_matcher import MOST_AROUND, ContextMatcher
from leakguard.detectors.rules.marks import RuleTable
from leakguard.detectors.rules.phrase_contexts import NEAR, UNLESS, AllowedPhrase, is_near, is_within, prepare_phrases
from leakguard.detectors.rules.phrases import ACROSS_SENTENCES, Phrase, lower_text
from leakguard.detectors.rules.salience import LONG, is_beside_codes, is_enumerated, is_row_number, is_weak, stands_out
from leakguard.text.coordinates import is_coordinate
from leakguard.text.fold import FoldTable, fold
from leakguard.text.number_word_reader import WordReader, find_sentence_ends
from leakguard.text.numbers import read_joined, read_numbers
from leakguard.text.opaque import is_opaque
from leakguard.text.progressions import is_in_order
from leakguard.text.roman import read_roman
from leakguard.text.separated import NumberReading, is_break

NUMBERS, JOINED, SEQUENCES, WORDS, ROMAN, LAYERED, ENCODED, REPEATED_LETTERS, FIRST_PHRASE = range(9)
Candidates = dict[int, list[int]]

_WINDOW = max(NEAR, UNLESS, MOST_AROUND)
_REMEMBERED = 4_096
_MOST_BY_CHANCE = 7
_INTEGER = re.compile(r"[0-9](?<![0-9.].)[0-9]*(?!\.[0-9]{3})(?![0-9])|[0-9](?<=[0-9]{2}\..)[0-9](?![0-9.])")
_NO_SEQUENCES: dict[tuple[int, ...], list[Rule]] = {}
_SEQUENCE_GAP = re.compile(r"\s*(?:[-/\\_:|.,;–—x×•·]|\s)\s*")


class MatchPlace(NamedTuple):
    """A mark at characters `start` to `end` of a text as it is read."""

    start: int
    end: int
    mark: Mark


class _Conditions(NamedTuple):
    """What keeps a rule silent in a profile, what makes a note of it, and whether it has exceptions of its own.

    A `weak` rule speaks of numbers in prose that stand out (salience.py) and of no others.
    """

    weak: bool
    silent: ContextMatcher | None
    soft: ContextMatcher | None
    near: tuple[str, ...]
    unless: tuple[AllowedPhrase, ...]


class CloseReader:
    """Reads texts for the rules; what it finds in one text does not depend on any other text."""

    def __init__(self, lookup: RuleTable, phrases: Sequence[tuple[Phrase, Rule]], contexts: Contexts, table: FoldTable) -> None:
        self._lookup = lookup
        self._contexts = contexts
        self._phrases = phrases
        self._table = table
        said = lookup.by_value.items()
        self._loud = frozenset(value for value, rules in said if any(rule.severity.get("text", 0) > Severity.NOTE for rule in rules))
        self._matchers: dict[tuple[str, ...], ContextMatcher] = {}
        self._conditions: dict[tuple[str, Profile], _Conditions] = {}
        self._meanings: dict[tuple[int, Profile, str, int], tuple[Mark, ...]] = {}
        self._judged: dict[tuple[int, str, int, int, bool], tuple[Mark, Mark | None]] = {}

    @cached_property
    def words(self) -> WordReader:
        """Made when the first number word is met."""
        return WordReader(lambda word: fold(word, self._table).lower())

    def read(self, text: str, profile: Profile, nominated: Candidates) -> Iterator[MatchPlace]:
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
            yield from self._values(text, profile, self._in_words(lower_text(text), nominated[WORDS]))
        if ROMAN in nominated:
            yield from self._values(text, profile, (NumberReading(*said[:4], 2 if said.weak else 1) for said in read_roman(text)))
        for key in nominated:
            if key >= FIRST_PHRASE:
                yield from self._phrase(text, profile, *self._phrases[key - FIRST_PHRASE])

    def _in_words(self, text: str, places: Sequence[int]) -> Iterator[NumberReading]:
        """Numbers in words, at the places or sentence by sentence: no number is spoken across the end of one.

        Words are weaker evidence than digits, unless a word nearby speaks of codes.
        """
        elsewhere, end, listed = [], -1, self._lookup.by_value
        for place in sorted(places):
            if place <= end:
                continue
            end, numbers = self.words.read_near(text, place)
            if numbers is None:
                elsewhere.append(place)
            for value, first, last, form, weak in numbers or ():
                if value in listed:
                    yield NumberReading(value, first, last, form, self._doubt(value, text, first, last, weak))
        for start, end in find_sentences(text, elsewhere) if elsewhere or not places else ():
            for value, first, last, form, weak in self.words.read(text[start:end]):
                if value in listed:
                    yield NumberReading(
                        value, start + first, start + last, form, self._doubt(value, text, start + first, start + last, weak)
                    )

    def _doubt(self, value: int, text: str, start: int, end: int, weak: bool) -> int:
        """By how many steps a number in words is softer than in digits. Where all its rules are notes in prose, nothing depends on it."""
        if value in self._loud and is_beside_codes(text, start, end):
            return 0
        return 2 if weak else 1

    def _values(self, text: str, profile: Profile, readings: Iterator[NumberReading]) -> Iterator[MatchPlace]:
        for value, start, end, form, doubt in readings:
            if value not in self._lookup.by_value:
                continue
            key = value, profile, form, doubt
            marks = self._meanings.get(key)
            if marks is None:
                said = [self._lookup.make_mark(rule, profile, form, doubt) for rule in self._lookup.by_value[value]]
                marks = self._meanings[key] = tuple(mark for mark in said if mark)
            if marks:
                yield from self.filter_marks(marks, text, start, end)

    def _sequences(self, text: str, profile: Profile) -> Iterator[MatchPlace]:
        """Listed sequences. Only as many numbers are held at once as the longest of them has."""
        longest = max((len(values) for said in self._lookup.sequences.values() for values in said), default=0)
        if not longest:
            return
        numbers: deque[tuple[int, int, int]] = deque()
        for said in chain(_INTEGER.finditer(text), repeat(None, longest)):
            if said:
                numbers.append((int(said.group()[-18:]), *said.span()))
            if not numbers or (said and len(numbers) < longest):
                continue
            second = numbers[1][0] if len(numbers) > 1 else None
            for values, rules in self._lookup.sequences.get(numbers[0][0], _NO_SEQUENCES).items():
                if values[1] == second:
                    yield from self._sequence(text, profile, [*islice(numbers, len(values))], values, rules)
            numbers.popleft()

    def _sequence(
        self, text: str, profile: Profile, said: Sequence[tuple[int, int, int]], values: tuple[int, ...], rules: list[Rule]
    ) -> Iterator[MatchPlace]:
        if tuple(value for value, _, _ in said) != values:
            return
        gaps = {text[left[2] : right[1]] for left, right in pairwise(said)}
        if len(gaps) != 1 or not _SEQUENCE_GAP.fullmatch(gap := gaps.pop()) or (profile == "text" and is_break(gap)):
            return
        joined = gap.strip() not in ("", ",", ";") and gap != " | "
        for rule in rules:
            if "time" in rule.not_inside and _is_clock_time(gap, values):
                continue
            sure = joined and (gap.strip() != "." or self._is_pointed_code(text, profile, said[0][1], said[-1][2]))
            mark = self._lookup.make_mark(rule, profile, "" if joined else "neighbours", 0 if sure else 2)
            yield from self._placed(mark, text, said[0][1], said[-1][2])

    def _is_pointed_code(self, text: str, profile: Profile, start: int, end: int) -> bool:
        """Whether two numbers with a point between them are more than a decimal: beside a word that speaks of codes, and no quantity."""
        if profile == "numbers" or not is_beside_codes(text, start, end):
            return False
        quantity = self._matcher(tuple(name for name, context in self._contexts.by_id.items() if context.quantity))
        return not (quantity and quantity.matches(text, start, end)) and not is_coordinate(text, start, end)

    def _phrase(self, text: str, profile: Profile, phrase: Phrase, rule: Rule) -> Iterator[MatchPlace]:
        for start, end, form in phrase.find(text):
            lenient = not form and phrase.is_lenient(text[start:end]) and not is_beside_codes(text, start, end)
            doubt = 2 if form == ACROSS_SENTENCES else 0
            if lenient:
                # Few texts hold such a word, and its patterns take long to compile.
                from leakguard.detectors.rules.proper_names import is_other_word

                doubt = 2 if is_other_word(text, start, end) else 1
            yield from self._placed(self._lookup.make_mark(rule, profile, form, doubt), text, start, end)

    def _placed(self, mark: Mark | None, text: str, start: int, end: int) -> Iterable[MatchPlace]:
        return self.filter_marks((mark,), text, start, end) if mark else ()

    def filter_marks(self, marks: Iterable[Mark], text: str, start: int, end: int) -> list[MatchPlace]:
        """The marks whose rules apply at this place, lowered to notes where the place is often honest.

        What is decided depends on the match and on a few characters around it; the same surroundings come again and again in lists,
        tables and code, so what was decided for them is remembered.
        """
        low = max(start - _WINDOW, 0)
        window = text[low : end + _WINDOW]
        held: dict[ContextMatcher, bool] = {}
        places = []
        for asked in marks:
            key = id(asked), window, start - low, end - start, len(text) > LONG
            known = self._judged.get(key)
            if known is None:
                if len(self._judged) >= _REMEMBERED:
                    self._judged.clear()
                # The mark is kept with the answer, so that its id names no other one.
                known = self._judged[key] = asked, self._judge(asked, held, text, start, end)
            mark = known[1] and self._in_its_place(known[1], text, start, end)
            if mark:
                places.append(MatchPlace(start, end, mark))
        return places

    def _in_its_place(self, mark: Mark, text: str, start: int, end: int) -> Mark | None:
        """A note for a coordinate or the number of a row, None for that of an item. What says so may be far: it is not remembered."""
        if mark.profile != "text" or mark.rule.kind not in ("number", "sequence"):
            return mark
        if mark.severity is not Severity.NOTE:
            placed = is_coordinate(text, start, end) or is_row_number(text, start, end)
            return self._lookup.soften(mark) if placed else mark
        return None if is_weak(mark.rule) and is_enumerated(text, start, end) else mark

    def _judge(self, mark: Mark, held: dict[ContextMatcher, bool], text: str, start: int, end: int) -> Mark | None:
        """The mark as it applies at this place; None where it does not. `held` are answers of contexts at the same place."""
        asked = self._conditions.get((mark.rule.id, mark.profile)) or self._conditions_of(mark)
        if asked.weak and not stands_out(text, start, end):
            return None
        if silent := asked.silent:
            if silent not in held:
                held[silent] = silent.matches(text, start, end)
            if held[silent]:
                return None
        if (asked.near and not is_near(asked.near, text, start, end)) or (asked.unless and is_within(asked.unless, text, start, end)):
            return None
        if mark.severity is Severity.NOTE:
            return mark
        soft = (
            (asked.soft and asked.soft.matches(text, start, end))
            or (_is_short(text, start, end) and is_opaque(text, start, end))
            or (mark.profile == "text" and mark.rule.kind == "number" and is_in_order(text, start, end))
        )
        return self._lookup.soften(mark) if soft else mark

    def _conditions_of(self, mark: Mark) -> _Conditions:
        rule = mark.rule
        silent, soft = rule.not_inside, rule.note_inside
        if mark.profile == "numbers":
            # Nothing but numbers is said here, and a sign beside one of them is weaker evidence than a sentence around it.
            silent, soft = (), tuple(name for name in (*silent, *soft) if name in self._contexts.in_lists)
        unless = prepare_phrases(rule.unless, self._table)
        weak = mark.profile == "text" and is_weak(rule)
        conditions = _Conditions(weak, self._matcher(silent), self._matcher(soft), rule.near, unless)
        made = self._conditions[rule.id, mark.profile] = conditions
        return made

    def _matcher(self, names: tuple[str, ...]) -> ContextMatcher | None:
        if names and names not in self._matchers:
            self._matchers[names] = ContextMatcher([self._contexts.by_id[name] for name in names])
        return self._matchers.get(names)


def _is_short(text: str, start: int, end: int) -> bool:
    """Whether a match has so few letters and digits that a hash or base64 may hold it by chance."""
    return end - start <= _MOST_BY_CHANCE and text[start:end].isascii()


def _is_clock_time(gap: str, values: tuple[int, ...]) -> bool:
    return gap.strip() == ":" and len(values) == 2 and values[0] < 24 and values[1] < 60


def find_sentences(text: str, places: Sequence[int]) -> list[tuple[int, int]]:
    """Start and end of the sentences and lines that hold these places (all of them if there are none), in order."""
    cuts = [0, *find_sentence_ends(text), len(text)]
    spans = [(start, end) for start, end in pairwise(cuts) if start < end]
    if not places:
        return spans
    starts = [start for start, _ in spans]
    return [spans[index] for index in sorted({max(bisect_right(starts, place) - 1, 0) for place in places})] if spans else []
