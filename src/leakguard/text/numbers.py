"""Read the numbers of a folded text in any spelling that is made of digits.

A reader takes the text of a view (see fold.py) and yields readings. Each form is one general rule: what it looks like,
how it is called in a finding, and how sure one may be (`doubt` lowers a finding's severity by that many steps).
Number words and roman numerals live in words.py.
"""

import re
import sys
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

SEPARATED = "separated digits"
SPLIT = "a split number"
HOMOGLYPH_DIGITS = "look-alike digits"

GATES = (
    ("[0-9][0-9a-f]{0,8}h[^a-z0-9]", True),
    ("&h[0-9a-f]", True),
    ("16#[0-9a-f]+#", True),
    (r"[0-9]\.[0-9]+e\+?[0-9]", True),
    (r"[^0-9]10\^[0-9]", True),
)
"""Patterns (and whether case is ignored) for the spellings whose digits alone would not send a text to these readers."""


class Reading(NamedTuple):
    """Characters `start` to `end` say `value`; `form` is "" for an ordinary number."""

    value: int
    start: int
    end: int
    form: str = ""
    doubt: int = 0


_MOST_DIGITS = 40
MOST_JOINED = 6
_MOST_POWER = 8
LEAST_GLUED = 3
_LETTER = r"A-Za-z\u00c0-\u024f"
# Look-behinds stand after the first character: a pattern that begins with a set of characters is searched ten times faster.
_WHOLE = re.compile(
    rf"(?P<digits>[0-9](?<![0-9].)(?<!(?<![A-Za-z.])\..)(?<![0-9]['_:].)(?<![0-9][{_LETTER}].)(?<![0-9][eE][+-].)[0-9]*)"
    r"(?P<zeros>\.0+(?![0-9]))?(?P<power>[eE][+-]?0+(?![0-9A-Za-z]))?"
    rf"(?P<unit>[cdkm]?m[23]|[{_LETTER}]{{0,20}})(?![{_LETTER}0-9])(?!['_:.][0-9])(?!(?<=[0-9][eE])[+-][0-9])"
)
_RATIO = re.compile(r"([0-9](?<![0-9:.,'_].)[0-9]*+):([0-9]++)(?![:.,'_][0-9])")
_COMMAS = re.compile(r"[0-9](?<![0-9.].)(?<![0-9],.)(?<![a-z][a-z].)[0-9]*+(?:,[0-9]++)++")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})++")
_GROUPED = re.compile(r"[1-9](?<![0-9.].)(?<![0-9][,'_ ].)[0-9]{0,2}(?:([,'_ ])[0-9]{3})(?:\1[0-9]{3})*+(?![0-9])(?!\.[0-9])(?!\1[0-9])")
_DOTTED = re.compile(r"[1-9](?<![0-9.,].)[0-9]{0,2}(?:\.[0-9]{3})++(?![0-9.])")
_RADIX = (
    (re.compile(rf"0(?<![0-9{_LETTER}].)[xX]([0-9A-Fa-f_]+)[uUlL]{{0,3}}(?![0-9{_LETTER}])"), 16, "hexadecimal"),
    (re.compile(rf"0(?<![0-9{_LETTER}].)[oO]([0-7_]+)[uUlL]{{0,3}}(?![0-9{_LETTER}])"), 8, "octal"),
    (re.compile(rf"0(?<![0-9{_LETTER}].)[bB]([01_]+)[uUlL]{{0,3}}(?![0-9{_LETTER}])"), 2, "binary"),
    (re.compile(rf"&(?<![0-9{_LETTER}].)[hH]([0-9A-Fa-f]+)(?![0-9{_LETTER}])"), 16, "hexadecimal"),
    (re.compile(r"1(?<![0-9].)6#([0-9A-Fa-f]+)#"), 16, "hexadecimal"),
    (re.compile(rf"([0-9](?<![0-9{_LETTER}#].)[0-9A-Fa-f]*)[hH](?![0-9{_LETTER}])"), 16, "hexadecimal"),
)
_TIMES_TEN = r" ?[x×*·] ?10\^"
_SCIENTIFIC = re.compile(
    rf"(?P<whole>[0-9](?<![0-9.{_LETTER}].)[0-9]{{0,8}})"
    rf"(?:\.(?P<part>[0-9]{{1,9}})(?:[eE]\+?|{_TIMES_TEN})|{_TIMES_TEN})(?P<power>[0-9]{{1,2}})(?![0-9A-Za-z])"
)
_MOST_PIECES = 1_000
_RUN = re.compile(rf"[0-9](?<![0-9].)[0-9]*+(?:[^0-9A-Za-z]{{1,6}}[0-9]++){{1,{_MOST_PIECES}}}+")
"""Pieces of digits close together; a longer row of them is read in parts."""
_PIECE = re.compile(r"[0-9]+")
_LIKE_DIGIT = str.maketrans("lIioO〇ZSBȢбЗзƷʒЧчbGgqT", "1110002588633334466997")
_UNITS = frozenset("bGgqT")
"""Letters that look like digits and are units or hexadecimal digits as well."""
_TIGHT = re.compile(r"[0-9lIOo](?<![0-9A-Za-z].)(?!(?<=0)[oO][0-7]+(?![0-9A-Za-z]))[0-9lIOo]*+(?![0-9A-Za-z])")
_LOOSE = re.compile(
    r"[0-9lIiOo〇ZSBȢбЗзƷʒЧчbGgqT](?<![0-9A-Za-z].)(?!(?<=0)[oO][0-7]+(?![0-9A-Za-z]))"
    r"[0-9lIiOo〇ZSBȢбЗзƷʒЧчbGgqT]*+(?![0-9A-Za-z\u0400-\u04ff])"
)
_NAME, _LONGEST_UNIT = 20, 3
_HEX_LETTERS = frozenset("abcdef")
_HEX_WORD = re.compile(r"[0-9][A-Za-z]*\Z|(?<![A-Za-z])[a-fA-F]+\Z")
_BESIDE = re.compile(r"[0-9][lIOo]|[lIOo][0-9]")
_ORDINARY = frozenset(["", "-", "/", ",", ".", ":", "*", "+", "=", "x", "×", ")", "|", ";", "&", "<", ">"])
_RECKONED = frozenset([".", "+", "*", "=", "×"])
"""Signs of versions and of sums, which are often honest."""
_CALCULATION = re.compile(r"\s*=")
_CURRENCY = frozenset("$€£¥₹₩")
_CURRENCIES = re.compile(r"\s?(?:[$€£¥₹₩]|(?:usd|eur|gbp|cad|aud|jpy|chf|euros?|dollars?|pounds?|bucks|yen|yuan|rupees?)\b)", re.IGNORECASE)


def read_whole(text: str, *, in_list: bool) -> Iterator[Reading]:
    """Ordinary integers: whole, signed, zero-padded, with an integral fraction, a unit, an ordinal or quotes around them."""
    chains = _comma_chains(text, in_list)
    first, last, unsure = next(chains, _NO_CHAIN)
    for match in _WHOLE.finditer(text):
        digits, start = match["digits"], match.start()
        while start >= last:
            first, last, unsure = next(chains, _NO_CHAIN)
        doubt = unsure if start >= first else 0
        if doubt is None or len(digits) > _MOST_DIGITS:
            continue
        tail = "power" if match["power"] else "zeros" if match["zeros"] else "digits"
        form = {"power": "a power of ten", "zeros": "a decimal", "digits": ""}[tail]
        if _is_glued(text, match):
            if _is_name(text, match):
                yield Reading(int(digits), start, match.end(tail), "a number glued to a letter", 2)
        else:
            yield Reading(int(digits), start, match.end(tail), "leading zeros" if _padded(digits) else form, doubt)


def read_ratio(text: str) -> Iterator[Reading]:
    """The sides of 666:1 that are too long for a time or a verse; a scale and a place in a file look the same, so they are doubted."""
    for match in _RATIO.finditer(text):
        for side in (1, 2):
            if len(digits := match[side]) >= LEAST_GLUED and len(digits) <= _MOST_DIGITS:
                yield Reading(int(digits), *match.span(side), "", 2)


def _is_glued(text: str, match: re.Match[str]) -> bool:
    """Whether letters touch a number that are no unit."""
    before = text[match.start() - 1 : match.start()]
    return (before.isalpha() and before.isascii()) or len(match["unit"]) > _LONGEST_UNIT


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether a number and the letters that touch it are a name (user666, 666user, x666x) and no piece of a hash."""
    start = match.start()
    if len(match["digits"]) < LEAST_GLUED or (match["unit"] and set(match["unit"].lower()) <= _HEX_LETTERS):
        return False
    before = text[start - 1 : start].isalpha() and text[start - 2 : start - 1].isalnum()
    return not (before and _HEX_WORD.search(text, max(start - _NAME, 0), start))


def _padded(digits: str) -> bool:
    return digits[0] == "0" and digits.strip("0") != ""


_NO_CHAIN = sys.maxsize, sys.maxsize, 0


def _comma_chains(text: str, in_list: bool) -> Iterator[tuple[int, int, int | None]]:
    """Where commas without spaces leave open what is one number: (start, end, doubt), None for not a number of its own."""
    for match in _COMMAS.finditer(text):
        if _THOUSANDS.fullmatch(match.group()):
            if not in_list:
                yield match.start(), match.end(), None
            elif match.group().count(",") == 1:
                yield match.start(), match.end(), 2


def read_grouped(text: str) -> Iterator[Reading]:
    """Thousands separators: 1,488 1'488 1_488 1 488; with a dot the same could be a decimal, so it is doubted."""
    for match in _GROUPED.finditer(text):
        digits = re.sub("[,'_ ]", "", match.group())
        if len(digits) <= MOST_JOINED:
            yield Reading(int(digits), *match.span(), "thousands separators", 1 if match.group(1) == " " else 0)
    for match in _DOTTED.finditer(text):
        if len(match.group()) <= MOST_JOINED + 1:
            yield Reading(int(match.group().replace(".", "")), *match.span(), "thousands separators", 2)


def read_radix(text: str) -> Iterator[Reading]:
    """Hexadecimal, octal and binary literals; constants in code are often honest, so they are doubted."""
    for pattern, base, form in _RADIX:
        for match in pattern.finditer(text):
            digits = match.group(1).replace("_", "")
            if digits and len(digits) <= _MOST_DIGITS:
                yield Reading(int(digits, base), *match.span(), form, 2)


def read_scientific(text: str) -> Iterator[Reading]:
    """A decimal times a power of ten that make an integer: 6.66e2, 6.66×10^2. Measurements look the same, so it is doubted."""
    for match in _SCIENTIFIC.finditer(text):
        part, power = match["part"] or "", int(match["power"])
        if len(part.rstrip("0")) <= power <= _MOST_POWER and power:
            value = int(match["whole"] + part) * 10**power // 10 ** len(part)
            yield Reading(value, *match.span(), "a power of ten", 2)


def read_lookalikes(text: str, *, in_list: bool) -> Iterator[Reading]:
    """Letters that look like digits: l, I, O beside a digit anywhere; in a number list also Z, S, B, G, Cyrillic letters."""
    if not in_list and not _BESIDE.search(text):
        return
    for match in (_LOOSE if in_list else _TIGHT).finditer(text):
        said = match.group()
        unlike = not _UNITS.isdisjoint(said)
        if 1 < len(said) <= _MOST_DIGITS and not said.isdigit() and ((in_list and not unlike) or any(map(str.isdigit, said))):
            value = said.translate(_LIKE_DIGIT)
            yield Reading(int(value), *match.span(), HOMOGLYPH_DIGITS, 0 if in_list and not unlike else 1)


def read_separated(
    text: str, *, in_list: bool, listed: Container[int] | None = None, places: Sequence[int] | None = None
) -> Iterator[Reading]:
    """Digits or pieces with one and the same separator between them: 6-6-6, 1.4.8.8, 14/88, 6 66, [6,6,6].

    `listed` are the values that matter and `places` where they may begin, in order (None: all): there are many ways to put pieces
    together, and few mean anything.
    """
    for pieces, gaps, firsts in _rows_of_pieces(text):
        chosen = firsts if places is None else [at for at in firsts if _holds(places, pieces[at][1])]
        for first, last, digits in _windows(pieces, gaps, chosen):
            value = int(digits)
            if listed is not None and value not in listed:
                continue
            gap = gaps[first]
            whole = (first == 0 or gaps[first - 1] != gap) and (last == len(gaps) or gaps[last] != gap)
            if not in_list and (is_loose(gap) or (gap == "." and _is_money(text, pieces[first][1], pieces[last][2]))):
                continue
            said = _put_together(tuple(piece for piece, _, _ in pieces[first : last + 1]), gap, whole, in_list)
            if said and digits[0] != "0" and not _is_calculation(text, pieces[last][2], gap):
                yield Reading(value, pieces[first][1], pieces[last][2], *said)


_Piece = tuple[str, int, int]


def _rows_of_pieces(text: str) -> Iterator[tuple[list[_Piece], list[str], Sequence[int]]]:
    """Digit runs that stand close together, what stands between each two of them, and which of them a number may begin with.

    A row of very many pieces comes in parts that overlap: each holds the piece before the first that a number may begin with in it,
    and behind the last one as many as can matter.
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
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


def _windows(pieces: Sequence[_Piece], gaps: Sequence[str], firsts: Iterable[int]) -> Iterator[tuple[int, int, str]]:
    """First and last piece of every row of pieces that begins at one of `firsts`, and all of its digits.

    A row has up to six digits in all, and one and the same gap.
    """
    for first in firsts:
        gap, digits = gaps[first], pieces[first][0]
        for last in range(first + 1, len(pieces)):
            digits += pieces[last][0]
            if len(digits) > MOST_JOINED or gaps[last - 1] != gap:
                break
            yield first, last, digits


def is_loose(gap: str) -> bool:
    """True for a gap that joins nothing in prose: it has a new line at an end, or is a full stop and more."""
    return gap[0] == "\n" or gap[-1] == "\n" or (gap[0] == "." and gap[-1] != ".")


def _is_money(text: str, start: int, end: int) -> bool:
    """Whether two pieces with a point between them are an amount: $14.88, 14.88 euros."""
    return text[max(start - 2, 0) : start].strip()[-1:] in _CURRENCY or _CURRENCIES.match(text, end) is not None


def _is_calculation(text: str, end: int, gap: str) -> bool:
    return gap.strip() in ("+", "*", "/", "-", "x", "×") and _CALCULATION.match(text, end) is not None


@lru_cache(maxsize=4_096)
def _put_together(parts: tuple[str, ...], gap: str, whole: bool, in_list: bool) -> tuple[str, int] | None:
    """Form and doubt of pieces that are read as one number, or None; `whole`: no further piece with the same gap stands beside them."""
    return _one_by_one(parts, gap, whole, in_list) or _split(parts, gap, whole, in_list)


def _one_by_one(parts: Sequence[str], gap: str, whole: bool, in_list: bool) -> tuple[str, int] | None:
    """Form and doubt of single digits in a row, or None. Two different digits are a range, a fraction or a score."""
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


def _split(parts: Sequence[str], gap: str, whole: bool, in_list: bool) -> tuple[str, int] | None:
    """Form and doubt of a number cut into two or three pieces, or None where it is a decimal, a time or a list."""
    bare, value = gap.strip(), "".join(parts)
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


def read_numbers(text: str, *, in_list: bool, listed: Container[int] | None = None) -> Iterator[Reading]:
    """Every reading of every form; a place may be read in several ways, and a table of listed values decides."""
    yield from read_whole(text, in_list=in_list)
    yield from read_ratio(text)
    yield from read_radix(text)
    yield from read_scientific(text)
    yield from read_lookalikes(text, in_list=in_list)
    yield from read_joined(text, in_list=in_list, listed=listed)


def read_joined(
    text: str, *, in_list: bool, listed: Container[int] | None = None, places: Sequence[int] | None = None
) -> Iterator[Reading]:
    """Only the readings of several digit runs as one number; `listed` and `places` as for `read_separated`."""
    yield from read_grouped(text)
    yield from read_separated(text, in_list=in_list, listed=listed, places=places)
