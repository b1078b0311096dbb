"""The rules detector: whole batches in, hits out; cost per clean text stays near the cost of parsing it.

One pass nominates, close readers confirm. The block of all texts goes through one automaton (words, escapes, symbols)
and one table look-up of all its digit runs; a text where neither nominates anything is done. Nominated texts are read
closely, also through the views that undo encodings and markup, and every span is carried back to the original text.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import cast

import numpy as np

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Profile, Rule
from leakguard.detectors.rules import automaton, block
from leakguard.detectors.rules.closely import FIRST_PHRASE, NUMBERS, PEEL, ROMAN, STRETCH, WORDS, CloseReader, Place
from leakguard.detectors.rules.lookup import Lookup
from leakguard.detectors.rules.patterns import Pattern, Stalled
from leakguard.detectors.rules.phrases import SQUEEZE, SQUEEZED_OUT, Phrase
from leakguard.text import peel, stretch
from leakguard.text.fold import FoldTable, fold, fold_view
from leakguard.text.numbers import GATES as NUMBER_GATES
from leakguard.text.roman import roman_gates
from leakguard.text.tokens import Ints, TokenReader, Tokens
from leakguard.text.view import View
from leakguard.text.words import WordReader

_DEPTH = 2


class RulesDetector:
    """Judges texts by rules: a bare number list by the `numbers` profile, everything else by `text`."""

    name = "rules"

    def __init__(self, rules: Sequence[Rule], *, engine: automaton.Engine = "auto", gated: bool = True) -> None:
        """`gated=False` reads every text closely: slow, for the law that gates hide nothing."""
        self._table = FoldTable()
        self._lookup = Lookup(rules)
        self._gated = gated
        self._tokens = TokenReader(self._lookup.by_value, self._lookup.pairs)
        words = WordReader(lambda word: fold(word, self._table).lower())
        self._phrases = [(Phrase(text, self._table, match_case=rule.match_case), rule) for rule in rules for text in _spellings(rule)]
        self._close = CloseReader(self._lookup, self._phrases, words, self._table)
        self._patterns = [Pattern(rule) for rule in rules if rule.kind == "regex"]
        self._raw = automaton.build(self._gates(words), engine)
        self._bare = automaton.build(self._phrase_gates(bare=True), engine)
        self._squeezed = automaton.build(self._literals(), engine)

    def detect(self, batch: Batch) -> Detections:
        """Hits of every rule in every text of the batch; a text in which a pattern ran out of time is missed."""
        missed: dict[int, str] = {}
        texts = batch.texts
        if not texts:
            return Detections(self.name, Hits())
        built = block.build(texts, self._table)
        hits, lists, tokens = self._scan(built, missed)
        return Detections(self.name, hits, missed, lists, _lengths(tokens, built, lists))

    def _gates(self, words: WordReader) -> list[automaton.Gate]:
        gates = [automaton.Gate(NUMBERS, *gate) for gate in NUMBER_GATES] if self._lookup.by_value else []
        if self._lookup.by_value:
            gates += [automaton.Gate(WORDS, pattern) for pattern in words.gates(self._lookup.by_value)]
            gates += [automaton.Gate(ROMAN, pattern) for pattern in roman_gates(self._lookup.by_value)]
        gates += [automaton.Gate(PEEL, *gate) for gate in peel.GATES]
        gates += [automaton.Gate(STRETCH, pattern) for pattern in stretch.GATES]
        return [*gates, *self._phrase_gates(bare=False)] + [
            automaton.Gate(-1 - number, automaton.literal(fold(text, self._table)))
            for number, pattern in enumerate(self._patterns)
            for text in pattern.required
        ]

    def _phrase_gates(self, *, bare: bool) -> list[automaton.Gate]:
        """Gates of the listed phrases; `bare`: only of those that digits and list punctuation can spell."""
        return [
            automaton.Gate(key, pattern, ignore_case)
            for key, (phrase, _) in enumerate(self._phrases, FIRST_PHRASE)
            if not bare or phrase.bare
            for pattern, ignore_case in phrase.gates
        ]

    def _literals(self) -> list[automaton.Gate]:
        return [
            automaton.Gate(key, literal.decode(), False)
            for key, (phrase, _) in enumerate(self._phrases, FIRST_PHRASE)
            for literal in phrase.squeezed
        ]

    def _scan(
        self, built: block.Block, missed: dict[int, str], *, depth: int = 0, within: Profile | None = None
    ) -> tuple[Hits, list[bool], Tokens]:
        """Hits in all texts of a block, which of them are bare number lists, and their digit runs.

        `within` is the profile of the text that a view was made from: a list stays a list in every view.
        """
        lists, lettered, odd = built.lists(self._table)
        if within == "numbers":
            lists, lettered = [True] * len(built.texts), set(range(len(built.texts)))
        nominated = self._nominate(built, odd)
        tokens, plain, close = self._tokens.read(built.array, built.starts)
        for text in {*close.tolist(), *lettered}:
            nominated.setdefault(text, set()).add(NUMBERS)
        if not self._gated:
            everything = set(range(FIRST_PHRASE + len(self._phrases)))
            nominated = {text: everything for text in range(len(built.texts))}
        closely = [text for text, keys in nominated.items() if NUMBERS in keys]
        columns, hits = self._plain(built, lists, plain, closely)
        for text, keys in nominated.items():
            hits += self._closely(built, text, "numbers" if lists[text] else "text", keys, depth)
        self._match(built, lists, nominated, hits, missed)
        return _merged(columns, hits), lists, tokens

    def _nominate(self, built: block.Block, odd: bool) -> dict[int, set[int]]:
        """Keys nominated in each text; where nothing is odd there are only digits, and only their gates are asked."""
        pairs = (self._raw if odd else self._bare).nominate(built.data, built.starts)
        if odd:
            squeezed = built.data.translate(SQUEEZE, SQUEEZED_OUT)
            pairs |= self._squeezed.nominate(squeezed, block.starts_of(squeezed))
        nominated: dict[int, set[int]] = {}
        for key, text in pairs:
            nominated.setdefault(text, set()).add(key)
        return nominated

    def _plain(self, built: block.Block, lists: Sequence[bool], plain: Tokens, closely: Sequence[int]) -> tuple[Hits, list[Hit]]:
        """Ordinary listed numbers, straight from the arrays, in texts that nobody needs to read closely.

        In bare number lists a value means its marks and nothing else, so they stay columns; in prose, contexts decide.
        """
        texts = plain.text(built.starts)
        listed = np.asarray(lists)[texts]
        skipped = np.zeros(len(built.texts), dtype=np.bool_)
        skipped[closely] = True
        listed[built.wide_among(texts)] = False
        columns = np.flatnonzero(listed & ~skipped[texts])
        owner, marks = self._lookup.in_lists.expand(plain.value[columns])
        text = texts[columns][owner]
        start = (plain.start[columns] - built.starts[texts[columns]])[owner]
        end = start + (plain.end - plain.start)[columns][owner]
        hits: list[Hit] = []
        for index in np.flatnonzero(~listed & ~skipped[texts]).tolist():
            where, value = int(texts[index]), int(plain.value[index])
            at = built.character(where, int(plain.start[index]))
            said = self._lookup.plain["numbers" if lists[where] else "text"][value]
            hits += self._in_prose(built, where, at, at + int(plain.end[index] - plain.start[index]), said)
        return Hits(_column(text), _column(start), _column(end), _column(marks), self._lookup.in_lists.marks), hits

    def _in_prose(self, built: block.Block, text: int, start: int, end: int, marks: Iterable[Mark]) -> Iterable[Hit]:
        read = built.read(text, self._table)
        places = [Place(start, end, mark) for mark in marks if self._close.allowed(mark.rule, mark.profile, read, start, end)]
        return self._home(built, text, places)

    def _closely(self, built: block.Block, text: int, profile: Profile, keys: Collection[int], depth: int) -> list[Hit]:
        read = built.read(text, self._table)
        places = list(self._close.read(read, profile, [key for key in keys if key >= 0]))
        if depth < _DEPTH:
            for view in self._views(read, keys):
                places += self._through(view, profile, depth)
        return self._home(built, text, _distinct(places))

    def _views(self, read: str, keys: Collection[int]) -> list[View]:
        views = [peel.peel(read)] if PEEL in keys else []
        if STRETCH in keys:
            views += stretch.shrink(read)
        return [view for view in views if view is not None and view.text]

    def _through(self, view: View, profile: Profile, depth: int) -> list[Place]:
        """What is found in a view of a text, with its spans carried back and its disguise named."""
        inner = block.build([view.text], self._table)
        hits, _, _ = self._scan(inner, {}, depth=depth + 1, within=profile)
        places = []
        for _, start, end, mark in hits:
            disguise = view.disguise(start, end)
            form = " and ".join(filter(None, (disguise, mark.form)))
            places.append(Place(*view.home(start, end), Mark(mark.rule, mark.severity, mark.profile, form)))
        return places

    def _home(self, built: block.Block, text: int, places: Iterable[Place]) -> list[Hit]:
        """Spans of a text as it is read, carried back to the original; folded characters name their disguise."""
        if text not in built.folded:
            return [(text, start, end, mark) for start, end, mark in places]
        view: View | None = None
        hits: list[Hit] = []
        for start, end, mark in places:
            view = view or fold_view(built.texts[text], self._table)
            form = " and ".join(filter(None, (view.disguise(start, end), mark.form)))
            hits.append((text, *view.home(start, end), Mark(mark.rule, mark.severity, mark.profile, form)))
        return hits

    def _match(self, built: block.Block, lists: Sequence[bool], nominated: dict[int, set[int]], hits: list[Hit], missed: dict[int, str]) -> None:
        """Users' own patterns: those without required literals look at every text."""
        for number, pattern in enumerate(self._patterns):
            texts = range(len(built.texts)) if not pattern.required else [t for t, keys in nominated.items() if -1 - number in keys or not self._gated]
            for text in texts:
                read = built.read(text, self._table)
                profile: Profile = "numbers" if lists[text] else "text"
                mark = self._lookup.mark(pattern.rule, profile)
                if mark is None:
                    continue
                try:
                    places = [Place(*span, mark) for span in pattern.find(read)]
                except Stalled as stalled:
                    missed[text] = str(stalled)
                    continue
                hits += self._home(built, text, [p for p in places if self._close.allowed(pattern.rule, profile, read, p.start, p.end)])


def _spellings(rule: Rule) -> tuple[str, ...]:
    return (rule.value, *rule.also) if rule.kind in ("term", "symbol") else rule.also


def _column(values: Ints) -> Sequence[int]:
    return cast("Sequence[int]", values)


def _merged(columns: Hits, single: Sequence[Hit]) -> Hits:
    """Both, sorted by text and place."""
    if not single:
        return columns
    more = Hits.of(single)
    text, start, end, mark = (
        np.concatenate([np.asarray(mine, dtype=np.int64), np.asarray(theirs, dtype=np.int64)])
        for mine, theirs in (
            (columns.text, more.text),
            (columns.start, more.start),
            (columns.end, more.end),
            (columns.mark, np.asarray(more.mark) + len(columns.marks)),
        )
    )
    order = np.lexsort((end, start, text))
    text, start, end, mark = text[order], start[order], end[order], mark[order]
    return Hits(_column(text), _column(start), _column(end), _column(mark), [*columns.marks, *more.marks])


def _distinct(places: Iterable[Place]) -> list[Place]:
    """One place a span and rule: the loudest, then the least disguised."""
    best: dict[tuple[int, int, str], Place] = {}
    for place in places:
        key = (place.start, place.end, place.mark.rule.id)
        old = best.get(key)
        if old is None or (place.mark.severity, -len(place.mark.form)) > (old.mark.severity, -len(old.mark.form)):
            best[key] = place
    return list(best.values())


def _lengths(tokens: Tokens, built: block.Block, lists: Sequence[bool]) -> dict[tuple[int, int], int]:
    """{(digits, numbers): texts} over the bare number lists."""
    texts = len(built.texts)
    digits = np.minimum(tokens.end - tokens.start, 9)
    table = np.bincount(tokens.text(built.starts) * 10 + digits, minlength=texts * 10).reshape(texts, 10)[np.asarray(lists)]
    out: dict[tuple[int, int], int] = {}
    for digit in range(1, 10):
        for numbers, count in enumerate(np.bincount(table[:, digit]).tolist()):
            if count and numbers:
                out[digit, numbers] = count
    return out
