r"""Find listed words and phrases in all spellings that are still readable.

Separators between words are free (space, hyphen, underscore, none in a long phrase, camelCase). Letters may be separated (z.o.g), repeated
or replaced by look-alike digits (h31l), and a plural or possessive s may follow. Boundaries depend on letters, not on \b: `barn_owl`,
`BarnOwl` and `第666号` match, `knowledge` and `allowlist` do not.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from leakguard.text.byte_classes import SEPARATOR, is_bare
from leakguard.text.fold import FoldTable, fold

_LEET = {"a": "a4@", "b": "b8", "e": "e3", "g": "g9", "i": "i1!|", "l": "l1|", "o": "o0", "s": "s5$", "t": "t7+", "z": "z2"}
_SQUEEZE_FROM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZl0134578@$!|9"
_SQUEEZE_TO = b"abcdefghijkimnopqrstuvwxyzioieastbasiig"
SQUEEZE = bytes.maketrans(_SQUEEZE_FROM, _SQUEEZE_TO)
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@$!|" + SEPARATOR.encode())
SQUEEZED_OUT = bytes(byte for byte in range(256) if byte not in _KEPT)
_LONG, _SHORT = 7, 3
_VOWELS = frozenset("AEIOUY")
_SQUEEZED_SIGNS = "[ais]{0,3}"
"""Signs between two words of the squeezed block that also look like letters: @ ! | $."""
_PLAIN_BETWEEN = r"[ \t\n.,*_~/|+=-]"
_BETWEEN = r"[ \t\n.,*_~/|+=·•・-]"
_WIDE_BETWEEN = r"[\xc2\xe2\xe3][\x80-\xbf]{1,2}"
"""Spaces and dots beyond ASCII, in UTF-8."""
_SPECIAL = frozenset("+×§%&*=²:/.(){}[]<>#@$€£©")
_FORMS = ("separated letters", "look-alike letters", "repeated letters", "words apart")
_SPACED = re.compile(r"[^\W\d_](?<![\u02b0-\u02ff\u0374\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff])")
"""A letter of a script that puts spaces between words; folding maps some letters of other scripts to Latin ones."""
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SENTENCE = re.compile(r"[^\W_]['\")\]*_]{0,3}[.,;:!?]+\s+[^\W_]")
ACROSS_SENTENCES = _FORMS[3]
"""The words belong to different sentences or list items, by their punctuation."""


class PhraseMatch(NamedTuple):
    """Characters `start` to `end` of a folded text spell the phrase; `form` names the disguise, "" for none."""

    start: int
    end: int
    form: str


class Phrase:
    """One listed phrase, with prefilters for it and an exact search."""

    def __init__(self, text: str, table: FoldTable, *, match_case: bool = False) -> None:
        self.text = text
        self._folded = fold(text, table)
        self._match_case = match_case
        self._letters = [character for character in self._folded.lower() if character.isalnum()]
        self._latin = bool(self._letters) and all(character.isascii() for character in self._letters)
        self._exact = not self._latin or any(character in _SPECIAL for character in self._folded) or self._is_numeric()
        self._size = len(self._letters)
        self._words = re.findall(r"[a-z0-9]+", self._folded.lower())
        self._camel = "".join(word.capitalize() for word in self._words)
        self._humped = not (self._exact or match_case)

    def _is_numeric(self) -> bool:
        """Return True if the phrase has more digits than letters."""
        return sum(character.isdigit() for character in self._letters) * 2 > len(self._letters)

    def is_lenient(self, match: str) -> bool:
        """Return True if an acronym that can be pronounced is written like a word: Zog and zog are also names, ZOG hardly is."""
        pronounceable = self.text.isalpha() and self.text.isupper() and not _VOWELS.isdisjoint(self.text)
        return pronounceable and match.isalpha() and match.isascii() and match[1:].islower()

    @property
    def squeezed_prefilters(self) -> list[str]:
        """Patterns for the squeezed block (lower case, look-alike digits undone, l as i, no separators); [] if `prefilters` are
        used instead.
        """
        if self._exact or self._match_case or self._size < _LONG:
            return []
        words = [word.encode().translate(SQUEEZE).decode() for word in self._words]
        return [_SQUEEZED_SIGNS.join(words)]

    @property
    def bare(self) -> bool:
        """True if digits and list punctuation alone can spell the phrase."""
        return is_bare(self._folded)

    @property
    def prefilters(self) -> list[tuple[str, bool]]:
        """Patterns for the block as it is, each with whether case is ignored.

        They are wider than the exact search: letters with look-alikes and with separators, camelCase, and separators beyond ASCII after the
        first letters.
        """
        if self.squeezed_prefilters:
            return []
        if self._exact:
            bound = "" if not self._latin else "[^A-Za-z0-9]" if self._folded[0].isdigit() else "[^A-Za-z]"
            return [(bound + _literal(self._folded), not self._match_case)]
        if self._match_case:
            return [("[^A-Za-z]" + f"{_PLAIN_BETWEEN}?".join(re.escape(c) for c in self._folded if c.isalnum()) + "[^A-Za-z]", False)]
        tight = "[^a-z]" + self._leet()
        words = "[^a-z]" + "[^a-z0-9]{1,8}".join("".join(map(_class, word)) for word in self._words) if len(self._words) > 1 else tight
        camel = self._camel
        spelled = "[^a-z]" + _PLAIN_BETWEEN.join(map(_class, self._letters))
        wide = _WIDE_BETWEEN.join(map(_class, self._letters[:_SHORT]))
        either = f"[{camel[0]}{camel[0].lower()}]{camel[1:]}s?[A-Z]"
        return [*((pattern, True) for pattern in dict.fromkeys((tight, words, spelled, wide))), ("[a-z]" + camel, False), (either, False)]

    def _leet(self) -> str:
        """A pattern for the letters, each possibly a digit; in words of up to three letters at most one is, because digits alone
        spell no word.
        """
        if self._size > _SHORT or not all(letter.isalpha() for letter in self._letters):
            return "".join(map(_class, self._letters))
        spelled = [[*self._letters[:at], _class(letter), *self._letters[at + 1 :]] for at, letter in enumerate(self._letters)]
        return f"(?:{'|'.join(''.join(letters) for letters in spelled)})"

    def find(self, text: str) -> Iterator[PhraseMatch]:
        """Yield the matches of the phrase in a folded text (case kept).

        Searches the pattern, then checks word boundaries and that enough letters are letters; a failed match is retried one character
        further.
        """
        subject = text if self._match_case else lower_text(text)
        at = 0
        while match := self._pattern.search(subject, at):
            start = match.start()
            end = next((end for end in (match.end(), match.end("core")) if self._is_bounded(text, start, end)), None)
            if end is not None and self._has_enough_letters(text[start:end]):
                yield PhraseMatch(start, end, self._name_form(text[start:end]))
                at = end
            else:
                at = start + 1

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The exact pattern, compiled when it is first needed; group "core" is the match without a plural ending."""
        if self._exact:
            return re.compile(f"(?P<core>{_literal(self._folded if self._match_case else lower_text(self._folded))})")
        if self._match_case:
            return re.compile("(?P<core>" + f"{_PLAIN_BETWEEN}?".join(re.escape(c) for c in self._folded if c.isalnum()) + ")s?")
        long = self._size >= _LONG
        spell = _long_class if long else _class
        words = ["".join(map(spell, word)) for word in self._words]
        drawn_out = "+" if self._size > _SHORT and self._letters[-1].isalpha() else ""
        normal = ("[\\W_]{0,8}" if long else "[\\W_]{1,8}").join(words) + drawn_out
        tight = f"|{''.join(map(_class, self._letters))}" if len(self._words) > 1 and not long else ""
        spelled = ("[\\W_]{1,3}" if long else _BETWEEN).join(map(spell, self._letters))
        return re.compile(f"(?P<core>{normal}{tight}|{spelled})(?:['’]?s|es)*")

    def _is_bounded(self, text: str, start: int, end: int) -> bool:
        """Return True if the match has word boundaries on both sides: no Latin letter, or a change of case as in camelCase; no
        digit beside a digit.
        """
        if not self._latin:
            return _is_separate(text, start, end)
        before, first, last, after = text[start - 1 : start], text[start], text[end - 1], text[end : end + 1]
        if self._is_glued(text[start:end]):
            return False
        left = not _latin(before) or (before.islower() and text.startswith(self._camel, start) and self._humped)
        right = not _latin(after) or (
            after.isupper() and text[start + 1 : end] in (self._camel[1:], f"{self._camel[1:]}s") and self._humped
        )
        if (first.isdigit() and before.isdigit()) or (last.isdigit() and after.isdigit()):
            return False
        return left and right and not (first.isdigit() and before in (".", ",") and text[start - 2 : start - 1].isdigit())

    def _is_glued(self, match: str) -> bool:
        """Return True if the words of a short phrase are written together without camelCase."""
        if self._exact or self._match_case or len(self._words) == 1 or self._size >= _LONG or re.search(r"[\W_]", match):
            return False
        return not re.search(r"[a-z][A-Z]", match)

    def _has_enough_letters(self, match: str) -> bool:
        """Return True if enough letters are letters: digits may replace some letters, not most (209 is not a word)."""
        if self._exact:
            return True
        wanted = sum(character.isalpha() for character in self._letters)
        spelled = sum(character.isalpha() for character in match)
        return spelled >= max(1, round(wanted * 0.4)) and (wanted > _SHORT or spelled >= wanted - 1)

    def _name_form(self, match: str) -> str:
        """Return the name of the disguise of a match."""
        if self._exact:
            return ""
        letters = [character for character in lower_text(match) if character.isalnum() or character in "@$!|+"]
        if len(re.findall(r"[\W_]+", match.rstrip("'s"))) >= max(len(self._words), 2):
            return _FORMS[0]
        if _SENTENCE.search(match):
            return ACROSS_SENTENCES
        plain = "".join(letters)
        bare = "".join(self._letters)
        if bare in plain:
            return ""
        return _FORMS[2] if len(plain) > len(bare) + 1 and not any(c in plain for c in "@$!|") else _FORMS[1]


def lower_text(text: str) -> str:
    """Return the text in lower case without changing its length: letters whose lower case is longer stay."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _latin(character: str) -> bool:
    """Return True for a Latin letter."""
    return (character.isascii() and character.isalpha()) or "\u00c0" <= character <= "\u024f"


def _is_separate(text: str, start: int, end: int) -> bool:
    """Return True if a match in another script is a word of its own, where the script has spaces; Korean puts particles behind a word."""
    left = _SPACED.match(text[start]) and _SPACED.match(text[start - 1 : start])
    right = _SPACED.match(text[end - 1]) and _SPACED.match(text[end : end + 1]) and not _HANGUL.match(text[end - 1])
    return not (left or right)


def _class(letter: str) -> str:
    """Return a pattern for a letter and its look-alike digits and signs."""
    options = _LEET.get(letter)
    return f"[{re.escape(options)}]" if options else re.escape(letter)


def _long_class(letter: str) -> str:
    """Return the pattern for a letter of a long phrase: a capital I also stands for l, which is no coincidence in seven letters."""
    return "[l1|i]" if letter == "l" else _class(letter)


def _literal(text: str) -> str:
    """Return a pattern for the characters themselves; white space between words is free, around signs it is optional."""
    parts = re.findall(r"[^\W_]+|[^\w\s]|_|\S", text)
    out = []
    for index, part in enumerate(parts):
        out.append(re.escape(part))
        if index + 1 < len(parts):
            both = part[-1].isalnum() and parts[index + 1][0].isalnum()
            out.append(r"[\s_-]{1,3}" if both else r"\s{0,2}")
    return "".join(out)
