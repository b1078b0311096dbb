"""Read numbers that are written in words, in all languages of the lexicon.

A token is a sequence of letters, often several number words glued together. A run is a sequence of number words of one language with at
most three characters between them. Adjacent numbers are read together: "six six six", "fourteen eighty-eight".
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from leakguard.text.lexicon import LANGUAGES
from leakguard.text.number_grammar import Item, ItemPhrase, LanguageEvidence, NumberPart, WordKind
from leakguard.text.number_word_prefilters import make_word_prefilters
from leakguard.text.number_words import FoldWord, NumberWords, Piece, build_number_words


class WordNumber(NamedTuple):
    """A number at characters `start` to `end`. `weak`: ordinary text often contains these words too."""

    value: int
    start: int
    end: int
    form: str
    weak: bool


_MOST_DIGITS = 9
_KANA = r"\u3041-\u3096\u30a1-\u30fc"
_HANGUL = r"\u1100-\u11ff\uac00-\ud7a3"
_IDEOGRAPHS = r"\u3007\u3400-\u9fff\uf900-\ufaff"
_SCRIPTS = {"kana": f"[{_KANA}]+", "hangul": f"[{_HANGUL}]+", "letters": rf"[^\W\d_{_KANA}{_HANGUL}{_IDEOGRAPHS}]+"}
_NO_GAP = re.compile("")
_GAPS = {"letters": re.compile(r"[\W_]{0,3}"), "numerals": re.compile("[ -/]{0,3}[、・]?"), "kana": _NO_GAP, "hangul": _NO_GAP}
_LATIN = re.compile(_SCRIPTS["letters"])
_TIGHT = re.compile(r"[ \t_&-]{0,3}")
_ATTACHED = "-'’"
_REMEMBERED, _SHORT = 10_000, 100
SENTENCE = re.compile(r"[.!?][\"')\]]?\s+|\n+")
"""The end of a sentence or a line. No number continues across it, unless every word is a sentence of its own (`find_sentence_ends`)."""
_LONE_BEFORE = re.compile(r"(?:^|[.!?:;\n(\"'])[\"')\]]?\s*[^\W\d_]+(?:-[^\W\d_]+)?\Z")
_LONE_AFTER = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?(?=[.!?\n]|[\"')\]]?\Z)")
_LONGEST = 40
_LETTERS = re.compile(_SCRIPTS["letters"].removesuffix("+"))
_NEXT = re.compile(rf"[\W_]{{1,3}}({_SCRIPTS['letters']})")


class WordReader:
    """Finds numbers that are written as words, such as "eighty-eight", and returns their values and offsets.

    The words are those of all languages in `LANGUAGES`. Texts must be in lower case and folded: look-alike characters replaced,
    invisible ones removed.
    """

    def __init__(self, fold: FoldWord) -> None:
        english = {*LANGUAGES[0].words, *LANGUAGES[0].times, *LANGUAGES[0].apart}
        self._tables = tuple(build_number_words(language, fold, english) for language in LANGUAGES)
        self._known: dict[str, list[tuple[int, list[Piece]]]] = {}
        for which, table in enumerate(self._tables):
            for word in (word for word, entry in table.words.items() if entry.alone):
                self._known.setdefault(word, []).append((which, table.split_token(word)))
        self._scripted = {script: self._of_script(script) for script in (*_SCRIPTS, "numerals")}
        lettered = [self._tables[which] for which in self._scripted["letters"]]
        self._heads = frozenset().union(*(table.heads for table in lettered))
        self._tails = frozenset().union(*(table.tails for table in lettered))
        numerals = "".join(chain.from_iterable(table.words for table in self._tables if table.script == "numerals"))
        patterns = {"numerals": f"[{numerals}]+", **_SCRIPTS}
        self._remembered: dict[str, tuple[WordNumber, ...]] = {}
        self._number_words: dict[str, bool] = {}
        self._token = re.compile("|".join(f"(?P<{script}>{pattern})" for script, pattern in patterns.items()))

    def _of_script(self, script: str) -> tuple[int, ...]:
        """Return the indices of the tables with this writing system."""
        return tuple(which for which, table in enumerate(self._tables) if table.script == script)

    def read(self, text: str) -> Iterator[WordNumber]:
        """Yield numbers in words, in order; of overlapping languages the longer reading, else the first language of the lexicon."""
        found = [(number, which) for which, run in self._runs(text) for number in _read_run(self._tables[which], run, text)]
        return _keep_outermost(found)

    def read_near(self, text: str, place: int) -> tuple[int, Sequence[WordNumber] | None]:
        """Return the end of the number words at or just before `place`, and the numbers in them (None if letters beyond ASCII are near).

        Finds what `read` finds there: no number goes beyond these words, and of their neighbours only letters and hyphens matter. So only
        they are read, and the result is kept for the next time.
        """
        start, end = self._stretch(text, place)
        before, after = text[max(start - 2, 0) : start], text[end : end + 2]
        nearby = _LETTERS.sub("x", before) + text[start:end] + _LETTERS.sub("x", after)
        if not nearby.isascii():
            return end, None
        found = self._remembered.get(nearby)
        if found is None:
            found = tuple(self.read(nearby))
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            if len(nearby) <= _SHORT:
                self._remembered[nearby] = found
        shift = start - len(before)
        return end, [number._replace(start=number.start + shift, end=number.end + shift) for number in found]

    def _stretch(self, text: str, place: int) -> tuple[int, int]:
        """Return start and end of the word at `place` and of the number words around it, with at most three signs between words."""
        start, end = _find_word_start(text, place), place
        match = _LATIN.match(text, start)
        end = match.end() if match else place
        while (match := _NEXT.match(text, end)) and self._is_known(match.group(1)) and not has_sentence_end(text, end, match.start(1)):
            end = match.end()
        while True:
            gap = start
            while gap and start - gap < 3 and not text[gap - 1].isalnum():
                gap -= 1
            before = _find_word_start(text, gap)
            if before == gap or has_sentence_end(text, gap, start) or not self._is_known(text[before:gap]):
                return start, end
            start = before

    def _is_known(self, token: str) -> bool:
        """Return True if the token consists of number words."""
        known = self._number_words.get(token)
        if known is None:
            if len(self._number_words) >= _REMEMBERED:
                self._number_words.clear()
            known = self._number_words[token] = bool(self._find_meanings(token, "letters"))
        return known

    def make_prefilters(self, listed: Collection[int]) -> tuple[str, ...]:
        """Return patterns for the automaton: if none matches, `read` finds no number in `listed`."""
        return tuple(dict.fromkeys(make_word_prefilters(self._tables, listed)))

    def _runs(self, text: str) -> Iterator[tuple[int, list[NumberPart]]]:
        """Yield number words of one language with at most three characters between them, none of them a letter or a digit.

        Each yield is the index of the language and the words. Runs of all languages are collected in one pass over the tokens.
        """
        runs: dict[int, list[NumberPart]] = {}
        for match in self._token.finditer(text):
            for which, pieces in self._find_meanings(match.group(), match.lastgroup or ""):
                run = runs.get(which, [])
                gap = text[run[-1].end : match.start()] if run else ""
                if run and not _GAPS[match.lastgroup or ""].fullmatch(gap):
                    yield which, run
                    run = []
                runs[which] = run
                for piece in pieces:
                    word, start, end = piece.word, match.start() + piece.start, match.start() + piece.end
                    loose = bool(run) and not piece.start and not _TIGHT.fullmatch(gap)
                    run.append(NumberPart(word.kind, word.value, word.proof, start, end, loose))
        yield from runs.items()

    def _find_meanings(self, token: str, script: str) -> Iterable[tuple[int, list[Piece]]]:
        """Return (index of the language, number words) for each language in which a token consists of number words."""
        known = self._known.get(token, [])
        if known or (script == "letters" and not self._may_be_glued(token)):
            return known
        found = ((which, self._tables[which].split_token(token)) for which in self._scripted[script])
        return [(which, pieces) for which, pieces in found if pieces]

    def _may_be_glued(self, token: str) -> bool:
        """Return False if the token cannot be glued number words in any language: the test of `NumberWords.may_split` for all tables at
        once.
        """
        heads, tails = self._heads, self._tails
        return len(token) > 4 and (token[-3:] in tails or token[-2:] in tails) and (token[:3] in heads or token[:2] in heads)


def find_sentence_ends(text: str) -> Iterator[int]:
    """Yield where sentences and lines end, behind their white space; a sequence of single words ("Six. Six. Six.") is one sentence."""
    return (cut.end() for cut in SENTENCE.finditer(text) if not _is_among_single_words(text, cut))


def has_sentence_end(text: str, start: int, end: int) -> bool:
    """Return True if a sentence or a line ends between these positions; there must be no letters between them."""
    cut = SENTENCE.search(text, start, end)
    return cut is not None and not _is_among_single_words(text, cut)


def _is_among_single_words(text: str, cut: re.Match[str]) -> bool:
    """Return True if the sentence before the cut is one word, and the one behind it too."""
    if not _LONE_AFTER.match(text, cut.end()):
        return False
    return _LONE_BEFORE.search(text, max(cut.start() - _LONGEST, 0), cut.start()) is not None


def _find_word_start(text: str, place: int) -> int:
    """Return the start of the word that ends at `place`."""
    # A letter of another script begins a word of its own.
    while place and text[place - 1].isalpha() and (text[place - 1].isascii() or _LATIN.match(text, place - 1)):
        place -= 1
    return place


def _read_run(table: NumberWords, run: Sequence[NumberPart], text: str) -> Iterator[WordNumber]:
    """Yield the numbers of a run: phrases digit by digit or in pairs, single items, and lists of short items."""
    for phrases in table.grammar.read_lists(run):
        trimmed = [phrase for phrase in (_trim(phrase, run) for phrase in phrases) if phrase]
        for phrase in trimmed:
            if len(phrase) > 1 and all(item.value < 100 or _has_repeated_digit(item, run) for item in phrase):
                yield from _read_items(table, run, text, phrase, weak=len(phrase) == 2 and all(item.value < 10 for item in phrase))
            else:
                for item in phrase:
                    yield from _read_items(table, run, text, [item], weak=_count_words(item, run) == 1)
        if len(trimmed) > 1 and all(len(phrase) == 1 and phrase[0].value < 100 for phrase in trimmed):
            items = [phrase[0] for phrase in trimmed]
            yield from _read_items(table, run, text, items, weak=len(items) < 3 or len({item.digits for item in items}) > 1)


def _read_items(table: NumberWords, run: Sequence[NumberPart], text: str, items: Sequence[Item], *, weak: bool) -> Iterator[WordNumber]:
    """Yield the items read as one number, if that is credible."""
    words = run[items[0].first : items[-1].stop]
    start, end, digits = words[0].start, words[-1].end, "".join(item.digits for item in items)
    single = len(words) == 1
    proof = max(part.proof for part in words)
    if proof is LanguageEvidence.NONE or (len(items) > 1 and len(digits) > _MOST_DIGITS):
        return
    if single and (proof is not LanguageEvidence.ALONE or _is_attached(table, text, start, end)):
        return
    if not single and not _PLAUSIBLE.get(table.script, _is_any)(words):
        return
    weak |= table.script != "letters" and len(words) < 3
    weak |= SENTENCE.search(text, start, end) is not None
    yield WordNumber(int(digits) if len(items) > 1 else items[0].value, start, end, _form(table, items), weak)


def _form(table: NumberWords, items: Sequence[Item]) -> str:
    """Return the name of the form of these items, for findings."""
    name = table.grammar.language.name
    if table.script == "numerals":
        return f"{name} numerals"
    kind = "number words"
    if len(items) > 1:
        kind = "digit words" if all(item.value < 10 for item in items) else "paired number words"
    return f"{name} {kind}".lstrip()


def _trim(phrase: ItemPhrase, run: Sequence[NumberPart]) -> ItemPhrase:
    """Return the phrase without a leading "oh", and without a final one unless it is spelled digit by digit."""
    kept = [place for place, item in enumerate(phrase) if run[item.stop - 1].kind is not WordKind.APART]
    if not kept:
        return ()
    last = kept[-1] + 1
    digits = phrase[kept[0] : last + 1]
    return digits if len(digits) > 2 and all(len(item.digits) == 1 for item in digits) else phrase[kept[0] : last]


def _has_repeated_digit(item: Item, run: Sequence[NumberPart]) -> bool:
    """Return True if the item is a repeated digit."""
    return any(part.kind in (WordKind.REPEAT, WordKind.PLURAL) for part in run[item.first : item.stop])


def _count_words(item: Item, run: Sequence[NumberPart]) -> int:
    """Return the number of words of an item, without "a" and "oh"."""
    return sum(part.kind is not WordKind.APART for part in run[item.first : item.stop])


def _is_attached(table: NumberWords, text: str, start: int, end: int) -> bool:
    """Return True for a single word that belongs to a neighbour ("six-pack"), or a single sign in a text without spaces."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    if table.script == "letters":
        if _LATIN.fullmatch(before[-1:]) or _LATIN.fullmatch(after[:1]):
            return True
        return (before[-1:] in _ATTACHED and before[:1].isalpha()) or (after[:1] in _ATTACHED and after[1:].isalpha())
    return table.script != "numerals" or before[-1:].isalnum() or after[:1].isalnum()


def _is_kana_number(parts: Sequence[NumberPart]) -> bool:
    """Return True if kana are plausible as a number: there are tens or hundreds, or long words side by side. Many other words are made of
    syllables that also count.
    """
    long = [part.end - part.start > 1 for part in parts]
    return any(part.kind is WordKind.TIMES and part.value <= 100 for part in parts) or any(map(all, pairwise(long)))


def _is_hangul_number(parts: Sequence[NumberPart]) -> bool:
    """Return True if hangul syllables are plausible as a number."""
    digits = [part.value for part in parts if part.kind is WordKind.NUMBER and part.value < 10]
    return len(digits) < len(parts) or len(digits) > 2 or len(set(digits)) == 1


def _is_any(parts: Sequence[NumberPart]) -> bool:
    """Return True unless there are no words."""
    return bool(parts)


_PLAUSIBLE: Mapping[str, Callable[[Sequence[NumberPart]], bool]] = {"kana": _is_kana_number, "hangul": _is_hangul_number}


def _keep_outermost(found: list[tuple[WordNumber, int]]) -> Iterator[WordNumber]:
    """Yield the readings that are not inside a longer one of another language (strong English ones stay), each once."""
    begin, reach, owner = -1, -1, -1
    seen: set[tuple[int, int, int]] = set()
    for number, which in sorted(found, key=lambda pair: (pair[0].start, -pair[0].end, pair[1])):
        key = number[:3]
        inside = number.end <= reach and (number.start, number.end) != (begin, reach)
        if key in seen or (inside and which != owner and (number.weak or which)):
            continue
        if number.end > reach:
            begin, reach, owner = number.start, number.end, which
        seen.add(key)
        yield number
