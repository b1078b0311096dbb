"""The number words of a language in folded form, and how a token is split into them."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from leakguard.text.lexicon import Language
from leakguard.text.number_grammar import Grammar, LanguageEvidence, WordKind

FoldWord = Callable[[str], str]

_LONGEST_TOKEN = 80


class Word(NamedTuple):
    """The value of a number word, and where it may occur: alone as a token, inside a longer one, or both."""

    kind: WordKind
    value: int
    proof: LanguageEvidence
    alone: bool
    glued: bool


class Piece(NamedTuple):
    """A word inside a token; `start` and `end` are offsets from the start of the token."""

    word: Word
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The number words of one language in folded form.

    `longest`: length of the longest word. `heads`, `tails`: first and last three letters of words that may be glued together.
    """

    grammar: Grammar
    words: Mapping[str, Word]
    suffixes: tuple[str, ...]
    longest: int
    heads: Set[str]
    tails: Set[str]

    @property
    def script(self) -> str:
        """The writing system: letters, numerals, kana or hangul."""
        return self.grammar.language.script

    def split_token(self, token: str) -> list[Piece]:
        """Return the number words that make up the whole token, or [] if they do not.

        The token is looked up first, then split into words; if that fails, once more without each suffix of the language.
        """
        word = self.words.get(token)
        if word is not None and word.alone:
            return [Piece(word, 0, len(token))]
        if self.script != "numerals" and (len(token) > _LONGEST_TOKEN or not self.may_split(token)):
            return []
        found = self._split(token)
        if found or not self.suffixes:
            return found
        return next(filter(None, (self._split(token.removesuffix(end)) for end in self.suffixes if token.endswith(end))), [])

    def may_split(self, token: str) -> bool:
        """Return False if the beginning or end of the token is that of no word of this language (a cheap test before splitting)."""
        return self.script != "letters" or (
            (token[-3:] in self.tails or token[-2:] in self.tails) and (token[:3] in self.heads or token[:2] in self.heads)
        )

    def _split(self, token: str) -> list[Piece]:
        """Split a token into words, preferring the longest word from the left.

        best[i] is the length of the word that starts at position i of a complete split of token[i:], or 0 if there is none. It is filled
        from the end of the token to its start, then the split is read off from the start.
        """
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
        whole = at == len(token) and len(pieces) > 1 - (self.script == "numerals")
        return pieces if whole and WordKind.JOINER not in (pieces[0].word.kind, pieces[-1].word.kind) else []


def build_number_words(language: Language, fold: FoldWord, english: Set[str]) -> NumberWords:
    """Return the table of a language; words in `english` do not prove that another language is used.

    Later groups of words override earlier ones where a spelling is in several. A word that ends in "-" in the lexicon occurs only inside
    longer words.
    """
    words: dict[str, Word] = {}
    groups: tuple[tuple[WordKind, Mapping[str, int]], ...] = (
        (WordKind.ORDINAL, dict.fromkeys(language.ordinals, 0)),
        (WordKind.POINT, dict.fromkeys(language.points, 0)),
        (WordKind.JOINER, dict.fromkeys(language.joiners, 0)),
        (WordKind.APART, language.apart),
        (WordKind.REPEAT, language.repeats),
        (WordKind.PLURAL, language.plurals),
        (WordKind.TIMES, language.times),
        (WordKind.NUMBER, language.words),
    )
    for kind, values in groups:
        for raw, value in values.items():
            plain = raw.removesuffix("-")
            glued = kind not in (WordKind.ORDINAL, WordKind.POINT, WordKind.APART, WordKind.REPEAT)
            for spelling in _spellings(plain, fold):
                proof = _proof(language, kind, {plain, spelling}, english)
                words[spelling] = Word(kind, value, proof, raw == plain, glued)
    glued_words = [word for word, entry in words.items() if entry.glued]
    heads, tails = {word[:3] for word in glued_words}, {word[-3:] for word in glued_words}
    return NumberWords(Grammar(language), words, tuple(map(fold, language.suffixes)), max(map(len, words)), heads, tails)


def _proof(language: Language, kind: WordKind, spellings: Set[str], english: Set[str]) -> LanguageEvidence:
    """Return how strong the evidence of a word for its language is."""
    told_apart = language.name == "" or not spellings & (language.homographs | english)
    if kind in (WordKind.JOINER, WordKind.REPEAT) or not told_apart:
        return LanguageEvidence.NONE
    return LanguageEvidence.IN_COMPANY if spellings & language.shy else LanguageEvidence.ALONE


def _spellings(word: str, fold: FoldWord) -> set[str]:
    """Return the folded spellings of a word; capital letters may fold to other letters than small ones."""
    return {word} if word.isascii() else {fold(shape).lower() for shape in (word, word.upper(), word.capitalize())}
