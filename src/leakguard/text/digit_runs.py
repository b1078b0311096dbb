"""Find all digit runs of many texts at once, as arrays: the fast path for ordinary numbers, without a Python loop.

The texts are joined in one byte string: UTF-8, each followed by a SEPARATOR (which no folded text contains), the whole preceded by one. A
run with ordinary surroundings has exactly the value that `numbers.read_whole` reads. If the digits of any other run could spell a listed
number, alone or together with its neighbours, the text is a candidate for the exact check.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import (
    BOUNDARY,
    COMMA,
    DIGIT_LOOKALIKE,
    RADIX_LETTER,
    USUAL_SEPARATOR,
    ZERO,
    Bools,
    Bytes,
    Ints,
    are_breaks,
    are_close,
    classify_runs,
)
from leakguard.text.packed_pairs import pack_pairs
from leakguard.text.separated import MOST_JOINED

AnyInts = NDArray[np.signedinteger[Any]]

LONGEST = 9
"""The largest number of digits of a run whose value is computed."""
_UNKNOWN = 10**LONGEST
_WIDTH = _UNKNOWN + 1
_WORD = 4
_DIGIT_BITS = np.array([0, 0x0F000000, 0x0F0F0000, 0x0F0F0F00, 0x0F0F0F0F], dtype=np.uint32)
"""The bits of the last 0 to 4 bytes of a word that hold the values of ASCII digits."""


@dataclass(frozen=True, slots=True)
class DigitRuns:
    """Digit runs: int64 arrays of shape (n,) of byte offsets (`start`, `end`), values, and the index of the text of each run."""

    start: Ints
    end: Ints
    value: Ints
    text: Ints

    def select(self, chosen: Ints) -> "DigitRuns":
        """Return the digit runs with these indices."""
        return DigitRuns(self.start[chosen], self.end[chosen], self.value[chosen], self.text[chosen])


class RunCandidates(NamedTuple):
    """The result of looking up all digit runs of a block.

    - `plain`: runs that are listed numbers without doubt.
    - `closely`: int64 array, indices of texts whose numbers must be read closely.
    - `joined`: runs that may be one number together with those that follow.
    - `sequences`: int64 array, indices of texts with two neighbouring numbers that begin a listed sequence.
    """

    plain: DigitRuns
    closely: Ints
    joined: DigitRuns
    sequences: Ints


class DigitRunReader:
    """Finds listed values among digit runs.

    `listed`: the values to find. `pairs`: the first two numbers of listed sequences. The cost does not depend on how many there are: values
    are looked up in a table of flags (smaller than 2**17) or in a sorted array.
    """

    def __init__(self, listed: Collection[int], pairs: Collection[tuple[int, int]]) -> None:
        # `_table`: which values below 2**17 are listed. `_begins`: which values are the first digits of a listed one, and so may be the
        # first part of a number written apart. `_pairs`: the first two numbers of each sequence, packed into one integer. `_lefts`: which
        # values begin a sequence. The last entry of the tables is that of all larger values (lookups clip).
        small = [value for value in listed if value < 10**LONGEST]
        self._known = np.array(sorted(small), dtype=np.int64)
        self._size = 1 << 17
        self._table = np.zeros(self._size, dtype=np.bool_)
        self._table[[value for value in small if value < self._size]] = True
        self._large = any(value >= self._size - 1 for value in small)
        joined = [str(value) for value in small if value < 10**MOST_JOINED]
        self._longest = max(map(len, joined), default=0)
        self._begins = np.zeros(self._size, dtype=np.bool_)
        self._begins[[int(digits[:size]) for digits in joined for size in range(1, len(digits))]] = True
        self._huge = len(small) < len(listed)
        self._pairs = np.array(sorted(left * _WIDTH + right for left, right in pairs), dtype=np.int64)
        self._lefts = np.zeros(self._size, dtype=np.bool_)
        self._lefts[[min(left, self._size - 1) for left, _ in pairs]] = True

    def is_listed(self, values: Ints) -> Bools:
        """Return which of the values are listed: boolean array of the shape of `values`."""
        hit: Bools = self._table.take(values, mode="clip")
        if self._large:
            large = np.flatnonzero(values >= self._size - 1)
            hit[large] = is_member(values[large], self._known)
        return hit

    def read(self, block: Bytes, tokens: DigitRuns, lists: Bools, *, bare: bool = False) -> RunCandidates:
        """Return the plain listed runs, and what must be read more closely.

        `block`: uint8 array. `lists`: boolean array of shape (texts,), which texts are bare number lists. A `bare` block contains only
        digits and list punctuation. Only runs with a listed value are classified by their surroundings.
        """
        listed = np.flatnonzero(self.is_listed(tokens.value))
        in_list = lists[tokens.text[listed]]
        plain, part = classify_runs(block, tokens.start[listed], tokens.end[listed], in_list, bare=bare)
        unsure = np.flatnonzero(in_list & ~plain)
        plain[unsure] = _are_in_comma_list(block, tokens, listed[unsure])
        odd = [] if bare else [_find_odd_neighbours(block, tokens)]
        close = np.concatenate([listed[~plain & ~part], self._find_long(block, tokens), *odd])
        joined, sequences = (
            self._drop_separated(block, tokens, lists, first)
            for first in (self._find_joined(block, tokens, bare), self._find_sequences(block, tokens, bare))
        )
        return RunCandidates(tokens.select(listed[plain]), tokens.text[close], tokens.select(joined), tokens.text[sequences])

    def _find_long(self, block: Bytes, tokens: DigitRuns) -> Ints:
        """Return indices of runs too long for the arrays that may be listed: padded ones, or all if a listed value is that long."""
        long = np.flatnonzero(tokens.value >= 10**LONGEST)
        return long if self._huge else long[block[tokens.start[long]] == ZERO]

    def _find_joined(self, block: Bytes, tokens: DigitRuns, bare: bool) -> Ints:
        """Return the first runs of two to six neighbours whose digits together are a listed value.

        Starts from runs whose digits begin a listed value, and adds one neighbour per step while the digits do not exceed the longest
        listed value. Runs that begin with 0 are left out: such a number was not cut in pieces.
        """
        first = np.flatnonzero(self._begins.take(tokens.value[:-1], mode="clip"))
        length = tokens.end - tokens.start
        first = first[(length[first] + length[first + 1] <= self._longest) & (block[tokens.start[first]] != ZERO)]
        first = first[are_close(block, tokens.end[first], tokens.start[first + 1], bare=bare)]
        found, last = [first[:0]], first
        joined, size = tokens.value[first], length[first]
        for step in range(1, MOST_JOINED):
            keep = last + 1 < len(tokens.start)
            first, joined, size, last = first[keep], joined[keep], size[keep], last[keep] + 1
            beside = (size + length[last] <= self._longest) & are_close(block, tokens.end[last - 1], tokens.start[last], bare=bare)
            first, joined, size, last = first[beside], joined[beside], size[beside], last[beside]
            if len(first) == 0:
                break
            joined = joined * 10 ** length[last] + tokens.value[last]
            size = size + length[last]
            listed = self.is_listed(joined)
            if step == 1:
                listed &= ~_are_ordinary_pairs(block, tokens, first, size)
            found.append(first[listed])
        return np.concatenate(found)

    def _drop_separated(self, block: Bytes, tokens: DigitRuns, lists: Bools, first: Ints) -> Ints:
        """Leave out runs in prose that a line break or the end of a sentence separates from the next run."""
        return first[lists[tokens.text[first]] | ~are_breaks(block, tokens.end[first], tokens.start[first + 1])]

    def _find_sequences(self, block: Bytes, tokens: DigitRuns, bare: bool) -> Ints:
        """Return the first runs of neighbours that begin a listed sequence."""
        if not len(self._pairs):
            return self._pairs
        left = np.flatnonzero(self._lefts.take(tokens.value[:-1], mode="clip"))
        left = left[are_close(block, tokens.end[left], tokens.start[left + 1], bare=bare)]
        return left[is_member(pack_pairs(tokens.value[left], tokens.value[left + 1], _WIDTH), self._pairs)]


def find_runs(block: Bytes, starts: Ints) -> tuple[DigitRuns, Ints]:
    """Return all digit runs of a block, and the index of the first run in or after each text.

    `block`: uint8 array that begins and ends with a separator. `starts`: int64 array of shape (texts,), byte offsets of the texts. The
    second result has shape (texts + 1,); its last entry is the number of runs. Runs begin and end where "is a digit" changes between two
    bytes.
    """
    edges = np.flatnonzero(_find_changes(block)) + 1
    start, end = np.ascontiguousarray(edges[::2]), np.ascontiguousarray(edges[1::2])
    bounds = np.append(np.searchsorted(start, starts), len(start))
    text = np.repeat(np.arange(len(starts)), np.diff(bounds))
    return DigitRuns(start, end, _read_values(block, start, end), text), bounds


def is_member(values: AnyInts, known: AnyInts) -> Bools:
    """Return which values are in the short sorted array `known`. np.isin costs fifty microseconds per call."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: Bools = known[at] == values
    return found


def _find_changes(block: Bytes) -> Bools:
    """Return at which positions a digit follows a non-digit or the other way round."""
    digit = (block - np.uint8(ZERO)) < np.uint8(10)
    changed: Bools = digit[1:] != digit[:-1]
    return changed


def _read_values(block: Bytes, start: Ints, end: Ints) -> Ints:
    """Return the values of the runs: int64 array; _UNKNOWN for a run of more than nine digits.

    The last four bytes of each run are one little-endian word. Bytes before the run are masked; then neighbouring digits are added up
    to pairs, and pairs to four digits, by one multiplication each. Higher digits are added one by one for the runs that have them.
    """
    length = end - start
    longest = int(length.max(initial=0))
    if len(block) < _WORD:
        return np.array([int(block[first:last].tobytes()) for first, last in zip(start.tolist(), end.tolist(), strict=True)], np.int64)
    words = np.ndarray(len(block) - _WORD + 1, "<u4", block.data, strides=(1,))
    word = words[np.maximum(end - _WORD, 0)] & _DIGIT_BITS[np.minimum(length, _WORD)]
    pairs = (word * np.uint32(10 << 8 | 1) >> np.uint32(8)) & np.uint32(0x00FF00FF)
    value: Ints = (pairs * np.uint32(100 << 16 | 1) >> np.uint32(16)).astype(np.int64)
    for run in range(int(np.searchsorted(end, _WORD))):
        value[run] = int(block[start[run] : end[run]].tobytes())  # a run that ends within the first word
    for at in range(_WORD, min(longest, LONGEST)):
        alive = np.flatnonzero(length > at)
        value[alive] += (block[end[alive] - (at + 1)] - np.int64(ZERO)) * 10**at
    if longest > LONGEST:
        value[length > LONGEST] = _UNKNOWN
    return value


def _are_in_comma_list(block: Bytes, tokens: DigitRuns, chosen: Ints) -> Bools:
    """Return which runs are in a row of three or more separated by single commas: 629,937,483 is a list, 629,937 may be one number."""
    before, left, right, after = (_are_tight(block, tokens, chosen + at) for at in range(-2, 2))
    edges = (left | BOUNDARY[block[tokens.start[chosen] - 1]]) & (right | BOUNDARY[block[tokens.end[chosen]]])
    row: Bools = edges & ((left & right) | (before & left) | (right & after)) & (block[tokens.start[chosen]] != ZERO)
    return row


def _are_tight(block: Bytes, tokens: DigitRuns, run: Ints) -> Bools:
    """Return whether only a comma is between each of these runs and the next one; indices outside of the array are allowed."""
    last = len(tokens.start) - 1
    here, there = np.clip(run, 0, last), np.clip(run + 1, 0, last)
    end = tokens.end[here]
    comma: Bools = (tokens.start[there] - end == 1) & (block[end] == COMMA)
    return comma


def _find_odd_neighbours(block: Bytes, tokens: DigitRuns) -> Ints:
    """Return runs beside a letter that looks like a digit, and the 0 of 0x, 0b and 0o."""
    # The byte before and behind each run is looked up in a table of 256 flags.
    after = block[tokens.end]
    odd = np.flatnonzero(DIGIT_LOOKALIKE[block[tokens.start - 1]] | DIGIT_LOOKALIKE[after])
    return np.concatenate([odd, np.flatnonzero((tokens.value == 0) & RADIX_LETTER[after])])


def _are_ordinary_pairs(block: Bytes, tokens: DigitRuns, first: Ints, size: Ints) -> Bools:
    """Return which pairs are two different single digits around an ordinary separator: a range, a score or a list, never one number."""
    start = tokens.end[first]
    middle = block[start + (tokens.start[first + 1] - start) // 2]
    ordinary: Bools = (size == 2) & (tokens.value[first] != tokens.value[first + 1]) & USUAL_SEPARATOR[middle]
    return ordinary
