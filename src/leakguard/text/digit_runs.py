"""All digit runs of a block of texts at once, as arrays: the fast path that reads ordinary numbers without a loop.

The block is one byte string: texts in UTF-8, each followed by a SEPARATOR (which no folded text contains), the whole
preceded by one. A run with ordinary surroundings says exactly what `numbers.read_whole` would say; every other run whose
digits could spell a listed number, alone or together with its neighbours, sends its text to the close readers.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import (
    BOUNDARY,
    BYTE_CLASS,
    COMMA,
    DIGIT,
    DIGIT_LOOKALIKE,
    OTHER,
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
from leakguard.text.number_lists import LEAST_DIGITS, is_labelled, is_shaped
from leakguard.text.separated import MOST_JOINED

AnyInts = NDArray[np.signedinteger[Any]]

_LONGEST = 9
_OPENS = np.isin(np.arange(256), list(b"+0 \n\t"))
_BRACKET, _CLOSING, _SPACE, _SLASH, _HYPHEN = b"() /-"
_UNKNOWN = 10**_LONGEST


@dataclass(frozen=True, slots=True)
class DigitRuns:
    """Digit runs of a block: byte offsets, values, and the text that each stands in."""

    start: Ints
    end: Ints
    value: Ints
    text: Ints

    def select(self, chosen: Ints) -> "DigitRuns":
        """Only these runs."""
        return DigitRuns(self.start[chosen], self.end[chosen], self.value[chosen], self.text[chosen])


class RunCandidates(NamedTuple):
    """What a look at all runs of a block comes to.

    `plain` are listed numbers at sight, `closely` texts whose numbers must be read closely, `joined` runs that may be one number
    with those that follow, and `sequences` texts with neighbours that begin a listed sequence.
    """

    plain: DigitRuns
    closely: Ints
    joined: DigitRuns
    sequences: Ints


class DigitRunReader:
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
        joined = [str(value) for value in small if value < 10**MOST_JOINED]
        self._longest = max(map(len, joined), default=0)
        self._begins = np.zeros(self._size, dtype=np.bool_)
        self._begins[[int(digits[:size]) for digits in joined for size in range(1, len(digits))]] = True
        self._huge = len(small) < len(listed)
        self._pairs = np.array(sorted(left * 10**_LONGEST + right for left, right in pairs), dtype=np.int64)
        self._lefts = np.zeros(self._size, dtype=np.bool_)
        self._lefts[[min(left, self._size - 1) for left, _ in pairs]] = True

    def is_listed(self, values: Ints) -> Bools:
        """Which of the values stand in the table."""
        hit: Bools = self._table.take(values, mode="clip")
        if self._large:
            large = np.flatnonzero(values >= self._size - 1)
            hit[large] = is_member(values[large], self._known)
        return hit

    def read(self, block: Bytes, tokens: DigitRuns, lists: Bools, *, bare: bool = False) -> RunCandidates:
        """The plain listed runs, and where somebody must look more closely.

        `lists` tells which texts are bare number lists; a `bare` block holds nothing but digits and list punctuation.
        """
        listed = np.flatnonzero(self.is_listed(tokens.value))
        in_list = lists[tokens.text[listed]]
        plain, part = classify_runs(block, tokens.start[listed], tokens.end[listed], in_list, bare=bare)
        unsure = np.flatnonzero(in_list & ~plain)
        plain[unsure] = _in_comma_list(block, tokens, listed[unsure])
        odd = [] if bare else [_odd_neighbours(block, tokens)]
        close = np.concatenate([listed[~plain & ~part], self._long(block, tokens), *odd])
        joined, sequences = (
            self._together(block, tokens, lists, first)
            for first in (self._joined(block, tokens, bare), self._sequences(block, tokens, bare))
        )
        return RunCandidates(tokens.select(listed[plain]), tokens.text[close], tokens.select(joined), tokens.text[sequences])

    def _long(self, block: Bytes, tokens: DigitRuns) -> Ints:
        """Runs too long for the arrays: their value may be listed if it is padded, or if any listed value is that long."""
        long = np.flatnonzero(tokens.value >= 10**_LONGEST)
        return long if self._huge else long[block[tokens.start[long]] == ZERO]

    def _joined(self, block: Bytes, tokens: DigitRuns, bare: bool) -> Ints:
        """The first of two to six neighbours whose digits together are listed; one that begins with a nought was not cut into pieces."""
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
            said = self.is_listed(joined)
            if step == 1:
                said &= ~_ordinary_pair(block, tokens, first, size)
            found.append(first[said])
        return np.concatenate(found)

    def _together(self, block: Bytes, tokens: DigitRuns, lists: Bools, first: Ints) -> Ints:
        """Those that are not set apart from the next run, as numbers in prose may be and those of a list are not."""
        return first[lists[tokens.text[first]] | ~are_breaks(block, tokens.end[first], tokens.start[first + 1])]

    def _sequences(self, block: Bytes, tokens: DigitRuns, bare: bool) -> Ints:
        if not len(self._pairs):
            return self._pairs
        left = np.flatnonzero(self._lefts.take(tokens.value[:-1], mode="clip"))
        left = left[are_close(block, tokens.end[left], tokens.start[left + 1], bare=bare)]
        return left[is_member(tokens.value[left] * 10**_LONGEST + tokens.value[left + 1], self._pairs)]


def find_runs(block: Bytes, starts: Ints) -> tuple[DigitRuns, Ints]:
    """All digit runs of a block, which begins and ends with a separator, and the number of the first run in or after each text.

    `starts` are the byte offsets of the texts. The bounds have one entry more than there are texts: how many runs there are.
    """
    edges = np.flatnonzero(_changes(block)) + 1
    start, end = np.ascontiguousarray(edges[::2]), np.ascontiguousarray(edges[1::2])
    bounds = np.append(np.searchsorted(start, starts), len(start))
    text = np.repeat(np.arange(len(starts)), np.diff(bounds))
    return DigitRuns(start, end, _values(block, start, end), text), bounds


def is_member(values: AnyInts, known: AnyInts) -> Bools:
    """Membership in a short sorted array; np.isin costs fifty microseconds a call."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: Bools = known[at] == values
    return found


def _changes(block: Bytes) -> Bools:
    digit = (block - np.uint8(ZERO)) < np.uint8(10)
    changed: Bools = digit[1:] != digit[:-1]
    return changed


def _values(block: Bytes, start: Ints, end: Ints) -> Ints:
    """Values of the runs; a run of more than nine digits has a value that nothing is."""
    length = end - start
    value = block[end - 1].astype(np.int64) - ZERO
    longest = int(length.max(initial=0))
    for at in range(1, min(longest, _LONGEST)):
        if at < 3:
            digit = block[end - (at + 1)].astype(np.int64) - ZERO
            value += np.where(length > at, digit * 10**at, 0)
            continue
        alive = np.flatnonzero(length > at)
        value[alive] += (block[end[alive] - (at + 1)] - np.int64(ZERO)) * 10**at
    if longest > _LONGEST:
        value[length > _LONGEST] = _UNKNOWN
    return value


def _in_comma_list(block: Bytes, tokens: DigitRuns, chosen: Ints) -> Bools:
    """Runs in a row of three or more with nothing but a comma between them: 629,937,483 is a list, 629,937 may be one number."""
    before, left, right, after = (_tight(block, tokens, chosen + at) for at in range(-2, 2))
    edges = (left | BOUNDARY[block[tokens.start[chosen] - 1]]) & (right | BOUNDARY[block[tokens.end[chosen]]])
    row: Bools = edges & ((left & right) | (before & left) | (right & after)) & (block[tokens.start[chosen]] != ZERO)
    return row


def _tight(block: Bytes, tokens: DigitRuns, run: Ints) -> Bools:
    """Whether nothing but a comma stands between each of these runs and the next one; there need not be such runs."""
    last = len(tokens.start) - 1
    here, there = np.clip(run, 0, last), np.clip(run + 1, 0, last)
    end = tokens.end[here]
    comma: Bools = (tokens.start[there] - end == 1) & (block[end] == COMMA)
    return comma


def _odd_neighbours(block: Bytes, tokens: DigitRuns) -> Ints:
    """Runs beside a letter that looks like a digit, and the 0 of 0x, 0b and 0o."""
    after = block[tokens.end]
    odd = np.flatnonzero(DIGIT_LOOKALIKE[block[tokens.start - 1]] | DIGIT_LOOKALIKE[after])
    return np.concatenate([odd, np.flatnonzero((tokens.value == 0) & RADIX_LETTER[after])])


def _ordinary_pair(block: Bytes, tokens: DigitRuns, first: Ints, size: Ints) -> Bools:
    """Two different single digits around an ordinary separator: a range, a score, a list, never one number."""
    start = tokens.end[first]
    middle = block[start + (tokens.start[first + 1] - start) // 2]
    ordinary: Bools = (size == 2) & (tokens.value[first] != tokens.value[first + 1]) & USUAL_SEPARATOR[middle]
    return ordinary


def find_number_lists(data: bytes, starts: Ints, tokens: DigitRuns, bounds: Ints, *, bare: bool) -> tuple[Bools, Bools, Bools]:
    """Which texts are bare number lists (as `lists.is_number_list` says of ASCII texts), and which of these hold an odd sign.

    Then the texts that could be lists if they hold wider characters: up to four bytes are one. `bounds` is what `runs` says.
    """
    ends = np.append(starts[1:], len(data)) - 1
    digits = _sums(tokens.end - tokens.start, bounds)
    lists = digits * LEAST_DIGITS >= np.maximum(ends - starts, 1)
    lettered = np.zeros(len(starts), dtype=np.bool_)
    maybe = np.flatnonzero(lists)
    if len(maybe) and not bare:
        odd = _odd_signs(data, starts[maybe], ends[maybe])
        lists[maybe] = 3 * odd <= digits[maybe]
        for text in maybe[(odd > 0) & lists[maybe]].tolist():
            lists[text] = lettered[text] = not is_labelled(data[starts[text] : ends[text]].decode())
    for text in maybe[_perhaps_shaped(data, starts[maybe])].tolist():
        if is_shaped(data[starts[text] : ends[text]].decode("ascii", "replace")):
            lists[text] = lettered[text] = False
    return lists, lettered, digits * (4 * LEAST_DIGITS) >= ends - starts


def _perhaps_shaped(data: bytes, starts: Ints) -> Bools:
    """Texts that begin as telephone numbers and dates do, and few lists."""
    block, last = np.frombuffer(data, np.uint8), len(data) - 1
    first, second, third, fifth, sixth = (block[np.minimum(starts + at, last)] for at in (0, 1, 2, 4, 5))
    shaped: Bools = _OPENS[first] | (second == _SLASH) | (third == _SLASH) | (fifth == _HYPHEN)
    shaped |= (first == _BRACKET) & ((fifth == _CLOSING) | (sixth == _HYPHEN) | ((sixth == _SPACE) & (BYTE_CLASS[fifth] == DIGIT)))
    return shaped


def count_lengths(tokens: DigitRuns, bounds: Ints, lists: Bools) -> dict[tuple[int, int], int]:
    """{(digits, numbers): texts} over the bare number lists; all numbers of nine and more digits count as nine."""
    digits = np.minimum(tokens.end - tokens.start, _LONGEST)
    out: dict[tuple[int, int], int] = {}
    for digit in range(1, int(digits.max(initial=0)) + 1):
        for numbers, count in enumerate(np.bincount(_sums(digits == digit, bounds)[lists]).tolist()):
            if count and numbers:
                out[digit, numbers] = count
    return out


def _sums(values: Ints | Bools, bounds: Ints) -> Ints:
    """What the runs of each text add up to."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return np.diff(sums[bounds])


def _odd_signs(data: bytes, starts: Ints, ends: Ints) -> Ints:
    """How many bytes of each text are neither digits nor list punctuation."""
    texts = b"".join([data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
    odd = BYTE_CLASS[np.frombuffer(texts, dtype=np.uint8)] == OTHER
    return _sums(odd, np.concatenate([[0], np.cumsum(ends - starts)]))
