"""The rules detector: whole batches in, hits out; cost per clean text stays near the cost of parsing it.

One pass nominates, close readers confirm. The block of all texts goes through one automaton (words, escapes, symbols)
and one table look-up of all its digit runs; a text where neither nominates anything is done. Nominated texts are read
closely, also through the views that undo encodings and markup, and every span is carried back to the original text.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import cast

import numpy as np

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.context import NO_CONTEXTS, Contexts
from leakguard.core.errors import PackError
from leakguard.core.finding import Mark
from leakguard.core.ports import Cache
from leakguard.core.rule import Engine, Profile, Rule
from leakguard.core.suggest import suggest_names
from leakguard.detectors.rules import joined_texts
from leakguard.detectors.rules.automaton import PrefilterMatches
from leakguard.detectors.rules.close_reader import (
    ENCODED,
    FIRST_PHRASE,
    JOINED,
    LAYERED,
    NUMBERS,
    REPEATED_LETTERS,
    SEQUENCES,
    WORDS,
    Candidates,
    CloseReader,
    MatchPlace,
)
from leakguard.detectors.rules.marks import RuleTable
from leakguard.detectors.rules.merge_hits import HitCollector, LiteralFilter, make_columns, merge
from leakguard.detectors.rules.number_list_severity import NumberRuns, adjust_severities
from leakguard.detectors.rules.phrases import SQUEEZE, SQUEEZED_OUT, Phrase
from leakguard.detectors.rules.prefilters import PrefilterInput, build_automata
from leakguard.detectors.rules.prompts import find_prompt
from leakguard.detectors.rules.user_patterns import PatternStalled, UserPattern
from leakguard.text import repeated_letters
from leakguard.text.byte_classes import Bools, Ints
from leakguard.text.digit_runs import DigitRunReader, DigitRuns, count_lengths, find_runs
from leakguard.text.fold import FoldTable, fold, view_in_logical_order, view_tag_characters
from leakguard.text.number_lists import is_number_list
from leakguard.text.view import View, join_disguises

_DEPTH = 2


class RulesDetector:
    """Judges texts by rules: a bare number list by the `numbers` profile, everything else by `text`."""

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
        """Build the detector for `rules`, whose `not_inside` and `note_inside` name some of the `contexts`.

        `prefilter=False` reads every text closely. That is slow; it exists for the test that prefilters hide no finding.
        Raises PackError for a rule that names a context which is not in `contexts`, MissingExtra if the engine is not installed.
        """
        _refuse_unknown_contexts(rules, contexts)
        self._made_with = tuple(rules), contexts, engine, prefilter, memory
        self._table = FoldTable()
        self._lookup = RuleTable(rules)
        self._prefilter = prefilter
        self._tokens = DigitRunReader(self._lookup.by_value, self._lookup.pairs)
        self._phrases = [(Phrase(text, self._table, match_case=rule.match_case), rule) for rule in rules for text in _spellings(rule)]
        self._close = CloseReader(self._lookup, self._phrases, contexts, self._table)
        self._patterns = dict(enumerate(UserPattern(rule) for rule in rules if rule.kind == "regex"))
        phrases, patterns = [phrase for phrase, _ in self._phrases], [*self._patterns.values()]
        subject = PrefilterInput(list(self._lookup.by_value), phrases, patterns, lambda: self._close.words, self._table)
        self._automata = build_automata(subject, self._made_with[0], engine, memory)

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, self._made_with

    def restrict(self, rules: Iterable[Rule]) -> "RulesDetector":
        """The same detector, which asks of all users' patterns only those of these rules: there may be thousands."""
        names = {rule.id for rule in rules}
        # Not copy(), which would build all of it again, as for another process.
        fewer = object.__new__(type(self))
        fewer.__dict__.update(self.__dict__)
        fewer._patterns = {number: pattern for number, pattern in self._patterns.items() if pattern.rule.id in names}
        return fewer

    def detect(self, batch: Batch) -> Detections:
        """Hits of every rule in every text of the batch; a text in which a pattern ran out of time is missed."""
        missed: dict[int, str] = {}
        texts = batch.texts
        if not texts:
            return Detections(self.name, Hits())
        built = joined_texts.join_texts(texts, self._table)
        tokens, bounds = find_runs(built.array, built.starts)
        lists, lettered = built.find_number_lists(tokens, bounds, self._table)
        counted = count_lengths(tokens, bounds, lists)
        hits = self._scan(built, tokens, lists, lettered, missed)
        hits = adjust_severities(hits, NumberRuns(built, tokens, bounds, lists), partial(find_prompt, batch), self._lookup, self._table)
        return Detections(self.name, hits, missed, cast("Sequence[bool]", lists), counted)

    def _scan(
        self,
        built: joined_texts.JoinedTexts,
        tokens: DigitRuns,
        lists: Bools,
        lettered: Sequence[int],
        missed: dict[int, str],
        *,
        depth: int = 0,
    ) -> Hits:
        """Hits in all texts of a block. `lists` are the bare number lists; those that turn out to be lists in disguise are added."""
        numbers = self._tokens.read(built.array, tokens, lists, bare=built.bare)
        nominated = self._nominate(built, bare=bool(lists.all()) and not lettered)
        for text in {*np.unique(numbers.closely).tolist(), *lettered}:
            nominated.setdefault(text, {})[NUMBERS] = []
        joined = numbers.joined
        _add_places(nominated, JOINED, joined.text, built.character_offsets(joined.text, joined.start))
        for text in np.unique(numbers.sequences).tolist():
            nominated.setdefault(text, {})[SEQUENCES] = []
        if not self._prefilter:
            everything: Candidates = {key: [] for key in range(-len(self._patterns), FIRST_PHRASE + len(self._phrases))}
            nominated = dict.fromkeys(range(len(built.texts)), everything)
        peeled = self._peeled(built, nominated) if depth < _DEPTH else {}
        views = [*peeled.items(), *(self._other_views(built, nominated) if depth < _DEPTH else ())]
        for text, view in views:
            if not lists[text] and is_number_list(fold(view.text, self._table)):
                lists[text] = True
                nominated.setdefault(text, {})[NUMBERS] = []  # It was nominated as prose, where fewer numbers are read.
        closely = [text for text, keys in nominated.items() if NUMBERS in keys]
        kept = LiteralFilter(peeled, {text for text, _ in views}, self._close.filter_marks, self._table)
        found = HitCollector()
        plain_hits = self._plain(built, lists, _outside(numbers.plain, built, closely), kept, found)
        for text, keys in nominated.items():
            read = built.folded_text(text, self._table)
            places = self._close.read(read, _profile(lists[text]), keys)
            found.add(self._home(built, text, kept.keep_literal(text, places)))
        found.add(self._through(views, built, lists, missed, depth))
        if self._table.tagged and depth < _DEPTH:
            found.add(self._smuggled(built, lists, missed, depth))
        found.add(self._match(built, lists, nominated, missed))
        return merge(plain_hits, found.collect())

    def _nominate(self, built: joined_texts.JoinedTexts, *, bare: bool) -> dict[int, Candidates]:
        """Keys nominated in each text; a `bare` block holds only digits and list punctuation, and few prefilters can match there."""
        nominated: dict[int, Candidates] = {}
        found = (self._automata.bare if bare else self._automata.raw).nominate(built.data, built.starts)
        _add_keys(nominated, found)
        words = np.flatnonzero(found.key == WORDS)
        _add_places(nominated, WORDS, found.text[words], built.character_offsets(found.text[words], found.end[words] - 1))
        if not bare:
            squeezed = built.data.translate(SQUEEZE, SQUEEZED_OUT)
            _add_keys(nominated, self._automata.squeezed.nominate(squeezed, joined_texts.find_starts(squeezed)))
        return nominated

    def _plain(self, built: joined_texts.JoinedTexts, lists: Bools, plain: DigitRuns, kept: LiteralFilter, found: HitCollector) -> Hits:
        """Ordinary listed numbers, straight from the arrays, in texts whose numbers need no closer reading.

        In lists they stay columns; what stands around the others is looked at one by one and they are added to `found`, as is everything
        in texts that have views too, where the same may be found twice.
        """
        listed = lists[plain.text]
        one_by_one = np.zeros(len(built.texts), dtype=np.bool_)
        one_by_one[[*built.folded, *kept.viewed]] = True
        at_sight = listed & ~one_by_one[plain.text]
        sighted = make_columns(built, plain.select(np.flatnonzero(at_sight)), self._lookup.plain_table)
        found.add(self._picky(built, lists, plain.select(np.flatnonzero(~at_sight)), kept))
        return sighted

    def _picky(self, built: joined_texts.JoinedTexts, lists: Bools, tokens: DigitRuns, kept: LiteralFilter) -> Iterator[Hit]:
        """Listed numbers of which each is asked for what stands around it."""
        starts, sizes = built.character_offsets(tokens.text, tokens.start), tokens.end - tokens.start
        last, read, meaning = -1, "", self._lookup.plain["text"]
        for where, value, at, size in zip(tokens.text.tolist(), tokens.value.tolist(), starts.tolist(), sizes.tolist(), strict=True):
            if where != last:
                last, read, meaning = where, built.folded_text(where, self._table), self._lookup.plain[_profile(lists[where])]
            places = self._close.filter_marks(meaning[value], read, at, at + size)
            if places:
                yield from self._home(built, where, kept.keep_literal(where, places))

    def _peeled(self, built: joined_texts.JoinedTexts, nominated: dict[int, Candidates]) -> dict[int, View]:
        """The nominated texts without encodings and markup."""
        layered = {text: ENCODED in keys for text, keys in nominated.items() if LAYERED in keys or ENCODED in keys}
        if not layered:
            return {}
        # As in prefilters.py: number lists never need it.
        from leakguard.text.layers import remove_layers

        views = {text: remove_layers(built.folded_text(text, self._table), encoded=encoded) for text, encoded in layered.items()}
        return {text: view for text, view in views.items() if view is not None and view.text}

    def _other_views(self, built: joined_texts.JoinedTexts, nominated: dict[int, Candidates]) -> list[tuple[int, View]]:
        """Texts with stretched letters cut short, and reversed ones in the order in which they are stored."""
        views = [(text, view_in_logical_order(built.texts[text], self._table)) for text in built.folded]
        stretched = [text for text, keys in nominated.items() if REPEATED_LETTERS in keys]
        views += [(text, view) for text in stretched for view in repeated_letters.shorten_runs(built.folded_text(text, self._table))]
        return [(text, view) for text, view in views if view is not None and view.text]

    def _through(
        self, views: Sequence[tuple[int, View]], built: joined_texts.JoinedTexts, lists: Bools, missed: dict[int, str], depth: int
    ) -> Iterator[Hit]:
        """What is found in the views, with spans carried back and disguises named."""
        # Looked up here once a view: `forms` has an entry for each character, and a view may hold as many findings.
        drawn_out = {id(view) for _, view in views if repeated_letters.FORM in view.forms}
        for text, view, start, end, mark in self._inside(views, lists, missed, depth):
            disguise = view.name_disguise(start, end)
            if disguise == repeated_letters.FORM and mark.rule.kind == "regex":
                continue
            if (
                not disguise
                and id(view) in drawn_out
                and not repeated_letters.continues_after(built.folded_text(text, self._table), view.original_span(start, end)[1])
            ):
                continue  # There to be found without it, in the surroundings that were written.
            form = join_disguises((disguise, mark.form))
            yield from self._home(built, text, [MatchPlace(*view.original_span(start, end), self._lookup.add_disguise(mark, form))])

    def _smuggled(self, built: joined_texts.JoinedTexts, lists: Bools, missed: dict[int, str], depth: int) -> Iterator[Hit]:
        """What is found in what folding takes for invisible; its spans are those of the original already."""
        views = [(text, view) for text in built.folded if (view := view_tag_characters(built.texts[text])) is not None]
        for text, view, start, end, mark in self._inside(views, lists, missed, depth):
            form = join_disguises((view.name_disguise(start, end), mark.form))
            yield text, *view.original_span(start, end), self._lookup.add_disguise(mark, form)

    def _inside(
        self, views: Sequence[tuple[int, View]], lists: Bools, missed: dict[int, str], depth: int
    ) -> Iterator[tuple[int, View, int, int, Mark]]:
        """What is found in views, all of them as one block, at their own places; a view is judged as the text it was made from."""
        if not views:
            return
        inner = joined_texts.join_texts([view.text for _, view in views], self._table)
        stalled: dict[int, str] = {}
        tokens, _ = find_runs(inner.array, inner.starts)
        given = lists[[text for text, _ in views]]
        found = self._scan(inner, tokens, given, np.flatnonzero(given).tolist(), stalled, depth=depth + 1)
        missed.update((views[index][0], why) for index, why in stalled.items())
        for index, start, end, mark in found:
            yield *views[index], start, end, mark

    def _home(self, built: joined_texts.JoinedTexts, text: int, places: Iterable[MatchPlace]) -> Iterator[Hit]:
        """Spans of a text as it is read, carried back to the original; folded characters name their disguise."""
        if text not in built.folded:
            for start, end, mark in places:
                yield text, start, end, mark
            return
        for start, end, mark in places:
            way = built.offset_map(text, self._table)
            form = join_disguises((way.name_disguise(start, end), mark.form))
            yield text, *way.original_span(start, end), self._lookup.add_disguise(mark, form)

    def _match(
        self, built: joined_texts.JoinedTexts, lists: Bools, nominated: dict[int, Candidates], missed: dict[int, str]
    ) -> Iterator[Hit]:
        """Users' own patterns: those without required literals look at every text."""
        required: dict[int, list[int]] = {}
        for text, keys in nominated.items() if self._patterns else ():
            for key in keys:
                if key < 0:
                    required.setdefault(-1 - key, []).append(text)
        for number, pattern in self._patterns.items():
            for text in required.get(number, ()) if pattern.required else range(len(built.texts)):
                read = built.folded_text(text, self._table)
                mark = self._lookup.make_mark(pattern.rule, _profile(lists[text]))
                try:
                    places = [self._close.filter_marks([mark] if mark else [], read, *span) for span in pattern.find(read)]
                except PatternStalled as stalled:
                    missed[text] = str(stalled)
                    continue
                yield from self._home(built, text, [place for found in places for place in found])


def _add_keys(nominated: dict[int, Candidates], found: PrefilterMatches) -> None:
    """Nominate each key of each text once, in the order in which they were found."""
    if not len(found.key):
        return
    first_key = int(found.key.min())
    width = int(found.key.max()) - first_key + 1
    each, first = np.unique(found.text * width + (found.key - first_key), return_index=True)
    for said in each[np.argsort(first)].tolist():
        text, key = divmod(said, width)
        nominated.setdefault(text, {}).setdefault(key + first_key, [])


def _add_places(nominated: dict[int, Candidates], key: int, texts: Ints, places: Ints) -> None:
    """Where a key was found in each text, in order and each place once."""
    if not len(texts):
        return
    width = int(places.max()) + 1
    text, place = np.divmod(np.unique(texts * width + places), width)
    ends = np.append(np.flatnonzero(np.diff(text)) + 1, len(text)).tolist()
    for start, end in pairwise([0, *ends]):
        nominated.setdefault(int(text[start]), {})[key] = place[start:end].tolist()


def _outside(plain: DigitRuns, built: joined_texts.JoinedTexts, closely: Sequence[int]) -> DigitRuns:
    """The runs that do not stand in texts whose numbers are read closely."""
    if not closely:
        return plain
    inside = np.zeros(len(built.texts), dtype=np.bool_)
    inside[closely] = True
    return plain.select(np.flatnonzero(~inside[plain.text]))


def _profile(listed: bool) -> Profile:
    return "numbers" if listed else "text"


def _remade(rules: Sequence[Rule], contexts: Contexts, engine: Engine, prefilter: bool, memory: Cache | None) -> RulesDetector:
    return RulesDetector(rules, contexts, engine=engine, prefilter=prefilter, memory=memory)


def _spellings(rule: Rule) -> tuple[str, ...]:
    return (rule.value, *rule.also) if rule.kind in ("term", "symbol") else rule.also


def _refuse_unknown_contexts(rules: Iterable[Rule], contexts: Contexts) -> None:
    """Raise PackError if a rule names a context that is not there: it would be reported where it should be silent."""
    for rule in rules:
        for name in (*rule.not_inside, *rule.note_inside):
            if name not in contexts.by_id:
                raise PackError(f"rule {rule.id!r}: there is no context {name!r}; {suggest_names(name, contexts.by_id)}")
