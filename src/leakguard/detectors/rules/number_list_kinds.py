"""Classify number lists by their numbers (a progression, amounts, a table, an index), many lists at once."""

from dataclasses import dataclass

import numpy as np

from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.text import progressions
from leakguard.text.byte_classes import COMMA, Bools, Ints
from leakguard.text.digit_runs import DigitRuns

TWO_DIGITS, SOFTER, AS_PROSE, QUIET, ANSWER, NOTE, INDEX, GONE = 1, 2, 4, 8, 16, 32, 64, 128
"""Flags of what happens to the findings of a text.

- TWO_DIGITS: numbers below 100 become notes (the list follows a rule, or is long).
- SOFTER: one step less severe (a longer list that follows a rule).
- AS_PROSE: at most as severe as in prose (an answer, a table, amounts).
- QUIET: no error (an answer of several numbers).
- ANSWER: a note, except for long numbers (an answer whose prompt does not ask for a number).
- NOTE: a note (an answer whose prompt asks for a number).
- INDEX: a note for a number between its neighbours (a long list in order).
- GONE: no finding if it would be a note in prose (a large table).
"""
_MANY, _INDEX = 30, 20
FILLED = 12
"""The largest number of numbers in a short list."""
_LOW = 200
_LONGER = 5
_POINT, _NEWLINE = b".\n"


@dataclass(frozen=True, slots=True)
class NumberRuns:
    """The digit runs of joined texts.

    `bounds`: int64 array of shape (texts + 1,), index of the first run in or after each text. `lists`: boolean array of shape (texts,),
    which texts are bare number lists.
    """

    block: JoinedTexts
    tokens: DigitRuns
    bounds: Ints
    lists: Bools


def select_runs(numbers: NumberRuns, texts: Ints) -> tuple[Ints, Ints]:
    """Return the indices of the digit runs in these texts, and the bounds of each text among them.

    The first index of each text, less its place in the result, is repeated for each of its runs; adding 0, 1, 2, ... makes them ascend.
    """
    count = np.diff(numbers.bounds)[texts]
    bounds = np.concatenate([[0], np.cumsum(count)])
    return np.repeat(numbers.bounds[texts] - bounds[:-1], count) + np.arange(bounds[-1]), bounds


def classify_lists(numbers: NumberRuns, texts: Ints) -> tuple[Ints, Bools]:
    """Return the kind of each text by its numbers, as flags, and whether the numbers of a short text are low, as in most answers."""
    first, end, value = numbers.bounds[texts], numbers.bounds[texts + 1], numbers.tokens.value
    count = end - first
    explained = progressions.follow_rule(value, first, end)
    # Order is only computed for lists long enough to be an index.
    index = np.zeros(len(texts), dtype=np.bool_)
    long = np.flatnonzero(count >= _INDEX)
    if len(long):
        at, bounds = select_runs(numbers, texts[long])
        index[long] = progressions.are_sorted(value[at], bounds)
    data = _are_measured(numbers, texts) | _are_tables(numbers, first, end)
    flags = (
        TWO_DIGITS * (explained | (count > _MANY))
        | SOFTER * (explained & (count >= _LONGER))
        | AS_PROSE * data
        | INDEX * index
        | GONE * (data & (count > FILLED))
    )
    # Low: the first number decides for most texts, so all numbers are compared only in the texts that it leaves. A text has none if its
    # list was found in a decoded view.
    low = count <= FILLED
    short = np.flatnonzero(low & (count > 0))
    low[short] = value[first[short]] < _LOW
    some = np.flatnonzero(low)
    at, bounds = select_runs(numbers, texts[some])
    low[some] = _sum_per_text(value[at] >= _LOW, bounds) == 0
    return flags.astype(np.int64), low


def _are_measured(numbers: NumberRuns, texts: Ints) -> Bools:
    """Return which texts consist of amounts or measurements: at least half of their numbers are decimals (with a decimal comma, all)."""
    at, bounds = select_runs(numbers, texts)
    block, start, end = numbers.block.array, numbers.tokens.start, numbers.tokens.end[at]
    # No run follows the last one.
    touches = np.flatnonzero(start[np.minimum(at + 1, len(start) - 1)] - end == 1)
    signs, count = block[end[touches]], np.diff(bounds)
    points, commas = (_count_within(touches[signs == sign], bounds) for sign in (_POINT, COMMA))
    measured: Bools = (points > 0) & (2 * points >= count - points)
    measured |= (commas > 0) & (2 * commas == count) & (count > 2)
    return measured


def _are_tables(numbers: NumberRuns, first: Ints, end: Ints) -> Bools:
    """Return which texts have at least three lines with several numbers in each, except for the first and last line (a header, or cut off).

    The digit runs of text k are those from first[k] to before end[k].
    """
    breaks, start = np.flatnonzero(numbers.block.array == _NEWLINE), numbers.tokens.start
    out = np.zeros(len(first), dtype=np.bool_)
    some = np.flatnonzero(end > first)
    if not len(breaks) or not len(some):
        return out
    between = np.searchsorted(breaks, start[end[some] - 1]) - np.searchsorted(breaks, start[first[some]])
    for text in some[(between >= 2) & (end[some] - first[some] >= 2 * between)].tolist():
        _, each = np.unique(np.searchsorted(breaks, start[first[text] : end[text]]), return_counts=True)
        out[text] = len(each) >= 3 and bool((each[1:-1] >= 2).all()) and int(each.max()) >= 2
    return out


def _sum_per_text(values: Bools, bounds: Ints) -> Ints:
    """Return the sum of `values` over the runs of each text."""
    # The sum over a text is the difference of the cumulative sums at its bounds; unlike np.add.reduceat, this gives 0 for an empty text.
    sums = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.diff(sums[bounds])


def _count_within(places: Ints, bounds: Ints) -> Ints:
    """Return how many of these ascending positions are in each text."""
    return np.diff(np.searchsorted(places, bounds))
