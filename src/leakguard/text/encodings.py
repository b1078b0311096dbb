"""Decode characters written in a transport encoding: entities, escapes, percent-encoding, mail encodings, punycode.

Each decoder yields edits: which characters of the text encode which other characters. Encodings of invisible characters, and invalid ones,
stay as they are.
"""

import re
import unicodedata
from binascii import Error as BadBase64
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from html import unescape
from html.entities import html5
from itertools import pairwise, takewhile
from quopri import decodestring
from typing import NamedTuple

from leakguard.text.alternation import make_alternation
from leakguard.text.view import Edit

ENTITIES, PERCENT, ESCAPES = "HTML entities", "percent-encoding", "backslash escapes"
QUOTED, MAIL, PUNYCODE, HYPHENATED = "quoted-printable", "MIME encoded words", "punycode", "a hyphen at the end of a line"

_NUMERIC = "#(?:0*+[1-9][0-9]{0,6}|[xX]0*+[1-9A-Fa-f][0-9A-Fa-f]{0,5});?"
_LEGACY = make_alternation(name for name in html5 if not name.endswith(";"))
_NAMED = "[A-Za-z][A-Za-z0-9]{1,30};"
_ENTITY = f"&(?:amp;)*(?:{_NUMERIC}|{_NAMED}|{_LEGACY})"
_DOUBLE = re.compile("&(?:amp;)*(?=amp;|#|[A-Za-z])")

_HEX = "[0-9A-Fa-f]"
_PERCENT = f"%(?:25)*{_HEX}{{2}}"
_PERCENT_USES = f"{_PERCENT}{_PERCENT}|(?<=[A-Za-z0-9_])%(?:25)*[2-7]{_HEX}|%(?:25)*[2-7]{_HEX}(?=[A-Za-z0-9])"

_BRACED = rf"[ux]\{{0*+{_HEX}{{1,6}}\}}"
_PLAIN = f"u{_HEX}{{4}}|U{_HEX}{{8}}|x{_HEX}{{2}}|[01][0-7]{{2}}"
_CSS = rf"(?<![\\])\\(?:0000)?[2-7]{_HEX}(?: (?=\\|[^\w]|$)|(?=[^0-9A-Fa-f])|$)"
_NAME = r"N\{[A-Z][A-Z -]{2,40}\}"
_ESCAPE = rf"{_CSS}|(?<![\\])\\++(?:{_BRACED}|{_PLAIN}|{_NAME})|%u{_HEX}{{4}}|U\+00{_HEX}{{2}}(?!{_HEX})"

_LINE_BREAK = re.compile(r"\\(?:(?<=[A-Za-z]{2}\\)(?:r\\)?n(?=[A-Za-z]{2})|(?<=[0-9]\\)(?:r\\)?n(?=[0-9]))")
_HYPHENATED = re.compile(r"-(?<=[A-Za-z]-)\r?\n[ \t]{0,8}(?=[a-z])")

_QUOTED = "=[0-9A-F]{2}=[0-9A-F]{2}"
_MAIL = r"=\?[A-Za-z0-9_-]{2,20}\?[BbQq]\?[^?\s]*\?="
_CHARSETS = re.compile(
    r"utf-?8|(?:us-)?ascii|latin-?1|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|gb(?:2312|k|18030)|big5|shift_jis|euc-(?:jp|kr)", re.IGNORECASE
)
_PUNYCODE = "xn--"

_REFERENCES = sorted({f"&{name.lower()}" for name in html5 if not name.endswith(";")})
PREFILTERS = (
    "&#x?[0-9a-f]",
    "&[a-z][a-z0-9]+;",
    "|".join(_REFERENCES),
    "%[0-9a-f]{2}%[0-9a-f]{2}",
    "%25[0-9a-f]{2}",
    "[a-z0-9_]%[2-7][0-9a-f]",
    "%[2-7][0-9a-f][a-z0-9]",
    r"\\(?:u\{|x\{|n\{[a-z]|u[0-9a-f]{4}|x[0-9a-f]{2}|[01][0-7]{2})",
    "%u[0-9a-f]{4}",
    r"(?:[a-z]{2}\\(?:r\\)?n[a-z]{2}|[0-9]\\(?:r\\)?n[0-9])",
    r"u\+00[0-9a-f]{2}",
    r"[a-z]-\r?\n[ \t]{0,8}[a-z]",
    r"\\(?:0000)?[2-7][0-9a-f](?:[^0-9a-f]|$)",
    _QUOTED,
    r"=\?[a-z0-9_-]+\?[bq]\?",
    "xn--",
)

_ENTITIES = re.compile(_ENTITY)
# The first sign of a run is matched by itself, so that a search jumps from one such sign to the next.
_PERCENT_RUN, _PERCENT_USED, _PERCENT_ONE = re.compile(f"{_PERCENT}(?:{_PERCENT})*"), re.compile(_PERCENT_USES), re.compile(_PERCENT)
_ESCAPES = re.compile(_ESCAPE)
_NUMBER = re.compile(r"(?:[\\%]+([uUx]?)\{?|(U)\+)([0-9A-Fa-f]+)")
_QUOTED_RUN = re.compile("=[0-9A-F]{2}(?:=[0-9A-F]{2})+")
_MAIL_WORD = re.compile(r"=\?([^?]+)\?([BbQq])\?([^?\s]*)\?=")
_PUNY = re.compile(r"(?<![A-Za-z0-9])xn--([A-Za-z0-9-]{1,59})|(?<=[A-Za-z0-9])-?xn--")


class _Unit(NamedTuple):
    """Characters `start` to `end` encode one code unit: a byte of UTF-8, or 16 bits or more of a character."""

    start: int
    end: int
    value: int
    is_byte: bool


def decode_entities(text: str) -> Iterator[Edit]:
    """Yield edits for HTML character references as a browser reads them, also if their ampersand was escaped several times."""
    for match in _ENTITIES.finditer(text):
        last = _DOUBLE.match(match.group())
        decoded = unescape("&" + match.group()[last.end() :]) if last else match.group()
        if decoded != match.group() and decoded and all(map(_is_visible, decoded)):
            yield Edit(*match.span(), decoded, ENTITIES)


def decode_percent(text: str) -> Iterator[Edit]:
    """Yield edits for percent-encoded characters, also if the percent sign was encoded; for a single one only beside a letter or digit."""
    for run in _PERCENT_RUN.finditer(text):
        units = [_Unit(*one.span(), int(one.group()[-2:], 16), True) for one in _PERCENT_ONE.finditer(text, *run.span())]
        if len(units) > 1 or _PERCENT_USED.match(text, run.start()):
            yield from _read(units, PERCENT)


def decode_escapes(text: str) -> Iterator[Edit]:
    r"""Yield edits for escapes of code, JSON, CSS or Unicode: \u0036, \x36, \066, \u{36}, \36, \N{DIGIT SIX}, %u0036, U+0036."""
    units = []
    for match in _ESCAPES.finditer(text):
        if match.group().endswith("}") and "N{" in match.group():
            units.append(_Unit(*match.span(), _look_up_name(match.group()), False))
            continue
        backslash, plus, digits = _NUMBER.match(match.group()).groups()  # type: ignore[union-attr]
        kind = backslash or plus
        octal = not kind and len(digits) == 3
        value = int(digits, 8 if octal else 16)
        is_byte = octal or (kind == "x" and len(digits) == 2)
        units.append(_Unit(*match.span(), value, is_byte))
    return _read(units, ESCAPES)


def _look_up_name(escape: str) -> int:
    r"""Return the code point of \N{DIGIT SIX}, or of a replacement character if no single character has that name."""
    try:
        character = unicodedata.lookup(escape.partition("{")[2].removesuffix("}"))
    except KeyError:
        return 0xFFFD
    return ord(character) if len(character) == 1 else 0xFFFD


def decode_line_breaks(text: str) -> Iterator[Edit]:
    r"""Yield edits for the \n between two words of a string literal. (LaTeX commands may begin with n, but no letter is before their
    backslash.)
    """
    for match in _LINE_BREAK.finditer(text):
        yield Edit(*match.span(), "\n", ESCAPES)


def join_hyphenated(text: str) -> Iterator[Edit]:
    """Yield edits that remove hyphens at the end of a line inside a word."""
    for match in _HYPHENATED.finditer(text):
        yield Edit(*match.span(), "", HYPHENATED)


def decode_quoted_printable(text: str) -> Iterator[Edit]:
    """Yield edits for two or more consecutive characters written as =XX (quoted-printable), if all of them are visible."""
    for run in _QUOTED_RUN.finditer(text):
        units = [_Unit(at, at + 3, int(text[at + 1 : at + 3], 16), True) for at in range(*run.span(), 3)]
        edits = list(_read(units, QUOTED))
        if sum(edit.end - edit.start for edit in edits) == run.end() - run.start():
            yield from edits


def decode_mail_words(text: str) -> Iterator[Edit]:
    """Yield edits for encoded words of mail headers: =?UTF-8?B?...?=."""
    for match in _MAIL_WORD.finditer(text):
        charset, encoding, payload = match.groups()
        try:
            raw = a2b_base64(payload) if encoding in "Bb" else decodestring(payload, header=True)
            decoded = raw.decode(charset) if _CHARSETS.fullmatch(charset) else ""
        except (BadBase64, ValueError, LookupError):
            continue
        if decoded and all(map(_is_visible, decoded)):
            yield Edit(*match.span(), decoded, MAIL)


def decode_punycode(text: str) -> Iterator[Edit]:
    """Yield edits for internationalised host names (punycode), and edits that remove the prefix of one after a name."""
    for match in _PUNY.finditer(text):
        decoded = _decode_label(match.group(1)) if match.group(1) else ""
        if decoded is not None:
            yield Edit(*match.span(), decoded, PUNYCODE)


def _decode_label(label: str) -> str | None:
    """Decode one label of a host name; return None if it is invalid or not visible."""
    try:
        decoded = label.encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return None
    return decoded if decoded and all(map(_is_visible, decoded)) else None


def _read(units: Sequence[_Unit], form: str) -> Iterator[Edit]:
    """Yield one edit per character: consecutive bytes as UTF-8, pairs of surrogates as one character."""
    at = 0
    while at < len(units):
        used, character = _character(units, at)
        if _is_visible(character):
            yield Edit(units[at].start, units[at + used - 1].end, character, form)
        at += used


def _character(units: Sequence[_Unit], at: int) -> tuple[int, str]:
    """Return how many units from `at` on encode one character, and the character; "" for an invalid one."""
    first = units[at]
    if first.is_byte and first.value >= 0xC2:
        size = 2 + (first.value >= 0xE0) + (first.value >= 0xF0)
        values = [unit.value for unit in _following(units[at : at + size]) if unit.is_byte]
        try:
            return size, bytes(values).decode()
        except UnicodeDecodeError:
            pass
    if 0xD800 <= first.value < 0xDC00 and at + 1 < len(units):
        low = units[at + 1].value
        if first.end == units[at + 1].start and 0xDC00 <= low < 0xE000:
            return 2, chr(0x10000 + ((first.value - 0xD800) << 10) + low - 0xDC00)
    return 1, chr(first.value) if first.value < 0x110000 else ""


def _following(units: Sequence[_Unit]) -> list[_Unit]:
    """Return the first units up to the first gap between two of them."""
    return [units[0], *(after for _, after in takewhile(lambda pair: pair[0].end == pair[1].start, pairwise(units)))]


def _is_visible(character: str) -> bool:
    """Return True unless a character is a control, surrogate, unassigned or replacement character."""
    return character in ("\t", "\n", "\r") or (
        character not in ("", "\ufffd") and unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Co")
    )
