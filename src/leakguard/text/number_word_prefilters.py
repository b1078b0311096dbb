"""Prefilter patterns for number words: if none matches a text, the number word reader finds no listed number in it.

They use only syntax that Hyperscan and `regex` agree on, match the UTF-8 bytes of folded text, ignore the case of ASCII letters, and need
no Unicode mode: a letter outside ASCII is a literal (in lower case, capitals and capitalised), and any other byte that is not an ASCII
letter is a word boundary.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from leakguard.text.alternation import make_alternation
from leakguard.text.number_grammar import LanguageEvidence, WordKind
from leakguard.text.number_words import NumberWords, Word

_BEFORE, _AFTER = "(?:^|[^a-z])", "(?:[^a-z]|$)"
_GAP, _SPACE = "[^a-z0-9]{0,12}", "[^a-z0-9]{1,12}"
_CJK_GAP = "[ -/]{0,3}(?:、|・)?"
_INSIDE_ENGLISH = frozenset({"mille", "venti", "cento", "sette", "seize"})  # millet, prevention, centos, cassette, seized
_ENOUGH_ASCII, _ENOUGH = 7, 5  # letters of a foreign word that no English word holds

WordMap = Mapping[str, Word]


def make_word_prefilters(tables: Iterable[NumberWords], listed: Collection[int]) -> Iterator[str]:
    """Yield patterns of which at least one matches every text in which a number in `listed` can be read."""
    foreign = []
    for table in tables:
        words = {word: entry for word, entry in table.words.items() if entry.kind not in (WordKind.ORDINAL, WordKind.POINT)}
        if table.script != "letters":
            yield from _scripted(table.script, words, listed)
        elif table.grammar.language.name:
            foreign.append(words)
        else:
            yield from _english(words, listed)
    yield from _foreign(foreign)


def _english(words: WordMap, listed: Collection[int]) -> Iterator[str]:
    """Yield patterns for English: two counting words in a row, "a hundred" and the like, or a listed number that is one word."""
    largest = max(listed, default=0)
    limits = {WordKind.NUMBER: 100, WordKind.REPEAT: 100, WordKind.APART: 0, WordKind.TIMES: largest}
    counting = [word for word, entry in words.items() if entry.value <= limits.get(entry.kind, -1)]
    joiners = make_alternation(word for word, entry in words.items() if entry.kind is WordKind.JOINER)
    yield f"{_BEFORE}{make_alternation(counting)}{_GAP}(?:{joiners}{_GAP})?{_beginnings(counting)}"
    if any(value % 100 == 0 for value in listed):
        ones = make_alternation(word for word, entry in words.items() if entry.kind is WordKind.APART and entry.value)
        yield f"{_BEFORE}{ones}{_SPACE}{make_alternation(word for word, entry in words.items() if entry.kind is WordKind.TIMES)}"
    alone = [word for word, entry in words.items() if entry.kind is WordKind.NUMBER and entry.value in listed]
    if alone:
        yield f"{_BEFORE}{make_alternation(alone)}{_AFTER}"


def _foreign(languages: Iterable[WordMap]) -> Iterator[str]:
    """Yield patterns for words that prove their language: a long one anywhere, a short one alone, or two short ones glued together.

    Every reading of a language other than English contains such a word.
    """
    clear: set[str] = set()
    short: set[str] = set()
    glued: set[str] = set()
    joiners: set[str] = set()
    for words in languages:
        proofs = {word for word, entry in words.items() if entry.alone and entry.proof is not LanguageEvidence.NONE}
        plain = {word for word in proofs if not word.isascii() or (len(word) > 4 and word not in _INSIDE_ENGLISH)}
        joiners |= {word for word, entry in words.items() if entry.kind is WordKind.JOINER}
        glued |= {word for word, entry in words.items() if entry.glued and entry.kind is not WordKind.JOINER} - plain
        clear, short = clear | plain, short | (proofs - plain)
    yield f"(?:{'|'.join(_stems({start for word in clear for start in _starts(word)}))})"
    yield f"{_BEFORE}{make_alternation(short)}{_AFTER}"
    yield f"{_BEFORE}{make_alternation(glued)}(?:{make_alternation(joiners)})?{_beginnings(glued)}"


def _scripted(script: str, words: WordMap, listed: Collection[int]) -> Iterator[str]:
    """Yield patterns for a script: two numerals or syllables in a row (in kana: long ones), a kana ten or hundred, or one listed sign."""
    long = [word for word in words if script != "kana" or len(word) > 1]
    yield f"{make_alternation(long)}{_CJK_GAP if script == 'numerals' else ''}{_beginnings(long)}"
    if script == "kana":
        yield make_alternation(word for word, entry in words.items() if entry.kind is WordKind.TIMES and entry.value <= 100)
    alone = [word for word, entry in words.items() if entry.value in listed and script == "numerals"]
    if alone:
        yield make_alternation(alone)


def _starts(word: str) -> set[str]:
    """Return the beginnings of an unambiguous word, in all three cases where it has letters outside ASCII."""
    return {word[:_ENOUGH_ASCII]} if word.isascii() else {shape[:_ENOUGH] for shape in (word, word.upper(), word.capitalize())}


def _stems(words: Collection[str]) -> list[str]:
    """Return the words that no other word is a beginning of: enough to find every word."""
    return sorted(word for word in words if not any(word != other and word.startswith(other) for other in words))


def _beginnings(words: Collection[str]) -> str:
    """Build a pattern for the stems of the words."""
    return make_alternation(_stems(words))
