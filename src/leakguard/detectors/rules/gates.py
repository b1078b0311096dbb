"""Which patterns nominate a text for which reader, and the automata that look for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from leakguard.core.ports import Cache
from leakguard.core.rule import Engine, Rule
from leakguard.detectors.rules.automaton import Automaton, Gate, build, literal
from leakguard.detectors.rules.close_reader import ENCODED, FIRST_PHRASE, NUMBERS, PEEL, ROMAN, STRETCH, WORDS
from leakguard.detectors.rules.patterns import Pattern
from leakguard.detectors.rules.phrases import Phrase
from leakguard.text import stretch
from leakguard.text.fold import FoldTable, fold
from leakguard.text.numbers import GATES as NUMBER_GATES
from leakguard.text.roman import roman_gates
from leakguard.text.words import WordReader


@dataclass(frozen=True, slots=True)
class Subject:
    """What gates are made for: listed values, phrases in order, users' patterns in order."""

    values: Sequence[int]
    phrases: Sequence[Phrase]
    patterns: Sequence[Pattern]
    words: Callable[[], WordReader]
    table: FoldTable


@dataclass(frozen=True, slots=True)
class Automata:
    """`raw` looks at a block as it stands, `bare` at one of number lists only, `squeezed` at one without separators and leet."""

    raw: Automaton
    bare: Automaton
    squeezed: Automaton


def automata(subject: Subject, rules: Sequence[Rule], engine: Engine, memory: Cache | None) -> Automata:
    """The automata for these rules. Raises UsageError where the engine is not installed."""
    made_of = sha256(repr(rules).encode("utf-8", "backslashreplace")).hexdigest() if memory else ""

    def built(name: str, gates: Callable[[], list[Gate]]) -> Automaton:
        return build(gates, engine, f"{name} gates of {made_of}", memory)

    return Automata(
        built("raw", lambda: _gates(subject)),
        built("bare", lambda: _phrase_gates(subject, bare=True)),
        built("squeezed", lambda: _literals(subject)),
    )


def _gates(subject: Subject) -> list[Gate]:
    # Most of what starting costs is loading: where the automata are remembered, only texts with something to peel need these.
    from leakguard.text import base64, layers

    values = subject.values
    gates: list[Gate] = []
    if values:
        gates += [Gate(NUMBERS, *gate) for gate in NUMBER_GATES]
        gates += [Gate(WORDS, pattern) for pattern in subject.words().gates(values)]
        gates += [Gate(ROMAN, pattern) for pattern in roman_gates(values)]
    # Hyperscan groups its engines by the order of patterns: with words and base64 before all of these the pass takes a sixth less.
    gates += [Gate(ENCODED, pattern) for pattern in base64.GATES]
    gates += [Gate(PEEL, pattern) for pattern in layers.GATES]
    gates += [Gate(STRETCH, pattern) for pattern in stretch.GATES]
    required = [
        Gate(-1 - number, literal(fold(text, subject.table)))
        for number, pattern in enumerate(subject.patterns)
        for text in pattern.required
    ]
    return [*gates, *_phrase_gates(subject, bare=False), *required]


def _phrase_gates(subject: Subject, *, bare: bool) -> list[Gate]:
    """Gates of the listed phrases; `bare`: only of those that digits and list punctuation can spell."""
    return [
        Gate(key, pattern, ignore_case)
        for key, phrase in enumerate(subject.phrases, FIRST_PHRASE)
        if not bare or phrase.bare
        for pattern, ignore_case in phrase.gates
    ]


def _literals(subject: Subject) -> list[Gate]:
    return [Gate(key, said, False) for key, phrase in enumerate(subject.phrases, FIRST_PHRASE) for said in phrase.squeezed]
