"""Does a string hold words, and are they prose or a short label (an id, a hash, a date, a category)?

Prose is two or more words: letters or digits, a gap, letters or digits. Numbers joined by commas count as well, because a list of
numbers may be what a model is trained on.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from leakguard.text.surroundings import Ints

SEEN = 48
_UNSPACED_WORDS = 6

_WORD = re.compile(r"[^\W_]")
_GAP = re.compile(r"[\s\u200b]|(?<=\d)[,;](?=\d)")
_SPACE = re.compile(r"[\s\u200b]")
# Scripts that put no space between words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = re.compile("[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)? ?(Z|UTC|[+-]\d\d:?\d\d)?")


class Wording(IntEnum):
    """What a string says: nothing (no letter or digit), a label of one word, or prose."""

    NOTHING = 0
    LABEL = 1
    PROSE = 2


def wording(text: str) -> Wording:
    """What the string says. Linear in its length."""
    first = _WORD.search(text)
    if not first:
        return Wording.NOTHING
    gap = _GAP.search(text, first.end())
    if not gap:
        unspaced = _UNSPACED.search(text) and len(_WORD.findall(text[first.start() : first.start() + SEEN])) >= _UNSPACED_WORDS
        return Wording.PROSE if unspaced else Wording.LABEL
    if not _WORD.search(text, gap.end()) or _TIME.fullmatch(text) or ("://" in text[:SEEN] and not _SPACE.search(text)):
        return Wording.LABEL
    return Wording.PROSE


def wordings(texts: Sequence[str]) -> NDArray[np.int8]:
    """What each string says, as numbers of `Wording`; strings in ASCII are looked at together."""
    joined = "".join(texts)
    if not joined.isascii():
        return np.fromiter(map(wording, texts), dtype=np.int8, count=len(texts))
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    return ascii_wordings(joined.encode(), np.concatenate(([0], ends[:-1])), ends)


_OTHER, _LETTER, _DIGIT, _BLANK, _COMMA = range(5)


def _kind(char: str) -> int:
    if char.isdigit():
        return _DIGIT
    return _LETTER if char.isalpha() else _BLANK if _SPACE.match(char) else _COMMA if char in ",;" else _OTHER


_KINDS = np.array([_kind(chr(code)) for code in range(128)] + [_OTHER] * 128, dtype=np.uint8)


def ascii_wordings(data: bytes, starts: Ints, ends: Ints) -> NDArray[np.int8]:
    """The same for the strings in ASCII from each of `starts` to each of `ends` in `data`.

    A string is prose if a blank stands between its first and its last word within its first SEEN bytes, and it does not begin with a
    digit as dates do. Whatever else has two words, or goes on behind those bytes, is asked about alone.
    """
    sizes = np.minimum(ends - starts, SEEN)
    behind = np.cumsum(sizes)
    begins = behind - sizes
    owner = np.repeat(np.arange(len(sizes)), sizes)
    kinds = _KINDS[np.frombuffer(data, np.uint8)[np.arange(len(owner)) + (starts - begins)[owner]]]
    words = np.concatenate(([0], np.cumsum((kinds == _LETTER) | (kinds == _DIGIT))))
    found = words[behind] > words[begins]
    answer = found.astype(np.int8)
    gaps = np.flatnonzero(kinds >= _BLANK)
    of = owner[gaps]
    gaps = gaps[(words[gaps] > words[begins[of]]) & (words[behind[of]] > words[gaps])]
    blank = np.bincount(owner[gaps[kinds[gaps] == _BLANK]], minlength=len(sizes)) > 0
    unsure = np.bincount(owner[gaps], minlength=len(sizes)) > 0
    starts_with_digit = np.zeros(len(sizes), dtype=bool)
    full = sizes > 0
    starts_with_digit[full] = kinds[begins[full]] == _DIGIT
    sure = blank & ~starts_with_digit
    answer[sure] = Wording.PROSE
    for at in np.flatnonzero(~sure & (unsure | (ends - starts > SEEN))).tolist():
        answer[at] = wording(data[starts[at] : ends[at]].decode())
    return answer
