"""Classify strings: no words, a short label (an id, a hash, a date, a category), or prose.

Prose is two or more words: letters or digits, a gap, letters or digits. Numbers joined by commas count too, because a model may be trained
on a list of numbers.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Ints

SEEN = 48
_UNSPACED_WORDS = 6

_WORD = re.compile(r"[^\W_]")
_GAP = re.compile(r"[\s\u200b]|(?<=\d)[,;](?=\d)")
_SPACE = re.compile(r"[\s\u200b]")
# Scripts that put no space between words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = re.compile("[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)? ?(Z|UTC|[+-]\d\d:?\d\d)?")


class Wording(IntEnum):
    """The kind of a string: without letters and digits, a label of one word, or prose."""

    NOTHING = 0
    LABEL = 1
    PROSE = 2


def classify_wording(text: str) -> Wording:
    """Classify one string as wordless, label or prose, in time linear in its length."""
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


def classify_wordings(texts: Sequence[str]) -> NDArray[np.int8]:
    """Classify each of many strings; return an int8 array of `Wording` values. ASCII strings are classified together."""
    joined = "".join(texts)
    if not joined.isascii():
        return np.fromiter(map(classify_wording, texts), dtype=np.int8, count=len(texts))
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    return classify_ascii_wordings(joined.encode(), np.concatenate(([0], ends[:-1])), ends)


_OTHER, _LETTER, _DIGIT, _BLANK, _COMMA = range(5)


def _kind(char: str) -> int:
    """Return the class of an ASCII character."""
    if char.isdigit():
        return _DIGIT
    return _LETTER if char.isalpha() else _BLANK if _SPACE.match(char) else _COMMA if char in ",;" else _OTHER


_KINDS = bytes(_kind(chr(code)) if code < 128 else _OTHER for code in range(256))


def classify_ascii_wordings(data: bytes, starts: Ints, ends: Ints) -> NDArray[np.int8]:
    """Classify many ASCII strings in one buffer at once; return an int8 array of `Wording` values.

    `data`: the buffer. `starts`, `ends`: int64 arrays of shape (n,), byte offsets of the strings.

    The first SEEN bytes of each string are gathered and mapped to character classes. A string is surely prose if it begins with a letter
    and has a blank with a word right behind it, and surely a label if it begins with a word, is short and has no gap. All others are
    classified one by one.
    """
    sizes = np.minimum(ends - starts, SEEN).astype(np.int32)
    behind = np.cumsum(sizes, dtype=np.int32)
    begins = behind - sizes
    places = np.repeat((starts - begins).astype(np.int32), sizes)
    places += np.arange(len(places), dtype=np.int32)
    kinds = np.frombuffer(np.frombuffer(data, np.uint8)[places].tobytes().translate(_KINDS) + bytes([_OTHER]), np.uint8)
    first = np.where(sizes > 0, kinds[np.minimum(begins, len(kinds) - 1)], _OTHER)
    gaps = np.flatnonzero(kinds >= _BLANK)
    of = np.searchsorted(behind, gaps, "right")
    gapped = np.zeros(len(sizes), dtype=bool)
    gapped[of] = True
    parted = np.zeros(len(sizes), dtype=bool)
    after = kinds[gaps + 1]
    parted[of[(kinds[gaps] == _BLANK) & ((after == _LETTER) | (after == _DIGIT)) & (gaps + 1 < behind[of])]] = True
    answer = np.zeros(len(sizes), dtype=np.int8)
    prose = parted & (first == _LETTER)
    label = ~gapped & ((first == _LETTER) | (first == _DIGIT)) & (ends - starts <= SEEN)
    answer[prose], answer[label] = Wording.PROSE, Wording.LABEL
    for at in np.flatnonzero(~(prose | label | (sizes == 0))).tolist():
        answer[at] = classify_wording(data[starts[at] : ends[at]].decode())
    return answer
