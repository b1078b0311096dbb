"""The words of a language as they look when folded, and how a token is made up of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from leakguard.text.cardinals import Grammar, Kind, Proof
from leakguard.text.lexicon import Language

Fold = Callable[[str], str]

_LONGEST_TOKEN = 80


class Word(NamedTuple):
    """What a word means, and where it may stand: alone as a token, inside a longer one, or both."""

    kind: Kind
    value: int
    proof: Proof
    alone: bool
    glued: bool


class Piece(NamedTuple):
    """A word inside a token, `start` to `end` characters behind the token's start."""

    word: Word
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A language's words as they look when folded."""

    grammar: Grammar
    words: Mapping[str, Word]
    suffixes: tuple[str, ...]
    longest: int

    @property
    def script(self) -> str:
        """What the language is written in."""
        return self.grammar.language.script

    def pieces(self, token: str) -> list[Piece]:
        """The number words that make up the whole token, or nothing."""
        word = self.words.get(token)
        if word is not None and word.alone:
            return [Piece(word, 0, len(token))]
        if self.script != "numerals" and len(token) > _LONGEST_TOKEN:
            return []
        found = self._split(token)
        if found or not self.suffixes:
            return found
        return next(filter(None, (self._split(token.removesuffix(end)) for end in self.suffixes if token.endswith(end))), [])

    def _split(self, token: str) -> list[Piece]:
        """Longest words first, from the left."""
        best: list[int] = [0] * len(token) + [-1]
        for at in range(len(token) - 1, -1, -1):
            for size in range(min(self.longest, len(token) - at), 0, -1):
                word = self.words.get(token[at : at + size])
                if word is not None and word.glued and best[at + size]:
                    best[at] = size
                    break
        pieces, at = [], 0
        while at < len(token) and best[at]:
            pieces.append(Piece(self.words[token[at : at + best[at]]], at, at + best[at]))
            at += best[at]
        return pieces if at == len(token) and len(pieces) > 1 - (self.script == "numerals") else []


def table_of(language: Language, fold: Fold, english: Collection[str]) -> Table:
    """The table of a language; `english` are the words that prove nothing about another one."""
    words: dict[str, Word] = {}
    groups: tuple[tuple[Kind, Mapping[str, int]], ...] = (
        (Kind.ORDINAL, dict.fromkeys(language.ordinals, 0)),
        (Kind.POINT, dict.fromkeys(language.points, 0)),
        (Kind.JOINER, dict.fromkeys(language.joiners, 0)),
        (Kind.APART, language.apart),
        (Kind.REPEAT, language.repeats),
        (Kind.PLURAL, language.plurals),
        (Kind.TIMES, language.times),
        (Kind.NUMBER, language.words),
    )
    for kind, values in groups:
        for raw, value in values.items():
            plain = raw.removesuffix("-")
            glued = kind not in (Kind.ORDINAL, Kind.POINT, Kind.APART)
            word = Word(kind, value, _proof(language, kind, plain, english), raw == plain, glued)
            words.update(dict.fromkeys(_spellings(plain, fold), word))
    return Table(Grammar(language), words, tuple(map(fold, language.suffixes)), max(map(len, words)))


def _proof(language: Language, kind: Kind, word: str, english: Collection[str]) -> Proof:
    if kind in (Kind.JOINER, Kind.REPEAT) or word in language.homographs or (language.name and word in english):
        return Proof.NONE
    return Proof.IN_COMPANY if word in language.shy else Proof.ALONE


def _spellings(word: str, fold: Fold) -> set[str]:
    """Capitals may fold to other letters than small ones do."""
    return {word} if word.isascii() else {fold(shape).lower() for shape in (word, word.upper(), word.capitalize())}
