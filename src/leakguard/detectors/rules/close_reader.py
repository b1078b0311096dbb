"""Check one candidate text exactly: find every spelling of the listed values, and check the contexts of their rules."""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, pairwise, repeat
from typing import TYPE_CHECKING

from leakguard.core.finding import Mark
from leakguard.core.rule import Profile, Rule, Severity
from leakguard.detectors.rules.candidates import FIRST_PHRASE, JOINED, NUMBERS, ROMAN, SEQUENCES, WORDS, Candidates
from leakguard.detectors.rules.mark_filter import MarkFilter, MatchPlace
from leakguard.detectors.rules.marks import RuleTable
from leakguard.detectors.rules.phrases import ACROSS_SENTENCES, Phrase, lower_text
from leakguard.detectors.rules.salience import is_beside_codes
from leakguard.text.coordinates import is_coordinate
from leakguard.text.fold import FoldTable, fold
from leakguard.text.numbers import read_joined, read_numbers
from leakguard.text.separated import NumberReading, is_break

if TYPE_CHECKING:
    from leakguard.text.number_word_reader import WordReader

_INTEGER = re.compile(r"[0-9](?<![0-9.].)[0-9]*(?!\.[0-9]{3})(?![0-9])|[0-9](?<=[0-9]{2}\..)[0-9](?![0-9.])")
_NO_SEQUENCES: dict[tuple[int, ...], list[Rule]] = {}
_SEQUENCE_GAP = re.compile(r"\s*(?:[-/\\_:|.,;–—x×•·]|\s)\s*")


class CloseReader:
    """Finds exact matches of rules in single texts. The matches in a text do not depend on other texts."""

    def __init__(self, lookup: RuleTable, phrases: Sequence[tuple[Phrase, Rule]], marks: MarkFilter, table: FoldTable) -> None:
        self._lookup = lookup
        self._phrases = phrases
        self._marks = marks
        self._table = table
        listed = lookup.by_value.items()
        self._loud = frozenset(value for value, rules in listed if any(rule.severity.get("text", 0) > Severity.NOTE for rule in rules))
        self._meanings: dict[tuple[int, Profile, str, int], tuple[Mark, ...]] = {}

    @cached_property
    def words(self) -> "WordReader":
        """The reader of number words; imported and built when the first one is needed."""
        from leakguard.text.number_word_reader import WordReader

        return WordReader(lambda word: fold(word, self._table).lower())

    def read(self, text: str, profile: Profile, nominated: Candidates) -> Iterator[MatchPlace]:
        """Yield all matches of the nominated readers that the rules' contexts allow.

        The positions that a key has in `nominated` are where to read; a key without positions reads the whole text.
        """
        in_list, listed = profile == "numbers", self._lookup.by_value
        if NUMBERS in nominated:
            yield from self._mark_values(text, profile, read_numbers(text, in_list=in_list, listed=listed))
        elif JOINED in nominated:
            yield from self._mark_values(text, profile, read_joined(text, in_list=in_list, listed=listed, places=nominated[JOINED]))
        if NUMBERS in nominated or SEQUENCES in nominated:
            yield from self._find_sequences(text, profile)
        if WORDS in nominated:
            yield from self._mark_values(text, profile, self._read_words(lower_text(text), nominated[WORDS]))
        if ROMAN in nominated:
            from leakguard.text.roman import read_roman

            yield from self._mark_values(
                text, profile, (NumberReading(*numeral[:4], 2 if numeral.weak else 1) for numeral in read_roman(text))
            )
        for key in nominated:
            if key >= FIRST_PHRASE:
                yield from self._find_phrase(text, profile, *self._phrases[key - FIRST_PHRASE])

    def _read_words(self, text: str, places: Sequence[int]) -> Iterator[NumberReading]:
        """Yield listed numbers in words, at the positions or, without positions, sentence by sentence: no number continues across a
        sentence end.

        Words are weaker evidence than digits, except near words about codes.
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
                    yield NumberReading(value, first, last, form, self._compute_doubt(value, text, first, last, weak))
        for start, end in find_sentences(text, elsewhere) if elsewhere or not places else ():
            for value, first, last, form, weak in self.words.read(text[start:end]):
                if value in listed:
                    yield NumberReading(
                        value, start + first, start + last, form, self._compute_doubt(value, text, start + first, start + last, weak)
                    )

    def _compute_doubt(self, value: int, text: str, start: int, end: int, weak: bool) -> int:
        """Return by how many steps the severity of a number in words is lowered.

        Values whose rules are all notes in prose are not checked for words about codes: nothing can get lower.
        """
        if value in self._loud and is_beside_codes(text, start, end):
            return 0
        return 2 if weak else 1

    def _mark_values(self, text: str, profile: Profile, readings: Iterator[NumberReading]) -> Iterator[MatchPlace]:
        """Yield the marks of listed values that their contexts allow."""
        for value, start, end, form, doubt in readings:
            if value not in self._lookup.by_value:
                continue
            key = value, profile, form, doubt
            marks = self._meanings.get(key)
            if marks is None:
                made = [self._lookup.make_mark(rule, profile, form, doubt) for rule in self._lookup.by_value[value]]
                marks = self._meanings[key] = tuple(mark for mark in made if mark)
            if marks:
                yield from self._marks.filter_marks(marks, text, start, end)

    def _find_sequences(self, text: str, profile: Profile) -> Iterator[MatchPlace]:
        """Yield listed sequences. Keeps a window of as many numbers as the longest listed sequence has."""
        longest = max((len(values) for match in self._lookup.sequences.values() for values in match), default=0)
        if not longest:
            return
        numbers: deque[tuple[int, int, int]] = deque()
        for match in chain(_INTEGER.finditer(text), repeat(None, longest)):
            if match:
                numbers.append((int(match.group()[-18:]), *match.span()))
            if not numbers or (match and len(numbers) < longest):
                continue
            second = numbers[1][0] if len(numbers) > 1 else None
            for values, rules in self._lookup.sequences.get(numbers[0][0], _NO_SEQUENCES).items():
                if values[1] == second:
                    yield from self._check_sequence(text, profile, [*islice(numbers, len(values))], values, rules)
            numbers.popleft()

    def _check_sequence(
        self, text: str, profile: Profile, numbers: Sequence[tuple[int, int, int]], values: tuple[int, ...], rules: list[Rule]
    ) -> Iterator[MatchPlace]:
        """Yield marks if the numbers are the sequence `values`, with one separator throughout.

        A sequence that is joined by a sign is certain; one that is only listed as neighbours, or looks like a decimal, is lowered two
        steps.
        """
        if tuple(value for value, _, _ in numbers) != values:
            return
        gaps = {text[left[2] : right[1]] for left, right in pairwise(numbers)}
        if len(gaps) != 1 or not _SEQUENCE_GAP.fullmatch(gap := gaps.pop()) or (profile == "text" and is_break(gap)):
            return
        joined = gap.strip() not in ("", ",", ";") and gap != " | "
        for rule in rules:
            if "time" in rule.not_inside and _is_clock_time(gap, values):
                continue
            sure = joined and (gap.strip() != "." or self._is_pointed_code(text, profile, numbers[0][1], numbers[-1][2]))
            mark = self._lookup.make_mark(rule, profile, "" if joined else "neighbours", 0 if sure else 2)
            yield from self._filter_mark(mark, text, numbers[0][1], numbers[-1][2])

    def _is_pointed_code(self, text: str, profile: Profile, start: int, end: int) -> bool:
        """Return True if two numbers with a point between them are not just a decimal: near a word about codes, and no quantity or
        coordinate.
        """
        if profile == "numbers" or not is_beside_codes(text, start, end):
            return False
        return not (self._marks.is_quantity(text, start, end) or is_coordinate(text, start, end))

    def _find_phrase(self, text: str, profile: Profile, phrase: Phrase, rule: Rule) -> Iterator[MatchPlace]:
        """Yield the matches of a phrase. Acronyms written like a name or a word ("Zog") have a lower severity."""
        for start, end, form in phrase.find(text):
            lenient = not form and phrase.is_lenient(text[start:end]) and not is_beside_codes(text, start, end)
            doubt = 2 if form == ACROSS_SENTENCES else 0
            if lenient:
                # Imported here because few texts contain such a word, and the patterns take long to compile.
                from leakguard.detectors.rules.proper_names import is_other_word

                doubt = 2 if is_other_word(text, start, end) else 1
            yield from self._filter_mark(self._lookup.make_mark(rule, profile, form, doubt), text, start, end)

    def _filter_mark(self, mark: Mark | None, text: str, start: int, end: int) -> Iterable[MatchPlace]:
        """Return the match if the contexts of its rule allow it."""
        return self._marks.filter_marks((mark,), text, start, end) if mark else ()


def _is_clock_time(gap: str, values: tuple[int, ...]) -> bool:
    """Return True if two numbers with a colon are a time of day."""
    return gap.strip() == ":" and len(values) == 2 and values[0] < 24 and values[1] < 60


def find_sentences(text: str, places: Sequence[int]) -> list[tuple[int, int]]:
    """Return (start, end) of the sentences and lines that contain these positions, in order; of all sentences if there are none."""
    from leakguard.text.number_word_reader import find_sentence_ends

    cuts = [0, *find_sentence_ends(text), len(text)]
    spans = [(start, end) for start, end in pairwise(cuts) if start < end]
    if not places:
        return spans
    starts = [start for start, _ in spans]
    return [spans[index] for index in sorted({max(bisect_right(starts, place) - 1, 0) for place in places})] if spans else []
