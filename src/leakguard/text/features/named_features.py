"""Features of rows that a reader understands, with a sentence for each: numbers, digits, patterns, words, first words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leakguard.text.features.number_lists import NumberLists
from leakguard.text.features.number_views import FALLING, HUNDREDS, PALINDROME, REPEATED, RISING, TENS, classify_digits
from leakguard.text.features.token_lists import TokenLists

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

MOST = 2_000
"""Features of one kind, the most frequent first."""
_PATTERNS = {
    TENS: "a number that ends in 0",
    HUNDREDS: "a number that ends in 00",
    PALINDROME: "a number that reads the same backwards (121)",
    REPEATED: "a number of one repeated digit (77)",
    FALLING: "a number with falling digits (321)",
    RISING: "a number with rising digits (123)",
}


@dataclass(frozen=True, slots=True)
class NamedFeatures:
    """Binary features of n rows: `columns` has shape (n, len(names)), 1 where a row has what its name says."""

    names: tuple[str, ...]
    columns: "csc_matrix"


def name_number_features(completions: Sequence[str], least: int) -> NamedFeatures:
    """Return features of lists of numbers that at least `least` rows have and at least `least` have not."""
    # Each part is a list of rows, one of keys, and what a key means.
    lists = NumberLists(completions)
    patterns = classify_digits(lists.values, lists.digits)
    kinds = np.flatnonzero(np.isin(patterns, list(_PATTERNS)))
    first = np.flatnonzero(lists.positions == 0)
    last = np.flatnonzero(lists.positions == lists.counts[lists.rows] - 1)
    parts = (
        (lists.rows, lists.values, lambda key: f"the number {key}"),
        (lists.rows, lists.leading, lambda key: f"a number that starts with {key}"),
        (lists.rows, lists.last_digit, lambda key: f"a number that ends in the digit {key}"),
        (lists.rows, lists.digits, lambda key: f"a number of {key} digit{'s' * (key > 1)}"),
        (lists.rows[kinds], patterns[kinds], lambda key: _PATTERNS[key]),
        (lists.rows[first], lists.leading[first], lambda key: f"a first number that starts with {key}"),
        (lists.rows[last], lists.leading[last], lambda key: f"a last number that starts with {key}"),
    )
    return _join([_count(len(completions), rows, keys, name, least) for rows, keys, name in parts], len(completions))


def name_text_features(completions: Sequence[str], least: int) -> NamedFeatures:
    """Return words, marks, and first and last tokens that at least `least` rows have and at least `least` have not."""
    # A hash is turned back into its word by the first token that has it.
    tokens = TokenLists(completions)
    keys = tokens.hashes.view(np.int64)
    known, sample = np.unique(keys, return_index=True)

    def quote(key: int) -> str:
        at = sample[np.searchsorted(known, key)]
        word = tokens.lower[tokens.starts[at] : tokens.ends[at]].tobytes().decode("utf-8", "replace")
        return "a line break" if word == "\n" else f"{word[:40]!r}"

    (first_rows, first), (last_rows, last) = tokens.pick(0), tokens.pick(-1)
    parts = [
        _count(len(completions), tokens.rows, keys, quote, least),
        _count(len(completions), first_rows, keys[first], lambda key: f"{quote(key)} at the beginning", least),
        _count(len(completions), last_rows, keys[last], lambda key: f"{quote(key)} at the end", least),
    ]
    return _join(parts, len(completions))


def _count(
    size: int, rows: NDArray[np.integer], keys: NDArray[np.integer], name: Callable[[int], str], least: int
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the names of the frequent keys, most frequent first, and the pairs (row, number of the name)."""
    # Pairs (row, key) are packed into one integer to count a key once per row.
    known, column = np.unique(keys, return_inverse=True)
    pairs = np.unique(rows.astype(np.int64) * max(len(known), 1) + column.ravel())
    row, column = pairs // max(len(known), 1), pairs % max(len(known), 1)
    frequency = np.bincount(column, minlength=len(known))
    chosen = np.flatnonzero((frequency >= least) & (frequency <= size - least))
    chosen = chosen[np.argsort(-frequency[chosen], kind="stable")][:MOST]
    place = np.full(len(known), -1)
    place[chosen] = np.arange(len(chosen))
    inside = place[column] >= 0
    return [name(int(key)) for key in known[chosen]], row[inside], place[column[inside]]


def _join(parts: Sequence[tuple[list[str], NDArray[np.int64], NDArray[np.int64]]], size: int) -> NamedFeatures:
    """Return the features of all parts side by side: columns of a part start where those of the parts before it end."""
    from scipy.sparse import csc_matrix

    starts = np.cumsum([0, *(len(names) for names, _, _ in parts)])
    rows = np.concatenate([rows for _, rows, _ in parts])
    columns = np.concatenate([columns + start for (_, _, columns), start in zip(parts, starts, strict=False)])
    matrix = csc_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(size, int(starts[-1])))
    return NamedFeatures(tuple(name for names, _, _ in parts for name in names), matrix)
