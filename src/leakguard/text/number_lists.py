"""Recognise texts that are only a list of numbers, as opposed to texts with words, labels or telephone numbers."""

import re

import numpy as np

from leakguard.text.byte_classes import BYTE_CLASS, DIGIT, OTHER, Bools, Ints
from leakguard.text.digit_runs import LONGEST, DigitRuns

LEAST_DIGITS = 8
"""In a bare list, at least one in this many characters is a digit."""

_OPENS = np.isin(np.arange(256), list(b"+0 \n\t"))
_BRACKET, _CLOSING, _SPACE, _SLASH, _HYPHEN = b"() /-"
_PUNCTUATION = r"\s,;:|/.\-\[\]()'\""
_ODD = re.compile(rf"[^0-9{_PUNCTUATION}]")
_LABEL = re.compile(rf"[{_PUNCTUATION}]*(?![lIiOoZSB]+(?![^\W_]))(?:[^\W\d_]{{2,}}(?![^\W_])|[^\W\d_]\.\s)")
_OBJECT = re.compile(r"[\s\[]*\{\s*[\"'][^\"'\n]{0,40}[\"']\s*:")
_SUM = re.compile(r"[0-9]\s*[-+*/×÷xX·−]\s*[0-9]+\s*=\s*[0-9]")
_SHAPE = (
    r"(?:\([0-9]{3}\) ?[0-9]{3}-[0-9]{4}|\+[0-9]{1,3}(?:[ -][0-9]{2,4}){2,4}|0[0-9]{2,4} [0-9]{3,4} [0-9]{3,4}|"
    r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-[0-3][0-9]|[0-3]?[0-9]/[01]?[0-9]/(?:19|20)?[0-9]{2}|\([0-9]{4} ?[-–] ?[0-9]{4}\))"
)
_SHAPED = re.compile(rf"\s*+{_SHAPE}(?:\s*+(?:[,;–-]|or|and|to)?\s*+{_SHAPE})*+[\s.]*+")


def is_number_list(text: str) -> bool:
    """Return True if a folded text consists of numbers and list punctuation.

    At least one in eight characters must be a digit, and other characters may be at most a third as many as digits (some are digits in
    disguise). Lists with a label, sums, telephone numbers and dates do not count.
    """
    digits = sum(map(text.count, "0123456789"))
    if LEAST_DIGITS * digits < max(len(text), 1) or 3 * len(_ODD.findall(text)) > digits:
        return False
    return not (is_labelled(text) or is_shaped(text))


def is_labelled(text: str) -> bool:
    """Return True if numbers have a label ("Fax: 020 7946 0666", `{"a": 7}`) or are a calculation ("2 + 2 = 4")."""
    return _LABEL.match(text) is not None or _OBJECT.match(text) is not None or _SUM.search(text) is not None


def is_shaped(text: str) -> bool:
    """Return True if a text consists of telephone numbers, dates or the years of a life."""
    return _SHAPED.fullmatch(text) is not None


def find_number_lists(data: bytes, starts: Ints, tokens: DigitRuns, bounds: Ints, *, bare: bool) -> tuple[Bools, Bools, Bools]:
    """Return which texts are bare number lists (as `number_lists.is_number_list` defines), which of these have other characters in them,
    and which texts outside ASCII may be lists (up to four bytes are one character).

    Each result is a boolean array of shape (texts,). `bounds` as returned by `find_runs`. Digits and other characters are counted per text
    by cumulative sums; only texts that are still candidates are decoded and matched.
    """
    ends = np.append(starts[1:], len(data)) - 1
    digits = _sum_per_text(tokens.end - tokens.start, bounds)
    lists = digits * LEAST_DIGITS >= np.maximum(ends - starts, 1)
    lettered = np.zeros(len(starts), dtype=np.bool_)
    maybe = np.flatnonzero(lists)
    if len(maybe) and not bare:
        odd = _count_odd_signs(data, starts[maybe], ends[maybe])
        lists[maybe] = 3 * odd <= digits[maybe]
        for text in maybe[(odd > 0) & lists[maybe]].tolist():
            lists[text] = lettered[text] = not is_labelled(data[starts[text] : ends[text]].decode())
    for text in maybe[_may_be_shaped(data, starts[maybe])].tolist():
        if is_shaped(data[starts[text] : ends[text]].decode("ascii", "replace")):
            lists[text] = lettered[text] = False
    return lists, lettered, digits * (4 * LEAST_DIGITS) >= ends - starts


def _may_be_shaped(data: bytes, starts: Ints) -> Bools:
    """Return which texts may be telephone numbers or dates by their first bytes: boolean array of shape (texts,)."""
    block, last = np.frombuffer(data, np.uint8), len(data) - 1
    # Tests the bytes that differ from most lists: +, 0 or white space in front, a slash or a hyphen where a date has one, and a bracket
    # with an area code or the years of a life in it.
    first, second, third, fifth, sixth = (block[np.minimum(starts + at, last)] for at in (0, 1, 2, 4, 5))
    shaped: Bools = _OPENS[first] | (second == _SLASH) | (third == _SLASH) | (fifth == _HYPHEN)
    shaped |= (first == _BRACKET) & ((fifth == _CLOSING) | (sixth == _HYPHEN) | ((sixth == _SPACE) & (BYTE_CLASS[fifth] == DIGIT)))
    return shaped


def count_lengths(tokens: DigitRuns, lists: Bools) -> dict[tuple[int, int], int]:
    """Return {(digits, numbers): texts} over the bare number lists; numbers of nine and more digits count as nine."""
    # One count of all pairs of text and digits gives the numbers of each text with so many digits, shape (texts, most digits + 1).
    digits = np.minimum(tokens.end - tokens.start, LONGEST)
    width = int(digits.max(initial=0)) + 1
    table = np.bincount(tokens.text * width + digits, minlength=len(lists) * width).reshape(-1, width)[lists]
    out: dict[tuple[int, int], int] = {}
    for digit in range(1, width):
        for numbers, count in enumerate(np.bincount(table[:, digit]).tolist()):
            if count and numbers:
                out[digit, numbers] = count
    return out


def _sum_per_text(values: Ints | Bools, bounds: Ints) -> Ints:
    """Return the sum of `values` over the runs of each text: int64 array of shape (texts,)."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return np.diff(sums[bounds])


def _count_odd_signs(data: bytes, starts: Ints, ends: Ints) -> Ints:
    """Return how many bytes of each text are neither digits nor list punctuation."""
    # The chosen texts are joined and classified with one table lookup per byte; cumulative sums give the count of each.
    texts = b"".join([data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
    odd = BYTE_CLASS[np.frombuffer(texts, dtype=np.uint8)] == OTHER
    return _sum_per_text(odd, np.concatenate([[0], np.cumsum(ends - starts)]))
