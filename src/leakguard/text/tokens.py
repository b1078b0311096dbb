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

from leakguard.text.numbers import MOST_JOINED

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
    classes[list(b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f,;:|/.-[](){}'\"")] = 0
    classes[list(b"0123456789")] = _DIGIT
    return classes


def _flags(characters: str) -> Bools:
    flags = np.zeros(256, dtype=np.bool_)
    flags[list(characters.encode())] = True
    return flags


_CLASS = _byte_classes()
_ZERO = 48
_BEFORE = _flags("\x1e \t\n,;:([{\"|=<>")
_AFTER = _flags("\x1e \t\n,;:)]}\"|.!?<>")
_TIGHT = _flags(".,:")
_RADIX = _flags("xXbBoO")
_SIMILAR = _flags("lIoOZSB")
_USUAL = _flags(" \t\n-/,.:*+=x)|;&<>")


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
            hit[large] = _among(values[large], self._known)
        return hit

    def read(self, block: Bytes, starts: Ints) -> tuple[Tokens, Tokens, Ints]:
        """All digit runs, the plain listed ones, and the texts to read closely.

        `starts` are the byte offsets of the texts; `block` begins and ends with a separator.
        """
        edges = np.flatnonzero(_changes(block)) + 1
        tokens = Tokens(edges[::2], edges[1::2], _values(block, edges[::2], edges[1::2]))
        listed = np.flatnonzero(self.is_listed(tokens.value))
        plain = _is_plain(block, tokens.start[listed], tokens.end[listed])
        close = [listed[~plain], _odd_neighbours(block, tokens), self._joined(block, tokens), self._long(block, tokens)]
        offsets = np.concatenate([tokens.start[chosen] for chosen in close])
        return tokens, tokens.at(listed[plain]), np.unique(np.searchsorted(starts, offsets, side="right") - 1)

    def _long(self, block: Bytes, tokens: Tokens) -> Ints:
        """Runs too long for the arrays: their value may be listed if it is padded, or if any listed value is that long."""
        long = np.flatnonzero(tokens.value >= 10**_LONGEST)
        return long if self._huge else long[block[tokens.start[long]] == _ZERO]

    def _joined(self, block: Bytes, tokens: Tokens) -> Ints:
        """First tokens of two to six neighbours whose digits together are listed, or that are a listed sequence."""
        length = tokens.end - tokens.start
        first = np.flatnonzero(length[:-1] + length[1:] <= self._longest)
        found = [self._sequences(block, tokens)]
        joined, size, last = tokens.value[first], length[first], first
        for step in range(1, MOST_JOINED):
            keep = last + 1 < len(tokens.start)
            first, joined, size, last = first[keep], joined[keep], size[keep], last[keep] + 1
            near = (tokens.start[last] - tokens.end[last - 1] <= _WIDEST_GAP) & (size + length[last] <= self._longest)
            first, joined, size, last = first[near], joined[near], size[near], last[near]
            if len(first) == 0:
                break
            joined = joined * 10 ** length[last] + tokens.value[last]
            size = size + length[last]
            said = self.is_listed(joined)
            if step == 1:
                said &= ~_ordinary_pair(block, tokens, first, size)
            found.append(first[said])
        return np.concatenate(found)

    def _sequences(self, block: Bytes, tokens: Tokens) -> Ints:
        if not len(self._pairs):
            return self._pairs
        left = np.flatnonzero(self._lefts.take(tokens.value[:-1], mode="clip"))
        left = left[tokens.start[left + 1] - tokens.end[left] <= _WIDEST_GAP]
        return left[_among(tokens.value[left] * 10**_LONGEST + tokens.value[left + 1], self._pairs)]


def _among(values: Ints, known: Ints) -> Bools:
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


def _is_plain(block: Bytes, start: Ints, end: Ints) -> Bools:
    """Runs between ordinary list punctuation that are no part of a decimal, of thousands or of a time, and not padded."""
    before, after = block[start - 1], block[end]
    beyond = block[np.minimum(end + 1, len(block) - 1)]
    beneath = block[np.maximum(start - 2, 0)]
    tight = (_TIGHT[after] & (_CLASS[beyond] == _DIGIT)) | (_TIGHT[before] & (_CLASS[beneath] == _DIGIT))
    plain: Bools = _BEFORE[before] & _AFTER[after] & ~tight & (block[start] != _ZERO)
    return plain


def _odd_neighbours(block: Bytes, tokens: Tokens) -> Ints:
    """Runs beside a letter that looks like a digit, and the 0 of 0x, 0b and 0o."""
    after = block[tokens.end]
    odd: Ints = np.flatnonzero(_SIMILAR[block[tokens.start - 1]] | _SIMILAR[after] | _RADIX[after])
    return odd


def _ordinary_pair(block: Bytes, tokens: Tokens, first: Ints, size: Ints) -> Bools:
    """Two different single digits around an ordinary separator: a range, a score, a list, never one number."""
    start = tokens.end[first]
    middle = block[start + (tokens.start[first + 1] - start) // 2]
    ordinary: Bools = (size == 2) & (tokens.value[first] != tokens.value[first + 1]) & _USUAL[middle]
    return ordinary


def number_lists(block: Bytes, starts: Ints) -> tuple[Bools, Bools]:
    """Which texts are bare number lists (as `numbers.is_number_list` says of ASCII texts), and which hold an odd sign or letter."""
    if len(starts) == 0:
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    classes = _CLASS[block[starts[0] :]]
    at = starts - starts[0]
    digits = np.add.reduceat(classes == _DIGIT, at, dtype=np.int64)
    odd = np.add.reduceat(classes == _ODD, at, dtype=np.int64)
    lists: Bools = (digits > 0) & (3 * odd <= digits)
    return lists, odd > 0


def is_bare(text: str) -> bool:
    """True if a text holds nothing but digits and list punctuation."""
    return all(byte < 0x80 and _CLASS[byte] != _ODD for byte in text.encode())
