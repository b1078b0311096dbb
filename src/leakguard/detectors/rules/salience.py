"""Decide which numbers of a prose text are prominent. A number that is usually harmless is reported (as a note) only if it is."""

import re
from collections.abc import Iterator

from leakguard.core.rule import Rule, Severity
from leakguard.detectors.rules.phrase_contexts import NEAR

LONG = 240
"""The length, in characters, above which a number in a text is prominent only near a word about codes."""
_MOST_BESIDE = 3
_ITEMS, _LEAD = 400, 16
_BULLETS = " \t*#>-"
_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"[a-z]{3,}")
_SAID = """
tag tags tagged tagging tattoo tattoos tattooed inked sprayed graffiti graffito scrawled carved daubed slogan slogans codeword
codewords coded cipher sticker stickers badge banner shirt jersey gang gangs nazi nazis neonazi skinhead skinheads aryan aryans
hate hail heil hitler reich racist racists klan kkk brotherhood comrade comrades kamerad kameraden salute runes swastika supremacy
supremacist antisemitic superstition unlucky cursed omen devil satan beast antichrist schmierte parole parolen aufkleber szene
hetze
"""
_CODES = frozenset(_SAID.split())


def _make_prefilters() -> tuple[str, str]:
    """Return patterns of which one matches in every text with a window that `mentions_codes`.

    A window cuts a text on one side of a word at most, so the word has a boundary on the other side. A word that begins (ends) with
    another one needs no pattern of its own for its beginning (end).
    """
    begins = [word for word in _CODES if not any(word != other and word.startswith(other) for other in _CODES)]
    ends = [word for word in _CODES if not any(word != other and word.endswith(other) for other in _CODES)]
    return f"[^A-Za-z](?:{'|'.join(sorted(begins))})", f"(?:{'|'.join(sorted(ends))})[^A-Za-z]"


CODE_PREFILTERS = _make_prefilters()
"""Patterns for the automaton over UTF-8, ignoring case, for texts between separators."""


def is_weak(rule: Rule) -> bool:
    """Return True for a number that its rule reports as a note in prose: usually a count, a size or a position in a list."""
    return rule.kind in ("number", "sequence") and rule.severity.get("text") is Severity.NOTE


def stands_out(text: str, start: int, end: int) -> bool:
    """Return True for a prominent number: in a short text with few other numbers near it, or near a word about codes."""
    before, after = text[max(start - NEAR, 0) : start], text[end : end + NEAR]
    if len(text) <= LONG and len(_NUMBER.findall(before)) + len(_NUMBER.findall(after)) <= _MOST_BESIDE:
        return True
    return mentions_codes(before) or mentions_codes(after)


def is_enumerated(text: str, start: int, end: int) -> bool:
    """Return True for the number of a list item: it begins a line before a point or bracket, and the number before it began an
    earlier line.
    """
    if text[end : end + 1] not in (".", ")", ":") or not text[end + 1 : end + 2].isspace() or not text[start:end].isdigit():
        return False
    line = text.rfind("\n", 0, start) + 1
    if not line or text[line:start].strip(_BULLETS):
        return False
    # Without a pattern: compiling one for each number takes a hundred times as long as these searches.
    number, low = str(int(text[start:end]) - 1), max(line - _ITEMS, 0)
    for at in _find_all(text, number, low, line):
        after = text[at + len(number) : min(at + len(number) + 2, line)]
        begin = text.rfind("\n", 0, at) + 1
        if begin >= low and len(after) > 1 and after[0] in ".):" and after[1].isspace() and not text[begin:at].strip(_BULLETS):
            return True
    return False


def is_row_number(text: str, start: int, end: int) -> bool:
    """Return True for the number of a row or record: the same signs are before the next or the previous number near it."""
    number = text[start:end]
    if not number.isdigit():
        return False
    begin = max(text.rfind("\n", 0, start), text.rfind("{", 0, start))
    lead, opened = text[begin + 1 : start], text[max(begin, 0)] == "{"
    if len(lead) > _LEAD:
        return False
    near = text[max(start - _ITEMS, 0) : end + _ITEMS]
    if not opened:
        near = "\n" + near
    for step in (-1, 1):
        row = f"{'{' if opened else chr(10)}{lead}{int(number) + step}"
        for at in _find_all(near, row, 0, len(near)):
            if not "0" <= near[at + len(row) : at + len(row) + 1] <= "9":
                return True
    return False


def _find_all(text: str, part: str, low: int, high: int) -> Iterator[int]:
    """Yield where `part` begins in characters `low` to `high` of a text, from left to right; occurrences may overlap."""
    at = text.find(part, low, high)
    while at >= 0:
        yield at
        at = text.find(part, at + 1, high)


def is_beside_codes(text: str, start: int, end: int) -> bool:
    """Return True if a word about codes is within NEAR characters of a match, or a part of it."""
    return mentions_codes(text[max(start - NEAR, 0) : end + NEAR])


def mentions_codes(text: str) -> bool:
    """Return True if the text has a word that is used where a code is worn, sprayed or explained."""
    return not _CODES.isdisjoint(_WORD.findall(text.lower()))
