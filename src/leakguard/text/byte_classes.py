"""Classify digit runs by the bytes around them (signs, separators, units, letters that look like digits), as array operations.

In all functions `block` is a uint8 array of joined texts, and `start` and `end` are int64 arrays of shape (n,), byte offsets of digit runs
in it. The results are boolean arrays of shape (n,).
"""

import numpy as np
from numpy.typing import NDArray

from leakguard.text.numbers import LEAST_GLUED

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SEPARATOR = "\x1e"
_WIDEST_GAP = 9
DIGIT, OTHER = 1, 2


def _byte_classes() -> Bytes:
    """Return the class of each of the 256 bytes: DIGIT, OTHER, or 0 for list punctuation."""
    classes = np.full(256, OTHER, dtype=np.uint8)
    classes[list(b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f,;:|/.-[]()'\"")] = 0
    classes[list(b"0123456789")] = DIGIT
    return classes


def _flags(characters: str) -> Bools:
    """Return a table of 256 flags, set for these characters."""
    flags = np.zeros(256, dtype=np.bool_)
    flags[list(characters.encode())] = True
    return flags


BYTE_CLASS = _byte_classes()
LIST_BYTES = bytes(byte for byte in range(256) if BYTE_CLASS[byte] != OTHER)
"""The bytes of digits and list punctuation, the only ones in bare number lists."""
ZERO = ord("0")
_SIGNS = "".join(chr(byte) for byte in range(128) if not chr(byte).isalnum())
BOUNDARY = _flags("".join(sign for sign in _SIGNS if sign not in ".,:'_"))
_BEFORE_DIGITS = _flags(".,:'_")
_LETTER = _flags("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_UNIT = _LETTER & ~_flags("eElIoOxXbBhHZSB")
RADIX_LETTER = _flags("xXbBoO")
_SIGN, _EXPONENT = _flags("+-"), _flags("eE")
DIGIT_LOOKALIKE = _flags("lIoOZSB")
USUAL_SEPARATOR = _flags(" \t\n-/,.:*+=x)|;&<>")
_TOUCHING = _flags(",")
_POINT, _COLON, COMMA, _NEWLINE = (ord(sign) for sign in ".:,\n")


def are_close(block: Bytes, end: Ints, start: Ints, *, bare: bool) -> Bools:
    """Return which pairs of runs have a short gap between them without letters.

    `end` and `start` are the end of the first and the start of the second run. Only the bytes at both ends and in the middle of the gap are
    tested for letters; a `bare` block has none.
    """
    close: Bools = start - end <= _WIDEST_GAP
    if not bare:
        close &= ~_LETTER[block[end]] & ~_LETTER[block[start - 1]] & ~_LETTER[block[end + (start - end) // 2]]
    return close


def are_breaks(block: Bytes, end: Ints, start: Ints) -> Bools:
    """Return which gaps between two runs separate numbers in prose: those with a line break, or with a full stop and further characters."""
    last = block[start - 1]
    apart: Bools = (block[end] == _NEWLINE) | (last == _NEWLINE) | ((block[end] == _POINT) & (last != _POINT))
    return apart


def classify_runs(block: Bytes, start: Ints, end: Ints, in_list: Bools, *, bare: bool = False) -> tuple[Bools, Bools]:
    """Return which runs are whole numbers (plain), and which are parts of a decimal, a time or a number with thousands separators.

    A plain run has signs or spaces on both sides, perhaps a unit of up to three letters; a point, comma, colon, apostrophe or underscore
    beside it must not touch another digit. Zero-padded runs are neither plain nor parts: the caller reads their text closely. `in_list`:
    which runs are in bare number lists. A `bare` block has no letters, which saves the tests for them.

    All tests look up the one to four bytes on each side of every run in tables of flags, at once for all runs.
    """
    last = len(block) - 1
    before, after = block[start - 1], block[end]
    beyond, beneath = block[np.minimum(end + 1, last)], block[np.maximum(start - 2, 0)]
    touches_left = _BEFORE_DIGITS[before] & (BYTE_CLASS[beneath] == DIGIT)
    touches_right = _BEFORE_DIGITS[after] & (BYTE_CLASS[beyond] == DIGIT)
    free_left = BOUNDARY[before] | (_BEFORE_DIGITS[before] & ~touches_left & (before != _POINT))
    free_right = BOUNDARY[after] | (_BEFORE_DIGITS[after] & ~touches_right)
    plain = free_left & (free_right if bare else free_right | _has_unit(block, end)) & (block[start] != ZERO)
    # A point behind a letter or another point belongs to an abbreviation or an ellipsis: "No.7", "...7".
    decimal = (before == _POINT) & (beneath != _POINT)
    if not bare:
        decimal &= ~_LETTER[beneath]
    short = end - start < LEAST_GLUED
    part = (touches_left & ((before == _POINT) | ((before == _COLON) & short))) | decimal
    if not bare:
        part |= _LETTER[before] & ~DIGIT_LOOKALIKE[before] & short
        exponent = _SIGN[before] & _EXPONENT[beneath] & (BYTE_CLASS[block[np.maximum(start - 3, 0)]] == DIGIT)
        plain &= ~exponent
        part |= exponent
    part |= touches_right & (((after == _COLON) & short) | ((after == _POINT) & (beyond != ZERO)))
    if not in_list.all():
        part |= ~in_list & free_left & (after == COMMA) & (end - start <= 3) & (block[start] != ZERO) & _three_digits(block, end)
    return plain, part


def _three_digits(block: Bytes, end: Ints) -> Bools:
    """Return which runs are followed by a sign and exactly three digits."""
    last = len(block) - 1
    one, two, three, four = (BYTE_CLASS[block[np.minimum(end + at, last)]] == DIGIT for at in range(1, 5))
    three_only: Bools = one & two & three & ~four & ~_TOUCHING[block[np.minimum(end + 4, last)]]
    return three_only


def _has_unit(block: Bytes, end: Ints) -> Bools:
    """Return which runs are followed by one to three letters and then neither a letter nor a digit."""
    last = len(block) - 1
    one, two, three, four = (block[np.minimum(end + at, last)] for at in range(4))
    unit = _UNIT[one] & (BOUNDARY[two] | (_LETTER[two] & (BOUNDARY[three] | (_LETTER[three] & BOUNDARY[four]))))
    return unit


def is_bare(text: str) -> bool:
    """Return True if a text contains only digits and list punctuation."""
    return all(byte < 0x80 and BYTE_CLASS[byte] != OTHER for byte in text.encode())
