"""Read numbers whose digits are separated: single digits or groups with one and the same separator between them."""

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

SEPARATED = "separated digits"
SPLIT = "a split number"
MOST_JOINED = 6
_MOST_PIECES = 1_000
_RUN = re.compile(rf"[0-9](?<![0-9].)[0-9]*+(?:[^0-9A-Za-z]{{1,6}}[0-9]++){{1,{_MOST_PIECES}}}+")
"""Groups of digits close together; a longer sequence of them is read in parts."""
_PIECE = re.compile(r"[0-9]+")
_ORDINARY = frozenset(["", "-", "/", ",", ".", ":", "*", "+", "=", "x", "×", ")", "|", ";", "&", "<", ">"])
_RECKONED = frozenset([".", "+", "*", "=", "×"])
"""Separators of versions and of calculations, which are often harmless."""
_CALCULATION = re.compile(r"\s*=")
_CURRENCY = frozenset("$€£¥₹₩")
_CURRENCIES = re.compile(r"\s?(?:[$€£¥₹₩]|(?:usd|eur|gbp|cad|aud|jpy|chf|euros?|dollars?|pounds?|bucks|yen|yuan|rupees?)\b)", re.IGNORECASE)


class NumberReading(NamedTuple):
    """Characters `start` to `end` can be read as `value`.

    `form` names the spelling ("" for an ordinary number); `doubt` is how many steps the severity of a finding goes down.
    """

    value: int
    start: int
    end: int
    form: str = ""
    doubt: int = 0


def read_separated(
    text: str, *, in_list: bool, listed: Container[int] | None = None, places: Sequence[int] | None = None
) -> Iterator[NumberReading]:
    """Yield readings of digits or groups with one and the same separator: 6-6-6, 1.4.8.8, 14/88, 6 66, [6,6,6].

    `listed`: the values that matter; `places`: sorted positions at which they may begin (None: all). There are many ways to combine groups,
    and few matter. `in_list`: the text is a bare number list.
    """
    for pieces, gaps, firsts in _rows_of_pieces(text):
        chosen = firsts if places is None else [at for at in firsts if _holds(places, pieces[at][1])]
        for first, last, digits in _windows(pieces, gaps, chosen):
            value = int(digits)
            if listed is not None and value not in listed:
                continue
            gap = gaps[first]
            whole = (first == 0 or gaps[first - 1] != gap) and (last == len(gaps) or gaps[last] != gap)
            if not in_list and (is_break(gap) or (gap == "." and _is_money(text, pieces[first][1], pieces[last][2]))):
                continue
            form_and_doubt = _join_pieces(tuple(piece for piece, _, _ in pieces[first : last + 1]), gap, whole, in_list)
            if form_and_doubt and digits[0] != "0" and not _is_calculation(text, pieces[last][2], gap):
                yield NumberReading(value, pieces[first][1], pieces[last][2], *form_and_doubt)


_Piece = tuple[str, int, int]


def _rows_of_pieces(text: str) -> Iterator[tuple[list[_Piece], list[str], Sequence[int]]]:
    """Yield sequences of digit groups that are close together: the groups, the gaps between them, and the indices at which a number may
    begin.

    A very long sequence is returned in overlapping parts: each contains the group before the first at which a number may begin, and enough
    groups behind the last one.
    """
    at, before = 0, 0
    while run := _RUN.search(text, at):
        pieces = [(piece.group(), *piece.span()) for piece in _PIECE.finditer(text, *run.span())]
        gaps = [text[left[2] : right[1]] for left, right in pairwise(pieces)]
        whole = len(gaps) < _MOST_PIECES
        stop = len(gaps) if whole else len(gaps) - MOST_JOINED
        yield pieces, gaps, range(before, stop)
        at, before = (run.end(), 0) if whole else (pieces[stop - 1][1], 1)


def _holds(places: Sequence[int], place: int) -> bool:
    """Return True if `place` is in the sorted `places`."""
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


def _windows(pieces: Sequence[_Piece], gaps: Sequence[str], firsts: Iterable[int]) -> Iterator[tuple[int, int, str]]:
    """Yield first and last index of each combination of groups that begins at one of `firsts`, and all of its digits.

    A combination has up to six digits, and one and the same gap.
    """
    for first in firsts:
        gap, digits = gaps[first], pieces[first][0]
        for last in range(first + 1, len(pieces)):
            digits += pieces[last][0]
            if len(digits) > MOST_JOINED or gaps[last - 1] != gap:
                break
            yield first, last, digits


def is_break(gap: str) -> bool:
    """Return True for a gap that separates numbers in prose: with a line break at an end, or a full stop and further characters."""
    return gap[0] == "\n" or gap[-1] == "\n" or (gap[0] == "." and gap[-1] != ".")


def _is_money(text: str, start: int, end: int) -> bool:
    """Return True if two groups with a point between them are an amount: $14.88, 14.88 euros."""
    return text[max(start - 2, 0) : start].strip()[-1:] in _CURRENCY or _CURRENCIES.match(text, end) is not None


def _is_calculation(text: str, end: int, gap: str) -> bool:
    """Return True if a calculation with its result follows: "14 + 88 ="."""
    return gap.strip() in ("+", "*", "/", "-", "x", "×") and _CALCULATION.match(text, end) is not None


@lru_cache(maxsize=4_096)
def _join_pieces(parts: tuple[str, ...], gap: str, whole: bool, in_list: bool) -> tuple[str, int] | None:
    """Return form and doubt of groups that are read as one number, or None. `whole`: no further group with the same gap is beside them."""
    return _join_digits(parts, gap, whole, in_list) or _join_split(parts, gap, whole, in_list)


def _join_digits(parts: Sequence[str], gap: str, whole: bool, in_list: bool) -> tuple[str, int] | None:
    """Return form and doubt of separated single digits as one number, or None. Two different digits are a range, a fraction or a score."""
    if any(len(part) > 1 for part in parts):
        return None
    bare = gap.strip()
    if len(parts) == 2 and (not whole or bare == "." or (bare == "," and not in_list)):
        return None
    if len(parts) == 2 and parts[0] != parts[1] and (bare in _ORDINARY or gap not in (bare, f" {bare} ") or len(bare) > 1):
        return None
    if not whole and not (in_list and (len(parts) > 3 or len(set(parts)) == 1)):
        return None
    return SEPARATED, 2 if in_list or bare in _RECKONED else 1 if bare in ("", ",") else 0


def _join_split(parts: Sequence[str], gap: str, whole: bool, in_list: bool) -> tuple[str, int] | None:
    """Return form and doubt of a number split into two or three groups, or None if it is a decimal, a time or a list."""
    bare, value = gap.strip(), "".join(parts)
    # Each test rejects one harmless reading: single digits (see `_join_digits`), a sum or a power of ten, a decimal or version, a time of
    # day, and a list or thousands separators outside of number lists.
    if (
        len(parts) > 3
        or len(value) < 3
        or all(len(part) == 1 for part in parts)
        or bare in ("+", "*", "=", "×")
        or (bare[:1] == "^" and parts[0] == "10")
    ):
        return None
    if bare == "." and [len(part) for part in parts] != [2, 2]:
        return None
    if bare == ":" and len(parts[-1]) == 2 and int(parts[0]) < 24 and int(parts[1]) < 60:
        return None
    if (bare == "," or not whole) and not (in_list and len(value) > 3):
        return None
    return SPLIT, 1 if len(value) > 3 and len(parts) == 2 and bare in ("/", "-") and not in_list else 2
