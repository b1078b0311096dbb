"""Read the numbers of a folded text in all spellings that are made of digits.

Each function reads one form: its pattern, its name in a finding, and how doubtful it is (`doubt` lowers the severity of a finding by that
many steps). Number words and Roman numerals are in number_word_reader.py and roman.py. `in_list`: the text is a bare list of numbers.
"""

import re
import sys
from collections.abc import Container, Iterator, Sequence

from leakguard.text.separated import MOST_JOINED, NumberReading, read_separated

HOMOGLYPH_DIGITS = "look-alike digits"

PREFILTERS = (
    ("[0-9][0-9a-f]{0,8}h[^a-z0-9]", True),
    ("&h[0-9a-f]", True),
    ("16#[0-9a-f]+#", True),
    (r"[0-9]\.[0-9]+e\+?[0-9]", True),
    (r"[^0-9]10\^[0-9]", True),
)
"""Patterns (with whether case is ignored) for spellings that the look-up of digit runs does not find."""


_MOST_DIGITS = 40
_MOST_POWER = 8
_AMOUNT = ".00"
LEAST_GLUED = 3
_LETTER = r"A-Za-z\u00c0-\u024f"
# Look-behinds come after the first character: a pattern that begins with a set of characters is searched ten times faster.
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


def read_whole(text: str, *, in_list: bool) -> Iterator[NumberReading]:
    """Yield ordinary integers: whole, signed, zero-padded, with an integral fraction, a unit, an ordinal ending or quotes around them."""
    chains = _find_comma_chains(text, in_list)
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
                yield NumberReading(int(digits), start, match.end(tail), "a number glued to a letter", 2)
        else:
            # Amounts of money have two zeros behind the point.
            doubted = max(doubt, 2) if match["zeros"] == _AMOUNT else doubt
            yield NumberReading(int(digits), start, match.end(tail), "leading zeros" if _is_padded(digits) else form, doubted)


def read_ratio(text: str) -> Iterator[NumberReading]:
    """Yield the sides of a ratio that are too long for a time or a verse (666:1). They are doubtful, because scales and line numbers are
    written in this way too.
    """
    for match in _RATIO.finditer(text):
        for side in (1, 2):
            if len(digits := match[side]) >= LEAST_GLUED and len(digits) <= _MOST_DIGITS:
                yield NumberReading(int(digits), *match.span(side), "", 2)


def _is_glued(text: str, match: re.Match[str]) -> bool:
    """Return True if letters that are no unit are directly beside the number."""
    before = text[match.start() - 1 : match.start()]
    return (before.isalpha() and before.isascii()) or len(match["unit"]) > _LONGEST_UNIT


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Return True if a number and the letters beside it are a name (user666, 666user, x666x), not a part of a hash."""
    start = match.start()
    if len(match["digits"]) < LEAST_GLUED or (match["unit"] and set(match["unit"].lower()) <= _HEX_LETTERS):
        return False
    before = text[start - 1 : start].isalpha() and text[start - 2 : start - 1].isalnum()
    return not (before and _HEX_WORD.search(text, max(start - _NAME, 0), start))


def _is_padded(digits: str) -> bool:
    return digits[0] == "0" and digits.strip("0") != ""


_NO_CHAIN = sys.maxsize, sys.maxsize, 0


def _find_comma_chains(text: str, in_list: bool) -> Iterator[tuple[int, int, int | None]]:
    """Yield (start, end, doubt) of numbers joined by commas without spaces, which may be one number; doubt is None if they are parts."""
    for match in _COMMAS.finditer(text):
        if _THOUSANDS.fullmatch(match.group()):
            if not in_list:
                yield match.start(), match.end(), None
            elif match.group().count(",") == 1:
                yield match.start(), match.end(), 2


def read_grouped(text: str) -> Iterator[NumberReading]:
    """Yield numbers with thousands separators: 1,488 1'488 1_488 1 488. Those with a point may be decimals and are doubtful."""
    for match in _GROUPED.finditer(text):
        digits = re.sub("[,'_ ]", "", match.group())
        if len(digits) <= MOST_JOINED:
            yield NumberReading(int(digits), *match.span(), "thousands separators", 1 if match.group(1) == " " else 0)
    for match in _DOTTED.finditer(text):
        if len(match.group()) <= MOST_JOINED + 1:
            yield NumberReading(int(match.group().replace(".", "")), *match.span(), "thousands separators", 2)


def read_radix(text: str) -> Iterator[NumberReading]:
    """Yield hexadecimal, octal and binary literals. They are doubtful, because constants in code are often harmless."""
    for pattern, base, form in _RADIX:
        for match in pattern.finditer(text):
            digits = match.group(1).replace("_", "")
            if digits and len(digits) <= _MOST_DIGITS:
                yield NumberReading(int(digits, base), *match.span(), form, 2)


def read_scientific(text: str) -> Iterator[NumberReading]:
    """Yield decimals with a power of ten that are integers: 6.66e2, 6.66×10^2. They are doubtful, because they may be measurements."""
    for match in _SCIENTIFIC.finditer(text):
        part, power = match["part"] or "", int(match["power"])
        if len(part.rstrip("0")) <= power <= _MOST_POWER and power:
            value = int(match["whole"] + part) * 10**power // 10 ** len(part)
            yield NumberReading(value, *match.span(), "a power of ten", 2)


def read_lookalikes(text: str, *, in_list: bool) -> Iterator[NumberReading]:
    """Yield numbers with letters that look like digits: l, I, O beside a digit anywhere; in a number list also Z, S, B, G and Cyrillic
    letters.
    """
    if not in_list and not _BESIDE.search(text):
        return
    for match in (_LOOSE if in_list else _TIGHT).finditer(text):
        written = match.group()
        unlike = not _UNITS.isdisjoint(written)
        if 1 < len(written) <= _MOST_DIGITS and not written.isdigit() and ((in_list and not unlike) or any(map(str.isdigit, written))):
            value = written.translate(_LIKE_DIGIT)
            yield NumberReading(int(value), *match.span(), HOMOGLYPH_DIGITS, 0 if in_list and not unlike else 1)


def read_numbers(text: str, *, in_list: bool, listed: Container[int] | None = None) -> Iterator[NumberReading]:
    """Yield all readings of the numbers in a text, in all forms. One place may have several readings; callers keep listed values."""
    yield from read_whole(text, in_list=in_list)
    yield from read_ratio(text)
    yield from read_radix(text)
    yield from read_scientific(text)
    yield from read_lookalikes(text, in_list=in_list)
    yield from read_joined(text, in_list=in_list, listed=listed)


def read_joined(
    text: str, *, in_list: bool, listed: Container[int] | None = None, places: Sequence[int] | None = None
) -> Iterator[NumberReading]:
    """Yield the readings of several digit runs as one number; `listed` and `places` as in `read_separated`."""
    yield from read_grouped(text)
    yield from read_separated(text, in_list=in_list, listed=listed, places=places)
