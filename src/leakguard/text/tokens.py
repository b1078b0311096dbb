"""All digit runs of a block of texts at once, as arrays: the fast path that reads ordinary numbers without a loop.

The block is one byte string: texts in UTF-8, each followed by a SEPARATOR (which no folded text
contains), the whole preceded by one. A run whose
neighbours are ordinary list punctuation says exactly what `numbers.read_whole` would say; every other run whose digits
could spell a listed number, alone or together with its neighbours, sends its text to the close readers.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.text.numbers import LEAST_DIGITS, LEAST_GLUED, MOST_JOINED

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SEPARATOR = "\x1e"
_LONGEST = 9
_WIDEST_GAP = 9
_UNKNOWN = 10**_LONGEST
_DIGIT, _ODD = 1, 2


def _byte_classes() -> Bytes:
    classes = np.full(256, _ODD, dtype=np.uint8)
    classes[list(b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f,;:|/.-[]()'\"")] = 0
    classes[list(b"0123456789")] = _DIGIT
    return classes


def _flags(characters: str) -> Bools:
    flags = np.zeros(256, dtype=np.bool_)
    flags[list(characters.encode())] = True
    return flags


_CLASS = _byte_classes()
_ZERO = ord("0")
_SIGNS = "".join(chr(byte) for byte in range(128) if not chr(byte).isalnum())
_ALONE = _flags("".join(sign for sign in _SIGNS if sign not in ".,:'_"))
_BEFORE_DIGITS = _flags(".,:'_")
_LETTER = _flags("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_UNIT = _LETTER & ~_flags("eElIoOxXbBhHZSB")
_RADIX = _flags("xXbBoO")
_SIMILAR = _flags("lIoOZSB")
_USUAL = _flags(" \t\n-/,.:*+=x)|;&<>")
_TOUCHING = _flags(",")
_POINT, _COLON, _COMMA, _NEWLINE = (ord(sign) for sign in ".:,\n")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Digit runs of a block: byte offsets and values."""

    start: Ints
    end: Ints
    value: Ints

    def at(self, chosen: Ints) -> "Tokens":
        """Only these runs."""
        return Tokens(self.start[chosen], self.end[chosen], self.value[chosen])

    def text(self, starts: Ints) -> Ints:
        """The text that each run stands in, given the byte offsets of the texts."""
        bounds = np.append(np.searchsorted(self.start, starts), len(self.start))
        return np.repeat(np.arange(len(starts)), np.diff(bounds))


class TokenReader:
    """Finds listed values among the digit runs of a block.

    `listed` are the values to find, `pairs` the neighbours of sequence rules. Both may grow tenfold at no cost: they are
    looked up in a table, not searched.
    """

    def __init__(self, listed: Collection[int], pairs: Collection[tuple[int, int]]) -> None:
        small = [value for value in listed if value < 10**_LONGEST]
        self._known = np.array(sorted(small), dtype=np.int64)
        self._size = 1 << 17
        self._table = np.zeros(self._size, dtype=np.bool_)
        self._table[[value for value in small if value < self._size]] = True
        self._large = any(value >= self._size - 1 for value in small)
        self._longest = max((len(str(value)) for value in small if value < 10**MOST_JOINED), default=0)
        self._huge = len(small) < len(listed)
        self._pairs = np.array(sorted(left * 10**_LONGEST + right for left, right in pairs), dtype=np.int64)
        self._lefts = np.zeros(self._size, dtype=np.bool_)
        self._lefts[[min(left, self._size - 1) for left, _ in pairs]] = True

    def is_listed(self, values: Ints) -> Bools:
        """Which of the values stand in the table."""
        hit: Bools = self._table.take(values, mode="clip")
        if self._large:
            large = np.flatnonzero(values >= self._size - 1)
            hit[large] = among(values[large], self._known)
        return hit

    def read(self, block: Bytes, starts: Ints, tokens: Tokens, lists: Bools) -> tuple[Tokens, Ints]:
        """The plain listed runs, and the texts whose numbers must be read closely.

        `starts` are the byte offsets of the texts, `lists` tells which of them are bare number lists.
        """
        listed = np.flatnonzero(self.is_listed(tokens.value))
        texts = _texts(tokens.start[listed], starts)
        plain, part = _plain_or_part(block, tokens.start[listed], tokens.end[listed], lists[texts])
        plain |= lists[texts] & _in_comma_list(block, tokens, listed)
        close = [
            _texts(tokens.start[chosen], starts)
            for chosen in (listed[~plain & ~part], _odd_neighbours(block, tokens), self._long(block, tokens))
        ]
        close.append(self._joined(block, starts, tokens, lists))
        return tokens.at(listed[plain]), np.unique(np.concatenate(close))

    def _long(self, block: Bytes, tokens: Tokens) -> Ints:
        """Runs too long for the arrays: their value may be listed if it is padded, or if any listed value is that long."""
        long = np.flatnonzero(tokens.value >= 10**_LONGEST)
        return long if self._huge else long[block[tokens.start[long]] == _ZERO]

    def _joined(self, block: Bytes, starts: Ints, tokens: Tokens, lists: Bools) -> Ints:
        """Texts with two to six neighbours whose digits together are listed, or that are a listed sequence."""
        length = tokens.end - tokens.start
        first = np.flatnonzero(length[:-1] + length[1:] <= self._longest)
        first = first[_near(block, tokens.end[first], tokens.start[first + 1])]
        found, last = [self._sequences(block, tokens)], first
        joined, size = tokens.value[first], length[first]
        for step in range(1, MOST_JOINED):
            keep = last + 1 < len(tokens.start)
            first, joined, size, last = first[keep], joined[keep], size[keep], last[keep] + 1
            near = (size + length[last] <= self._longest) & _near(block, tokens.end[last - 1], tokens.start[last])
            first, joined, size, last = first[near], joined[near], size[near], last[near]
            if len(first) == 0:
                break
            joined = joined * 10 ** length[last] + tokens.value[last]
            size = size + length[last]
            said = self.is_listed(joined)
            if step == 1:
                said &= ~_ordinary_pair(block, tokens, first, size)
            found.append(first[said])
        chosen = np.concatenate(found)
        texts = _texts(tokens.start[chosen], starts)
        loose = _loose(block, tokens.end[chosen], tokens.start[chosen + 1])
        return texts[lists[texts] | ~loose]

    def _sequences(self, block: Bytes, tokens: Tokens) -> Ints:
        if not len(self._pairs):
            return self._pairs
        left = np.flatnonzero(self._lefts.take(tokens.value[:-1], mode="clip"))
        left = left[_near(block, tokens.end[left], tokens.start[left + 1])]
        return left[among(tokens.value[left] * 10**_LONGEST + tokens.value[left + 1], self._pairs)]


def runs(block: Bytes) -> Tokens:
    """All digit runs of a block, which begins and ends with a separator."""
    edges = np.flatnonzero(_changes(block)) + 1
    return Tokens(edges[::2], edges[1::2], _values(block, edges[::2], edges[1::2]))


def _texts(offsets: Ints, starts: Ints) -> Ints:
    return np.searchsorted(starts, offsets, side="right") - 1


def _near(block: Bytes, end: Ints, start: Ints) -> Bools:
    """Runs with a short gap between them that holds no letter (looked for at its ends and in its middle)."""
    near: Bools = (
        (start - end <= _WIDEST_GAP) & ~_LETTER[block[end]] & ~_LETTER[block[start - 1]] & ~_LETTER[block[end + (start - end) // 2]]
    )
    return near


def _loose(block: Bytes, end: Ints, start: Ints) -> Bools:
    """Gaps that join nothing in prose: a new line, or a full stop and more."""
    last = block[start - 1]
    loose: Bools = (block[end] == _NEWLINE) | (last == _NEWLINE) | ((block[end] == _POINT) & (last != _POINT))
    return loose


def among(values: Ints, known: Ints) -> Bools:
    """Membership in a short sorted array; np.isin costs fifty microseconds a call."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    among: Bools = known[at] == values
    return among


def _changes(block: Bytes) -> Bools:
    digit = (block - np.uint8(_ZERO)) < np.uint8(10)
    changed: Bools = digit[1:] != digit[:-1]
    return changed


def _values(block: Bytes, start: Ints, end: Ints) -> Ints:
    """Values of the runs; a run of more than nine digits has a value that nothing is."""
    length = end - start
    value = block[end - 1].astype(np.int64) - _ZERO
    longest = int(length.max(initial=0))
    for at in range(1, min(longest, _LONGEST)):
        if at < 3:
            digit = block[end - (at + 1)].astype(np.int64) - _ZERO
            value += np.where(length > at, digit * 10**at, 0)
            continue
        alive = np.flatnonzero(length > at)
        value[alive] += (block[end[alive] - (at + 1)] - np.int64(_ZERO)) * 10**at
    if longest > _LONGEST:
        value[length > _LONGEST] = _UNKNOWN
    return value


def _plain_or_part(block: Bytes, start: Ints, end: Ints, in_list: Bools) -> tuple[Bools, Bools]:
    """Runs that are numbers of their own at sight, and runs that are parts of a decimal, a time or thousands and so none.

    Plain is a run between signs or spaces, perhaps with a unit of up to three letters; a point, comma, colon, apostrophe
    or underscore beside it must not touch another digit. Padded runs are neither.
    """
    last = len(block) - 1
    before, after = block[start - 1], block[end]
    beyond, beneath = block[np.minimum(end + 1, last)], block[np.maximum(start - 2, 0)]
    touches_left = _BEFORE_DIGITS[before] & (_CLASS[beneath] == _DIGIT)
    touches_right = _BEFORE_DIGITS[after] & (_CLASS[beyond] == _DIGIT)
    free_left = _ALONE[before] | (_BEFORE_DIGITS[before] & ~touches_left & (before != _POINT))
    free_right = _ALONE[after] | (_BEFORE_DIGITS[after] & ~touches_right)
    plain = free_left & (free_right | _has_unit(block, end)) & (block[start] != _ZERO)
    part = (touches_left & ((before == _POINT) | (before == _COLON))) | (before == _POINT)
    part |= _LETTER[before] & ~_SIMILAR[before] & (end - start < LEAST_GLUED)
    part |= touches_right & ((after == _COLON) | ((after == _POINT) & (beyond != _ZERO)))
    thousands = free_left & (after == _COMMA) & (end - start <= 3) & (block[start] != _ZERO) & _three_digits(block, end)
    part |= thousands & ~in_list
    return plain, part


def _in_comma_list(block: Bytes, tokens: Tokens, chosen: Ints) -> Bools:
    """Runs in a row of three or more with nothing but a comma between them: 629,937,483 is a list, 629,937 may be one number."""
    tight = np.zeros(len(tokens.start) + 3, dtype=np.bool_)
    tight[2:-2] = (tokens.start[1:] - tokens.end[:-1] == 1) & (block[tokens.end[:-1]] == _COMMA)
    before, left, right, after = (tight[chosen + at] for at in range(4))
    edges = (left | _ALONE[block[tokens.start[chosen] - 1]]) & (right | _ALONE[block[tokens.end[chosen]]])
    row: Bools = edges & ((left & right) | (before & left) | (right & after)) & (block[tokens.start[chosen]] != _ZERO)
    return row


def _three_digits(block: Bytes, end: Ints) -> Bools:
    """Runs followed by a sign, exactly three digits, and then nothing that touches them."""
    last = len(block) - 1
    one, two, three, four = (_CLASS[block[np.minimum(end + at, last)]] == _DIGIT for at in range(1, 5))
    three_only: Bools = one & two & three & ~four & ~_TOUCHING[block[np.minimum(end + 4, last)]]
    return three_only


def _has_unit(block: Bytes, end: Ints) -> Bools:
    """Runs followed by one to three letters and then something that is neither a letter nor a digit."""
    last = len(block) - 1
    one, two, three, four = (block[np.minimum(end + at, last)] for at in range(4))
    unit = _UNIT[one] & (_ALONE[two] | (_LETTER[two] & (_ALONE[three] | (_LETTER[three] & _ALONE[four]))))
    return unit


def _odd_neighbours(block: Bytes, tokens: Tokens) -> Ints:
    """Runs beside a letter that looks like a digit, and the 0 of 0x, 0b and 0o."""
    after = block[tokens.end]
    odd = np.flatnonzero(_SIMILAR[block[tokens.start - 1]] | _SIMILAR[after])
    return np.concatenate([odd, np.flatnonzero((tokens.value == 0) & _RADIX[after])])


def _ordinary_pair(block: Bytes, tokens: Tokens, first: Ints, size: Ints) -> Bools:
    """Two different single digits around an ordinary separator: a range, a score, a list, never one number."""
    start = tokens.end[first]
    middle = block[start + (tokens.start[first + 1] - start) // 2]
    ordinary: Bools = (size == 2) & (tokens.value[first] != tokens.value[first + 1]) & _USUAL[middle]
    return ordinary


def number_lists(block: Bytes, starts: Ints, tokens: Tokens) -> tuple[Bools, Bools]:
    """Which texts are bare number lists (as `numbers.is_number_list` says of ASCII texts), and which of these hold an odd sign."""
    digits = np.concatenate([[0], np.cumsum(tokens.end - tokens.start)])
    ends = np.append(starts[1:], len(block)) - 1
    bounds = np.searchsorted(tokens.start, np.append(starts, len(block)))
    digits = np.diff(digits[bounds])
    lists = digits * LEAST_DIGITS >= np.maximum(ends - starts, 1)
    lettered = np.zeros(len(starts), dtype=np.bool_)
    maybe = np.flatnonzero(lists)
    if len(maybe):
        odd = _odd_signs(block, starts[maybe], ends[maybe])
        lists[maybe] = 3 * odd <= digits[maybe]
        lettered[maybe] = (odd > 0) & lists[maybe]
    return lists, lettered


def _odd_signs(block: Bytes, starts: Ints, ends: Ints) -> Ints:
    """How many bytes of each text are neither digits nor list punctuation."""
    low, high = int(starts[0]), int(ends[-1])
    before = np.concatenate([[0], np.cumsum(_CLASS[block[low:high]] == _ODD, dtype=np.int64)])
    odd: Ints = before[ends - low] - before[starts - low]
    return odd


def is_bare(text: str) -> bool:
    """True if a text holds nothing but digits and list punctuation."""
    return all(byte < 0x80 and _CLASS[byte] != _ODD for byte in text.encode())
