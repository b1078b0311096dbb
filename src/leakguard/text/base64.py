"""Decode short base64 payloads inside a text, if the result is readable text.

Four base64 characters encode three bytes. For printable ASCII, each of the four is one of about half the alphabet, because the high bit of
every byte is zero and no byte is a control character. Few words and identifiers happen to satisfy that, and fewer decode to digits or
words. (A newline may end the payload: the last group then looks different.) Printable ASCII needs none of the characters in which the two
base64 alphabets differ.
"""

import re
from binascii import a2b_base64
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase, digits

from leakguard.text.view import Edit

BASE64 = "base64"

_LONGEST = 88
_LETTERS = ascii_uppercase + ascii_lowercase
_PLACES = (
    "IJKLMNOPQRSTUVWXYZabcdef",
    "ABCDEFGHQRSTUVWXghijklmnwxyz0123",
    "ABEFIJMNQRUVYZcdghklopstwx014589",
    _LETTERS + digits,
)
_TWO, _THREE = f"[{_PLACES[0]}][AQgw]", f"[{_PLACES[0]}][{_PLACES[1]}][AEIMQUYcgkosw048]"
_GROUP = "".join(f"[{place}]" for place in _PLACES)


def _turn(at: int) -> str:
    """Return a pattern for one or two groups whose character class changes between characters `at` and `at` + 1, unlike in a word."""
    here, there = _PLACES[at % 4], _PLACES[(at + 1) % 4]
    changes = (
        (ascii_lowercase, ascii_uppercase + digits),
        (ascii_uppercase, digits + (ascii_lowercase if at else "")),
        (digits, _LETTERS),
    )
    pairs = "|".join(f"[{_common(here, left)}][{_common(there, right)}]" for left, right in changes if _common(here, left))
    before = "".join(f"[{_PLACES[place % 4]}]" for place in range(at))
    after = "".join(f"[{_PLACES[place]}]" for place in range((at + 2) % 4, 4) if (at + 2) % 4)
    return f"{before}(?:{pairs}){after}"


def _common(one: str, other: str) -> str:
    """Return the characters of the first string that are in the second too."""
    return "".join(character for character in one if character in other)


_DIGITS = "[MNO][DTjz][AEIMQUYcgk][w-z0-5]"
_TWO_DIGITS = "[MNO](?:[DT][cgk]|[jz][AEIMQUY])"
_SHAPES = (
    f"(?:{_GROUP})*(?:{_TWO}==|{_THREE}=|Cg==|[{_PLACES[0]}][AQgw]o=)",
    f"(?:{'|'.join(map(_turn, range(7)))})(?:{_GROUP})*(?:{_TWO}|{_THREE})?",
    f"(?:{_DIGITS})+(?:[MNO][AQgw]|[MNO][DTjz][AEIMQUYcgk])?",
    _TWO_DIGITS,
)
_WIDE = (
    "(?:2[a7]|34)(?:[DHLPTXbfjn][Zbf]|[AEIMQUYcgk][gs])|4(?:K[Wemu2+-]|L[GOWe])[m-v]|"
    "4(?:L[mu]|YK)[Q-Z]|4(?:Ly|Z[+-])[g-p]|4YG[A-J]|77y[Q-Z]|8J2f"
)
"""Beginnings of base64 of digits outside ASCII: Arabic, Persian and N'Ko ones before another one, a space or a comma, Indic, Thai, Lao,
Tibetan, Burmese, Khmer, fullwidth and mathematical ones.
"""
PREFILTERS = (
    *(f"(?-i:(?:^|[^A-Za-z0-9])(?:{shape})(?:[^A-Za-z0-9=]|$))" for shape in _SHAPES),
    f"(?-i:(?:^|[^A-Za-z0-9+/])(?:{_WIDE}))",
)

_WIDE_TOKEN = re.compile(rf"(?<![A-Za-z0-9+/])(?:{_WIDE})[A-Za-z0-9+/_-]*={{0,2}}(?![A-Za-z0-9+/=])")
_WIDE_NUMBERS = re.compile(r"(?=(?:\D*\d){2})[\d\s,.;:/|_-]+")

# A token that looks like a plain word (at most one capital, then small letters) must be base64 of digits. Look-behinds come after the first
# character: patterns that begin with a set of characters are searched faster.
_TOKEN = re.compile(
    rf"[{_PLACES[0]}](?<![A-Za-z0-9].)(?:(?<=[MNO])(?=[jz])|(?![a-z]*+(?![A-Za-z0-9=])))[A-Za-z0-9]*+={{0,2}}+(?![A-Za-z0-9=])"
)
_SHAPE = re.compile("|".join(_SHAPES))
_NUMBERS = re.compile(r"(?=(?:[^0-9]*[0-9]){2})[ -@\[-`{-~]+")
_WORD = "(?:[A-Z]?[a-z]+|[A-Z]+|(?:[A-Z][a-z]+)+|[0-9]+)"
_WORDS = re.compile(rf"(?=.*[A-Za-z]{{3}}){_WORD}(?:[ ,.'/_-]{{1,2}}{_WORD})*[.!?]?")

_ORDINARY = str.maketrans("-_", "+/")
_SIGNS = r"[ !-/:-@\[-`{-~]"
_SENTENCE = re.compile(rf"(?=.{{12}})(?=.*[A-Za-z]{{3}}){_SIGNS}{{0,4}}{_WORD}(?:{_SIGNS}{{1,4}}{_WORD})+{_SIGNS}{{0,4}}")


_DATA = re.compile(r"(?=[^0-9]*[0-9]{2})\{\"[ -~]+\}|\[(?=[^0-9]*[0-9]{2})[ -~]+\]")


def decode_base64(text: str) -> Iterator[Edit]:
    """Yield an edit for each token that decodes to digits and punctuation, words, a sentence, JSON, or base64 of these."""
    tokens = [(match, _decode(match.group())) for match in _TOKEN.finditer(text)]
    tokens += [(match, _decode_wide(match.group())) for match in _WIDE_TOKEN.finditer(text)]
    end = 0
    for match, decoded in sorted(tokens, key=lambda token: token[0].start()):
        if decoded and match.start() >= end:
            end = match.end()
            yield Edit(*match.span(), decoded, BASE64)


def _decode_wide(token: str) -> str:
    """Decode a token that may be digits outside ASCII; "" if it is not."""
    bare = token.rstrip("=").translate(_ORDINARY)
    if len(bare) > _LONGEST or len(bare) % 4 == 1:
        return ""
    decoded = a2b_base64(bare + "=" * (-len(bare) % 4)).decode("utf-8", "replace").removesuffix("\n")
    return decoded if _WIDE_NUMBERS.fullmatch(decoded) else ""


def _decode(token: str) -> str:
    """Decode a token if the result is readable text, else return ""."""
    bare = token.rstrip("=")
    if len(bare) > _LONGEST or not _SHAPE.fullmatch(token):
        return ""
    decoded = a2b_base64(bare + "=" * (-len(bare) % 4)).decode("ascii", "replace").removesuffix("\n")
    worth = any(shape.fullmatch(decoded) for shape in (_NUMBERS, _WORDS, _SENTENCE, _DATA)) or _decode(decoded)
    return decoded if worth else ""
