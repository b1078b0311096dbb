"""Recognise tokens without words: identifiers, hashes, base64, SVG paths. Their letters and digits are neither words nor numbers."""

import re

_REACH = 60
"""The largest number of characters of a token that are examined on each side of a position."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]")
_HEX = re.compile(r"[0-9a-fA-F]")
_LETTERED = re.compile(r"(?=.*[0-9])(?=.*[a-fA-F])")
_LEAST_HEX, _LEAST_TURNS = 7, 2
_PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_LEAST_TOKEN, _LEAST_PIECES, _LONGEST_PIECE = 16, 6, 3.2
_LINKED = re.compile(r"[0-9A-Za-z()/.+-]")
_LEAST_GROUPS, _LEAST_BRACKETS = 8, 2
_DRAWN = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9.,\s-]")
_COMMAND = re.compile(r"[MmLlHhVvCcSsQqTtAa]\s?-?[0-9.]|[Zz](?![A-Za-z])")
_LEAST_COMMANDS = 3
_ACCOUNT, _ACCOUNT_LENGTH = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: [0-9A-Z]{4}){2,7}(?: [0-9A-Z]{1,3})?\b"), 42


def is_opaque(text: str, start: int, end: int) -> bool:
    """Return True if characters `start` to `end` are part of a UUID, a hash, a mixed token, a formula, an SVG path or a bank account
    number.
    """
    return any(test(text, start, end) for test in (is_hash, is_mixed, is_formula, is_drawing, is_account))


def is_hash(text: str, start: int, end: int) -> bool:
    """Return True for a part of a UUID, or of at least seven hexadecimal digits in which letters and digits alternate, as in hashes."""
    low = max(start - 36, 0)
    if any(token.start() <= start and end <= token.end() for token in _UUID.finditer(text, low, end + 36)):
        return True
    first, last = _extend(_HEX, text, start, end)
    token = text[first:last]
    if not (first <= start and end <= last and len(token) >= _LEAST_HEX and _LETTERED.match(token)):
        return False
    prefixed = text[max(first - 2, 0) : first].lower() == "0x"
    alone = (prefixed or not text[max(first - 1, 0) : first].isalnum()) and not text[last : last + 1].isalnum()
    return alone and len(re.findall(r"[0-9]+", token)) >= _LEAST_TURNS


def is_mixed(text: str, start: int, end: int) -> bool:
    """Return True for a part of a token of 16 or more characters that changes so often between letters and digits that it has no words."""
    first, last = _extend(_TOKEN, text, start, end)
    if last - first < _LEAST_TOKEN:
        return False
    token = text[first:last]
    pieces = _PIECES.findall(token)
    mixed = any(map(str.isdigit, token)) and any(map(str.isalpha, token))
    return mixed and len(pieces) >= _LEAST_PIECES and sum(map(len, pieces)) <= _LONGEST_PIECE * len(pieces)


def is_formula(text: str, start: int, end: int) -> bool:
    """Return True for a part of many numbers joined by signs and brackets without a space, as in `1-2-14-10-16-5-6-18(23-16)12-20-8`."""
    first, last = _extend(_LINKED, text, start, end)
    token = text[first:last]
    return token.count("(") + token.count(")") >= _LEAST_BRACKETS and len(re.findall(r"[0-9]+", token)) >= _LEAST_GROUPS


def is_drawing(text: str, start: int, end: int) -> bool:
    """Return True for a part of an SVG path: command letters, each with its numbers, as in `M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10`."""
    first, last = _extend(_DRAWN, text, start, end)
    return len(_COMMAND.findall(text, first, last)) >= _LEAST_COMMANDS


def is_account(text: str, start: int, end: int) -> bool:
    """Return True for a part of a bank account number in groups of four (IBAN), as in `NO93 8601 1117 947`."""
    around = _ACCOUNT.finditer(text, max(start - _ACCOUNT_LENGTH, 0), end + _ACCOUNT_LENGTH)
    return any(match.start() <= start and end <= match.end() for match in around)


def _extend(kind: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    """Return start and end of the characters matching `kind` around a place, at most _REACH of them on each side."""
    first, last = start, end
    lowest, highest = max(start - _REACH, 0), min(end + _REACH, len(text))
    while first > lowest and kind.match(text, first - 1):
        first -= 1
    while last < highest and kind.match(text, last):
        last += 1
    return first, last
