"""The rules detector: search whole batches of texts for rules and return hits as columns.

A fast pass selects candidates, an exact one checks them. The joined texts go through one automaton (words, escapes, symbols) and one table
look-up of all digit runs. Only texts that one of them selects are read exactly, also through views without encodings and markup, and every
span is mapped back to the original text. A text without candidates costs little more than parsing it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.context import NO_CONTEXTS, Contexts
from leakguard.core.finding import Mark
from leakguard.core.ports import Cache
from leakguard.core.rule import Engine, Profile, Rule
from leakguard.detectors.rules import joined_texts
from leakguard.detectors.rules.candidates import FIRST_PHRASE, JOINED, NUMBERS, SEQUENCES, WORDS, Candidates, add_keys, add_places
from leakguard.detectors.rules.close_reader import CloseReader
from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.detectors.rules.literal_filter import LiteralFilter
from leakguard.detectors.rules.mark_filter import MarkFilter, MatchPlace, refuse_unknown_contexts
from leakguard.detectors.rules.marks import RuleTable
from leakguard.detectors.rules.merge_hits import HitCollector, make_columns, merge
from leakguard.detectors.rules.number_list_kinds import NumberRuns
from leakguard.detectors.rules.number_list_severity import adjust_severities
from leakguard.detectors.rules.phrases import SQUEEZE, SQUEEZED_OUT, Phrase
from leakguard.detectors.rules.prefilters import PrefilterInput, build_automata
from leakguard.detectors.rules.prompts import find_prompt
from leakguard.detectors.rules.quiet_numbers import QuietNumbers
from leakguard.detectors.rules.user_patterns import PatternStalled, UserPattern
from leakguard.detectors.rules.views import decode_texts, find_tag_texts, reread_texts
from leakguard.text import repeated_letters
from leakguard.text.byte_classes import Bools
from leakguard.text.digit_runs import DigitRunReader, DigitRuns, find_runs
from leakguard.text.fold import FoldTable, fold
from leakguard.text.number_lists import count_lengths, is_number_list
from leakguard.text.packed_pairs import sort_distinct
from leakguard.text.view import View, join_disguises

_DEPTH = 2
"""The largest number of views on top of each other."""


@dataclass(frozen=True, slots=True)
class _Scan:
    """One scan of joined texts.

    - `runs`: all digit runs of the texts.
    - `lists`: boolean array of shape (texts,), which texts are bare number lists; during the scan, texts with such a view are added.
    - `missed`: reasons by index of the texts that could not be checked; filled during the scan.
    - `depth`: 0 for the texts of a batch, 1 and more for views of them.
    """

    joined: JoinedTexts
    runs: DigitRuns
    lists: Bools
    missed: dict[int, str]
    depth: int = 0

    def profile(self, text: int) -> Profile:
        """Return the profile that applies to a text."""
        return "numbers" if self.lists[text] else "text"


class RulesDetector:
    """Checks texts against rules: a bare number list with the `numbers` profile, all other texts with `text`."""

    name = "rules"

    def __init__(
        self,
        rules: Sequence[Rule],
        contexts: Contexts = NO_CONTEXTS,
        *,
        engine: Engine = "auto",
        prefilter: bool = True,
        memory: Cache | None = None,
    ) -> None:
        """Build the detector for `rules`, whose `not_inside` and `note_inside` refer to `contexts` by id.

        `prefilter=False` reads every text closely. That is slow; it exists for the test that prefilters hide no finding.
        Raises PackError for a rule that names a context which is not in `contexts`, MissingExtra if the engine is not installed.
        """
        refuse_unknown_contexts(rules, contexts)
        self._made_with = tuple(rules), contexts, engine, prefilter, memory
        self._table = FoldTable()
        self._lookup = RuleTable(rules)
        self._prefilter = prefilter
        self._quiet = QuietNumbers(self._lookup.plain["text"])
        self._runs = DigitRunReader(self._lookup.by_value, self._lookup.pairs)
        self._phrases = [(Phrase(text, self._table, match_case=rule.match_case), rule) for rule in rules for text in _spellings(rule)]
        self._marks = MarkFilter(self._lookup, contexts, self._table)
        self._close = CloseReader(self._lookup, self._phrases, self._marks, self._table)
        self._patterns = dict(enumerate(UserPattern(rule) for rule in rules if rule.kind == "regex"))
        phrases, patterns = [phrase for phrase, _ in self._phrases], [*self._patterns.values()]
        needed = PrefilterInput(list(self._lookup.by_value), phrases, patterns, lambda: self._close.words, self._table)
        self._automata = build_automata(needed, self._made_with[0], engine, memory)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, self._made_with

    def restrict(self, rules: Iterable[Rule]) -> "RulesDetector":
        """Return a copy of the detector that tries only the user patterns of these rules, because a pack may have thousands."""
        names = {rule.id for rule in rules}
        # Not copy.copy(), which goes through __reduce__ and would build everything again.
        fewer = object.__new__(type(self))
        fewer.__dict__.update(self.__dict__)
        fewer._patterns = {number: pattern for number, pattern in self._patterns.items() if pattern.rule.id in names}
        return fewer

    def detect(self, batch: Batch) -> Detections:
        """Return the hits of every rule in every text of the batch; a text in which a user pattern timed out is missed.

        Joins the texts, finds all digit runs and the bare number lists, scans, and then adjusts severities by what each list looks like.
        """
        missed: dict[int, str] = {}
        if not batch.texts:
            return Detections(self.name, Hits())
        joined = joined_texts.join_texts(batch.texts, self._table)
        runs, bounds = find_runs(joined.array, joined.starts)
        lists, lettered = joined.find_number_lists(runs, bounds, self._table)
        lengths = count_lengths(runs, lists)
        hits = self._scan(_Scan(joined, runs, lists, missed), lettered)
        hits = adjust_severities(hits, NumberRuns(joined, runs, bounds, lists), partial(find_prompt, batch), self._lookup, self._table)
        return Detections(self.name, hits, missed, cast("Sequence[bool]", lists), lengths)

    def _scan(self, scan: _Scan, lettered: Sequence[int]) -> Hits:
        """Return the hits in all joined texts. `lettered`: indices of number lists that contain other characters.

        1. The look-up of digit runs and the automaton nominate texts. 2. Views of nominated texts are made. 3. Plain listed numbers
        become hits directly, nominated texts are read closely, views are scanned in turn. 4. User patterns are tried. 5. All hits are
        merged.
        """
        joined, lists = scan.joined, scan.lists
        numbers = self._runs.read(joined.array, scan.runs, lists, bare=joined.bare)
        candidates = self._nominate(joined, bare=bool(lists.all()) and not lettered)
        for text in {*sort_distinct(numbers.closely).tolist(), *lettered}:
            candidates.setdefault(text, {})[NUMBERS] = []
        add_places(candidates, JOINED, numbers.joined.text, joined.character_offsets(numbers.joined.text, numbers.joined.start))
        for text in sort_distinct(numbers.sequences).tolist():
            candidates.setdefault(text, {})[SEQUENCES] = []
        if not self._prefilter:
            everything: Candidates = {key: [] for key in range(-len(self._patterns), FIRST_PHRASE + len(self._phrases))}
            candidates = dict.fromkeys(range(len(joined.texts)), everything)
        decoded = decode_texts(joined, candidates, self._table) if scan.depth < _DEPTH else {}
        views = [*decoded.items(), *(reread_texts(joined, candidates, self._table) if scan.depth < _DEPTH else ())]
        for text, view in views:
            if not lists[text] and is_number_list(fold(view.text, self._table)):
                lists[text] = True
                # The text was selected as prose, in which fewer spellings of numbers are read.
                candidates.setdefault(text, {})[NUMBERS] = []
        closely = [text for text, keys in candidates.items() if NUMBERS in keys]
        literal = LiteralFilter(decoded, {text for text, _ in views}, self._marks, self._table)
        found = HitCollector()
        plain = self._quiet.drop(joined, _outside(numbers.plain, len(joined.texts), closely), lists, candidates)
        plain_hits = self._find_plain(scan, plain, literal, found)
        for text, keys in candidates.items():
            places = self._close.read(joined.folded_text(text, self._table), scan.profile(text), keys)
            found.add(self._to_original(joined, text, literal.keep_literal(text, places)))
        found.add(self._read_views(views, scan))
        if self._table.tagged and scan.depth < _DEPTH:
            found.add(self._read_tag_characters(scan))
        found.add(self._match_patterns(scan, candidates))
        return merge(plain_hits, found.collect())

    def _nominate(self, joined: JoinedTexts, *, bare: bool) -> dict[int, Candidates]:
        """Return the candidates that the automata find in each text.

        A `bare` block holds only digits and list punctuation, where few prefilters can match. Other blocks are searched twice: as they
        are, and without separators and with look-alike digits undone, for long phrases.
        """
        candidates: dict[int, Candidates] = {}
        matches = (self._automata.bare if bare else self._automata.raw).nominate(joined.data, joined.starts)
        add_keys(candidates, matches)
        words = np.flatnonzero(matches.key == WORDS)
        add_places(candidates, WORDS, matches.text[words], joined.character_offsets(matches.text[words], matches.end[words] - 1))
        if not bare:
            squeezed = joined.data.translate(SQUEEZE, SQUEEZED_OUT)
            add_keys(candidates, self._automata.squeezed.nominate(squeezed, joined_texts.find_starts(squeezed)))
        return candidates

    def _find_plain(self, scan: _Scan, plain: DigitRuns, literal: LiteralFilter, found: HitCollector) -> Hits:
        """Return hits for plain listed numbers in lists, straight from the arrays; add those in other texts to `found`.

        In prose the contexts of each number must be checked. Texts that are folded or have views go the same way, because the same
        number may be found in them twice.
        """
        singly = np.zeros(len(scan.joined.texts), dtype=np.bool_)
        singly[[*scan.joined.folded, *literal.viewed]] = True
        direct = scan.lists[plain.text] & ~singly[plain.text]
        hits = make_columns(scan.joined, plain.select(np.flatnonzero(direct)), self._lookup.plain_table)
        found.add(self._check_plain(scan, plain.select(np.flatnonzero(~direct)), literal))
        return hits

    def _check_plain(self, scan: _Scan, runs: DigitRuns, literal: LiteralFilter) -> Iterator[Hit]:
        """Yield hits for listed numbers that the contexts of their rules allow."""
        joined = scan.joined
        starts, sizes = joined.character_offsets(runs.text, runs.start), runs.end - runs.start
        last, read, marks = -1, "", self._lookup.plain["text"]
        for text, value, at, size in zip(runs.text.tolist(), runs.value.tolist(), starts.tolist(), sizes.tolist(), strict=True):
            if text != last:
                last, read, marks = text, joined.folded_text(text, self._table), self._lookup.plain[scan.profile(text)]
            places = self._marks.filter_marks(marks[value], read, at, at + size)
            if places:
                yield from self._to_original(joined, text, literal.keep_literal(text, places))

    def _read_views(self, views: Sequence[tuple[int, View]], scan: _Scan) -> Iterator[Hit]:
        """Yield hits in the views, with original spans and the names of the disguises."""
        # `forms` has an entry for each character, and a view may have as many findings: so this is looked up once per view.
        shortened = {id(view) for _, view in views if repeated_letters.FORM in view.forms}
        for text, view, start, end, mark in self._scan_views(views, scan):
            disguise = view.name_disguise(start, end)
            if disguise == repeated_letters.FORM and mark.rule.kind == "regex":
                continue
            original = view.original_span(start, end)
            in_view_only = disguise or id(view) not in shortened
            if not in_view_only and not repeated_letters.continues_after(scan.joined.folded_text(text, self._table), original[1]):
                continue  # Without a shortened letter the match is found in the text itself, with its surroundings as written.
            form = join_disguises((disguise, mark.form))
            yield from self._to_original(scan.joined, text, [MatchPlace(*original, self._lookup.add_disguise(mark, form))])

    def _read_tag_characters(self, scan: _Scan) -> Iterator[Hit]:
        """Yield hits in texts that are written in invisible Unicode tag characters."""
        for text, view, start, end, mark in self._scan_views(find_tag_texts(scan.joined), scan):
            form = join_disguises((view.name_disguise(start, end), mark.form))
            yield text, *view.original_span(start, end), self._lookup.add_disguise(mark, form)

    def _scan_views(self, views: Sequence[tuple[int, View]], scan: _Scan) -> Iterator[tuple[int, View, int, int, Mark]]:
        """Yield (text, view, start, end, mark) of all hits in the views, with spans in the view.

        All views are joined and scanned at once; each has the profile of the text that it was made from.
        """
        if not views:
            return
        inner = joined_texts.join_texts([view.text for _, view in views], self._table)
        missed: dict[int, str] = {}
        runs, _ = find_runs(inner.array, inner.starts)
        lists = scan.lists[[text for text, _ in views]]
        hits = self._scan(_Scan(inner, runs, lists, missed, scan.depth + 1), np.flatnonzero(lists).tolist())
        scan.missed.update((views[index][0], why) for index, why in missed.items())
        for index, start, end, mark in hits:
            yield *views[index], start, end, mark

    def _to_original(self, joined: JoinedTexts, text: int, places: Iterable[MatchPlace]) -> Iterator[Hit]:
        """Yield hits with spans mapped from the folded text to the original; folded characters add their disguise."""
        if text not in joined.folded:
            for start, end, mark in places:
                yield text, start, end, mark
            return
        for start, end, mark in places:
            offsets = joined.offset_map(text, self._table)
            form = join_disguises((offsets.name_disguise(start, end), mark.form))
            yield text, *offsets.original_span(start, end), self._lookup.add_disguise(mark, form)

    def _match_patterns(self, scan: _Scan, candidates: dict[int, Candidates]) -> Iterator[Hit]:
        """Yield hits of user patterns: those with required literals in nominated texts, the others in every text."""
        required: dict[int, list[int]] = {}
        for text, keys in candidates.items() if self._patterns else ():
            for key in keys:
                if key < 0:
                    required.setdefault(-1 - key, []).append(text)
        for number, pattern in self._patterns.items():
            for text in required.get(number, ()) if pattern.required else range(len(scan.joined.texts)):
                read = scan.joined.folded_text(text, self._table)
                mark = self._lookup.make_mark(pattern.rule, scan.profile(text))
                try:
                    places = [self._marks.filter_marks([mark] if mark else [], read, *span) for span in pattern.find(read)]
                except PatternStalled as stalled:
                    scan.missed[text] = str(stalled)
                    continue
                yield from self._to_original(scan.joined, text, [place for found in places for place in found])


def _outside(runs: DigitRuns, texts: int, closely: Sequence[int]) -> DigitRuns:
    """Return the digit runs outside of the texts `closely`: these texts are marked in an array, which is indexed by the runs' texts."""
    if not closely:
        return runs
    inside = np.zeros(texts, dtype=np.bool_)
    inside[closely] = True
    return runs.select(np.flatnonzero(~inside[runs.text]))


def _rebuild(rules: Sequence[Rule], contexts: Contexts, engine: Engine, prefilter: bool, memory: Cache | None) -> RulesDetector:
    """Build the detector again in another process, when it is unpickled."""
    return RulesDetector(rules, contexts, engine=engine, prefilter=prefilter, memory=memory)


def _spellings(rule: Rule) -> tuple[str, ...]:
    """Return the phrases that a rule lists."""
    return (rule.value, *rule.also) if rule.kind in ("term", "symbol") else rule.also
