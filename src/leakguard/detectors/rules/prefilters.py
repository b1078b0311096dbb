"""The prefilter patterns that nominate texts for each reader, and the automata that match them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from leakguard.core.ports import Cache
from leakguard.core.rule import Engine, Rule
from leakguard.detectors.rules.automaton import Automaton, Prefilter, build_automaton, escape_literal
from leakguard.detectors.rules.candidates import CODES, ENCODED, FIRST_PHRASE, LAYERED, NUMBERS, REPEATED_LETTERS, ROMAN, WORDS
from leakguard.detectors.rules.phrases import Phrase
from leakguard.detectors.rules.salience import CODE_PREFILTERS
from leakguard.detectors.rules.user_patterns import UserPattern
from leakguard.text import repeated_letters
from leakguard.text.fold import FoldTable, fold
from leakguard.text.numbers import PREFILTERS as NUMBER_PREFILTERS

if TYPE_CHECKING:
    from leakguard.text.number_word_reader import WordReader


@dataclass(frozen=True, slots=True)
class PrefilterInput:
    """What prefilters are made for: listed values, phrases in order, user patterns in order, the number word reader, the fold table."""

    values: Sequence[int]
    phrases: Sequence[Phrase]
    patterns: Sequence[UserPattern]
    words: "Callable[[], WordReader]"
    table: FoldTable


@dataclass(frozen=True, slots=True)
class Automata:
    """`raw` matches a block as it is, `bare` a block of number lists only, `squeezed` a block without separators and look-alike digits."""

    raw: Automaton
    bare: Automaton
    squeezed: Automaton


def build_automata(subject: PrefilterInput, rules: Sequence[Rule], engine: Engine, memory: Cache | None) -> Automata:
    """Return the automata for these rules. Raises MissingExtra if the engine is not installed."""
    made_of = sha256(repr(rules).encode("utf-8", "backslashreplace")).hexdigest() if memory else ""

    def built(name: str, prefilters: Callable[[], list[Prefilter]]) -> Automaton:
        return build_automaton(prefilters, engine, f"{name} prefilters of {made_of}", memory)

    return Automata(
        built("raw", lambda: _prefilters(subject)),
        built("bare", lambda: _phrase_prefilters(subject, bare=True)),
        built("squeezed", lambda: _squeezed_prefilters(subject)),
    )


def _prefilters(subject: PrefilterInput) -> list[Prefilter]:
    """Return the prefilters for a block as it is.

    Hyperscan groups its engines by the order of patterns: with number words and base64 before the others a scan takes a sixth less time.
    """
    # Imported here because loading takes most of the start-up time: with cached automata only encoded texts need these modules.
    from leakguard.text import base64, layers
    from leakguard.text.roman import make_roman_prefilters

    values = subject.values
    prefilters: list[Prefilter] = []
    if values:
        prefilters += [Prefilter(NUMBERS, *prefilter) for prefilter in NUMBER_PREFILTERS]
        prefilters += [Prefilter(WORDS, pattern) for pattern in subject.words().make_prefilters(values)]
        prefilters += [Prefilter(CODES, pattern) for pattern in CODE_PREFILTERS]
        prefilters += [Prefilter(ROMAN, pattern) for pattern in make_roman_prefilters(values)]
    prefilters += [Prefilter(ENCODED, pattern) for pattern in base64.PREFILTERS]
    prefilters += [Prefilter(LAYERED, pattern) for pattern in layers.PREFILTERS]
    prefilters += [Prefilter(REPEATED_LETTERS, pattern) for pattern in repeated_letters.PREFILTERS]
    required = [
        Prefilter(-1 - number, escape_literal(fold(text, subject.table)))
        for number, pattern in enumerate(subject.patterns)
        for text in pattern.required
    ]
    return [*prefilters, *_phrase_prefilters(subject, bare=False), *required]


def _phrase_prefilters(subject: PrefilterInput, *, bare: bool) -> list[Prefilter]:
    """Return the prefilters of listed phrases; with `bare` only of those that digits and list punctuation can spell."""
    return [
        Prefilter(key, pattern, ignore_case)
        for key, phrase in enumerate(subject.phrases, FIRST_PHRASE)
        if not bare or phrase.bare
        for pattern, ignore_case in phrase.prefilters
    ]


def _squeezed_prefilters(subject: PrefilterInput) -> list[Prefilter]:
    """Return the prefilters for the squeezed block."""
    return [
        Prefilter(key, pattern, False) for key, phrase in enumerate(subject.phrases, FIRST_PHRASE) for pattern in phrase.squeezed_prefilters
    ]
