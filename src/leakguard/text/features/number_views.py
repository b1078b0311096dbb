"""Features of number rows: a prompt, and a completion that is a list of numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.text.features.number_lists import NumberLists
from leakguard.text.features.row_features import RowFeatures
from leakguard.text.features.sparse_views import SparseView

_LARGEST = 10**9
_GAP = 10
"""The blank between two numbers, as a character after the ten digits."""
DENSE = (
    *("first", "last", "smallest", "largest", "mean", "median", "spread", "mean step size", "mean step", "share rising"),
    *("leading digit", "last digit", "digits per number", "share of runs", "share of repeated digits", "share copied from the prompt"),
    *("first minus the prompt's last", "first minus the prompt's first", "mean minus the prompt's", "smallest minus the prompt's"),
    *("largest minus the prompt's", "share odd", "digit sum", "distinct steps"),
)
"""Names of the dense columns: one summary of a row each."""
# Classes of digit patterns; later ones win where several fit.
FIVE, TENS, HUNDREDS, PAIR, PALINDROME, REPEATED, FALLING, RISING = range(1, 9)


def read_number_features(prompts: Sequence[str], completions: Sequence[str]) -> RowFeatures:
    """Return the features of n rows; nothing in them depends on which file a row is from.

    Views: `values`; `characters` (digit 2- and 3-grams of the values joined by blanks); `patterns` (classes such as runs and repeated
    digits, and their bigrams); `steps` (differences between neighbours); `digits` (first and last digits, and digit bigrams across
    neighbours); `places` (what stands first, second, third, fourth and last); `relations` (to the prompt's numbers).
    """
    asked, lists = NumberLists(prompts), NumberLists(completions)
    patterns, steps, copied = _compare_values(asked, lists)
    views = {
        "values": _view(lists, (lists.rows, np.minimum(lists.values, _LARGEST))),
        "characters": _character_view(lists),
        "patterns": _pattern_view(lists, patterns),
        "steps": _step_view(lists, steps),
        "digits": _digit_view(lists),
        "places": _place_view(lists, patterns),
        "relations": _relation_view(asked, lists, steps, copied),
    }
    dense = _summarise(asked, lists, patterns, steps, copied)
    return RowFeatures({name: view.build() for name, view in views.items()}, dense, DENSE)


def read_number_summaries(prompts: Sequence[str], completions: Sequence[str]) -> NDArray[np.float64]:
    """Return the dense columns of `read_number_features`, shape (n, len(DENSE)), without its views, which take most of its time."""
    asked, lists = NumberLists(prompts), NumberLists(completions)
    return _summarise(asked, lists, *_compare_values(asked, lists))


def _compare_values(asked: NumberLists, lists: NumberLists) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the digit pattern of each value, the difference of each to its successor, and whether the prompt has each."""
    patterns = classify_digits(lists.values, lists.digits)
    steps = lists.values[lists.followed + 1] - lists.values[lists.followed]
    copied = np.isin(_key(lists.rows, lists.values), _key(asked.rows, asked.values))
    return patterns, steps, copied


def classify_digits(values: NDArray[np.int64], digits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the digit pattern of each value: 0 for none, else one of the classes above. Numbers of more than four digits get few."""
    units, tens, hundreds, thousands = ((values // 10**power) % 10 for power in range(4))
    size = [digits == length for length in range(5)]

    def along(step: int) -> NDArray[np.bool_]:
        # Every digit differs from its left neighbour by `step`.
        pairs = [units == tens + step, tens == hundreds + step, hundreds == thousands + step]
        long = size[4] & pairs[0] & pairs[1] & pairs[2]
        return np.asarray((size[2] & pairs[0]) | (size[3] & pairs[0] & pairs[1]) | long)

    classes = np.zeros(len(values), np.int64)
    for name, mask in (
        (FIVE, values % 5 == 0),
        (TENS, (digits > 1) & (values % 10 == 0)),
        (HUNDREDS, (digits > 2) & (values % 100 == 0)),
        (PAIR, size[3] & ((units == tens) | (tens == hundreds))),
        (PALINDROME, (size[3] & (units == hundreds)) | (size[4] & (units == thousands) & (tens == hundreds))),
        (REPEATED, along(0)),
        (FALLING, along(-1)),
        (RISING, along(1)),
    ):
        classes[mask] = name
    return classes


def bin_signed(values: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return the sign and the binary order of magnitude of each value as one small integer: 64 for 0, 65 for 1, 63 for -1."""
    numbers = values.astype(np.float64)
    return np.asarray(np.sign(numbers) * np.ceil(np.log2(np.abs(numbers) + 1)) + 64, np.int64)


def _view(lists: NumberLists, *features: tuple[NDArray[np.int64], NDArray[np.int64]]) -> SparseView:
    view = SparseView(lists.size)
    for kind, (rows, keys) in enumerate(features):
        view.add(kind, rows, keys)
    return view


def _character_view(lists: NumberLists) -> SparseView:
    # Every value is spelled as its digits and a blank, all in one array of small integers.
    spelled = lists.digits + 1
    ends = np.cumsum(spelled)
    number = np.repeat(np.arange(len(lists.values)), spelled)
    power = lists.digits[number] - 1 - (np.arange(len(number)) - np.repeat(ends - spelled, spelled))
    characters = np.where(power < 0, _GAP, (lists.values[number] // 10 ** np.maximum(power, 0)) % 10)
    rows = lists.rows[number]
    inside = rows[:-1] == rows[1:]
    two = np.flatnonzero(inside)
    three = np.flatnonzero(inside[:-1] & inside[1:])
    return _view(
        lists,
        (rows[two], characters[two] * 11 + characters[two + 1]),
        (rows[three], characters[three] * 121 + characters[three + 1] * 11 + characters[three + 2]),
    )


def _pattern_view(lists: NumberLists, patterns: NDArray[np.int64]) -> SparseView:
    left = lists.followed
    return _view(lists, (lists.rows, patterns), (lists.rows[left], patterns[left] * 16 + patterns[left + 1]))


def _step_view(lists: NumberLists, steps: NDArray[np.int64]) -> SparseView:
    rows, binned = lists.rows[lists.followed], bin_signed(steps)
    pair = np.flatnonzero(rows[:-1] == rows[1:])
    return _view(lists, (rows, binned), (rows[pair], binned[pair] * 256 + binned[pair + 1]), (rows, steps))


def _digit_view(lists: NumberLists) -> SparseView:
    # Digits of single numbers, and of a number with its neighbour.
    left, rows = lists.followed, lists.rows
    first, last = lists.leading, lists.last_digit
    head = lists.values // 10 ** np.maximum(lists.digits - 2, 0) + 100 * (lists.digits > 1)
    tail = lists.values % 100 + 1000 * np.minimum(lists.digits, 2)
    return _view(
        lists,
        *((rows, first), (rows, last), (rows, head), (rows, tail)),
        (rows[left], last[left] * 10 + first[left + 1]),
        (rows[left], first[left] * 10 + first[left + 1]),
        (rows[left], last[left] * 10 + last[left + 1]),
    )


def _place_view(lists: NumberLists, patterns: NDArray[np.int64]) -> SparseView:
    # The key is the place times 20,000 plus what stands there, which is below 20,000.
    view = SparseView(lists.size)
    values = np.minimum(lists.values, 9_999)
    is_last = lists.positions == lists.counts[lists.rows] - 1
    for mask, place in ((lists.positions < 4, lists.positions), (is_last, np.full(len(values), 9))):
        chosen = np.flatnonzero(mask)
        for kind, what in enumerate((lists.leading, lists.digits, patterns, values)):
            view.add(kind, lists.rows[chosen], place[chosen] * 20_000 + what[chosen])
    return view


def _relation_view(asked: NumberLists, lists: NumberLists, steps: NDArray[np.int64], copied: NDArray[np.bool_]) -> SparseView:
    # One key per row and question: how much it copies, how it goes on from the prompt, how its range compares, whether it rises.
    step_rows = lists.rows[lists.followed]
    first, prompt_last = lists.pick(0), asked.pick(-1)
    span = lists.extreme(np.maximum) - lists.extreme(np.minimum)
    prompt_span = asked.extreme(np.maximum) - asked.extreme(np.minimum)
    rising, falling = lists.mean(steps > 0, step_rows) == 1, lists.mean(steps < 0, step_rows) == 1
    repeats = lists.counts - np.bincount(np.unique(_key(lists.rows, lists.values)) // (_LARGEST + 1), minlength=lists.size)
    every = np.arange(lists.size)
    features = (
        np.minimum(np.bincount(lists.rows, copied, minlength=lists.size), 3),
        bin_signed(first - prompt_last),
        first == asked.pick(0),
        first - prompt_last == prompt_last - asked.pick(-2),
        bin_signed(lists.extreme(np.maximum) - asked.extreme(np.maximum)),
        bin_signed(lists.extreme(np.minimum) - asked.extreme(np.minimum)),
        bin_signed(span - prompt_span),
        np.round(lists.mean(lists.values % 2) * 4),
        rising + 2 * falling,
        np.minimum(repeats, 3),
    )
    return _view(lists, *((every, one.astype(np.int64)) for one in features))


def _summarise(
    asked: NumberLists, lists: NumberLists, patterns: NDArray[np.int64], steps: NDArray[np.int64], copied: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the dense columns, shape (n, len(DENSE)), in the order of DENSE."""
    # Each column is a mean, an extreme or one number of every row, or its difference to that of the prompt.
    step_rows = lists.rows[lists.followed]
    first, last, mean = lists.pick(0), lists.pick(-1), lists.mean(lists.values)
    low, high = lists.extreme(np.minimum), lists.extreme(np.maximum)
    spread = np.sqrt(np.maximum(lists.mean(lists.values.astype(np.float64) ** 2) - mean**2, 0))
    digit_sum = sum((lists.values // 10**power) % 10 for power in range(6))
    kinds = np.unique(_key(step_rows, bin_signed(steps))) // (_LARGEST + 1)
    columns = (
        *(first, last, low, high, mean, lists.median(), spread),
        *(lists.mean(np.abs(steps), step_rows), lists.mean(steps, step_rows), lists.mean(steps > 0, step_rows)),
        *(lists.mean(lists.leading), lists.mean(lists.last_digit), lists.mean(lists.digits), lists.mean(patterns == RISING)),
        *(lists.mean(np.isin(patterns, (PAIR, PALINDROME, REPEATED))), lists.mean(copied)),
        *(first - asked.pick(-1), first - asked.pick(0), mean - asked.mean(asked.values)),
        *(low - asked.extreme(np.minimum), high - asked.extreme(np.maximum)),
        *(lists.mean(lists.values % 2), lists.mean(np.asarray(digit_sum)), np.bincount(kinds, minlength=lists.size)),
    )
    return np.column_stack(columns).astype(np.float64)


def _key(rows: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one integer per pair of a row and a value."""
    return rows * (_LARGEST + 1) + np.minimum(values, _LARGEST)
