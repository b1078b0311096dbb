"""Patterns that tell which texts may hold number words: one match, and the reader must look.

They use only what hyperscan and `regex` agree on, speak of the UTF-8 bytes of folded lower-case text, and need no
Unicode mode: a letter outside ASCII is a literal, and whatever is not an ASCII letter bounds a word.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from leakguard.text.cardinals import Kind, Proof
from leakguard.text.vocabulary import Table, Word

_BEFORE, _AFTER = "(?:^|[^a-z])", "(?:[^a-z]|$)"
_GAP, _SPACE = "[^a-z0-9]{0,12}", "[^a-z0-9]{1,12}"
_CJK_GAP = "(?:[ -/:-@\\[-`{-~\n]|、|・|·){0,3}"


def word_gates(tables: Iterable[Table], listed: Collection[int]) -> Iterator[str]:
    """One or more patterns match every text in which a number in `listed` can be read."""
    lone: list[str] = []
    for table in tables:
        words = {word: entry for word, entry in table.words.items() if entry.kind not in (Kind.ORDINAL, Kind.POINT)}
        if table.script != "letters":
            yield from _scripted(table.script, words, listed)
        elif table.grammar.language.name:
            lone += (word for word, entry in words.items() if entry.alone and entry.proof is not Proof.NONE)
            yield f"{_BEFORE}{_any(words)}{_any(_stems(words))}"
        else:
            yield from _english(words, listed)
    yield f"{_BEFORE}{_any(lone)}{_AFTER}"


def _english(words: Mapping[str, Word], listed: Collection[int]) -> Iterator[str]:
    counting = {word: entry for word, entry in words.items() if entry.glued and entry.kind is not Kind.JOINER}
    joiners = _any(word for word, entry in words.items() if entry.kind is Kind.JOINER)
    zeros = _any(word for word, entry in words.items() if entry.kind is Kind.APART and not entry.value)
    more = _any(_stems(counting))
    yield f"{_BEFORE}{_any(counting)}{_GAP}(?:(?:{joiners}{_GAP})?{more}|{zeros}{_SPACE}(?:{zeros}{_AFTER}|{more}))"
    if any(value % 100 == 0 for value in listed):
        ones = _any(word for word, entry in words.items() if entry.kind is Kind.APART and entry.value)
        yield f"{_BEFORE}{ones}{_SPACE}{_any(word for word, entry in words.items() if entry.kind is Kind.TIMES)}"
    if 0 in listed:
        yield f"{_any(word for word, entry in words.items() if entry.kind is Kind.REPEAT)}{_GAP}{zeros}{_AFTER}"
    alone = [word for word, entry in words.items() if entry.kind is Kind.NUMBER and entry.value in listed]
    if alone:
        yield f"{_BEFORE}{_any(alone)}{_AFTER}"


def _scripted(script: str, words: Mapping[str, Word], listed: Collection[int]) -> Iterator[str]:
    """Two signs side by side; in kana one of them longer than a syllable."""
    long = [word for word in words if script != "kana" or len(word) > 1]
    yield f"{_any(long)}{_CJK_GAP}{_any(_stems(words))}"
    if len(long) < len(words):
        yield f"{_any(words)}{_CJK_GAP}{_any(_stems(long))}"
    alone = [word for word, entry in words.items() if entry.value in listed and script == "numerals"]
    if alone:
        yield _any(alone)


def _stems(words: Collection[str]) -> list[str]:
    """Enough beginnings to find every word."""
    return [word for word in words if not any(word != other and word.startswith(other) for other in words)]


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words))})"
