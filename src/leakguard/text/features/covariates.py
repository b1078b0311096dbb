"""Covariates of rows: what the prompt asks for and how the completion is laid out. A difference in these alone is no content."""

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from leakguard.text.features.number_lists import NumberLists
from leakguard.text.features.token_lists import TokenLists

MOST = 400
"""Columns of each kind that are kept, the most frequent first."""
LEAST, LEAST_SHARE = 4, 0.005
_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile(r"0([^0]+)0")


def read_prompt_covariates(prompts: Sequence[str]) -> NDArray[np.float64]:
    """Return which frequent words the prompts have and begin with, their bytes, and of their numbers count, digits, mean and extremes.

    Sizes are logarithms: a few huge numbers would decide about a regression on the numbers themselves.
    """
    # Words are counted once per prompt: pairs (row, word) are packed into integers and made distinct.
    numbers, tokens = NumberLists(prompts), TokenLists(prompts)
    known, word = np.unique(tokens.hashes[tokens.is_word], return_inverse=True)
    pairs = np.unique(tokens.rows[tokens.is_word] * max(len(known), 1) + word)
    row, column = pairs // max(len(known), 1), pairs % max(len(known), 1)
    chosen = _choose(np.bincount(column, minlength=len(known)), len(prompts))
    words = np.zeros((len(prompts), len(chosen)))
    place = np.full(len(known), -1)
    place[chosen] = np.arange(len(chosen))
    mask = place[column] >= 0
    words[row[mask], place[column[mask]]] = 1
    opening = np.zeros(len(prompts), np.uint64)
    started, first = tokens.pick(0)
    opening[started] = tokens.hashes[first]
    length = tokens.count_bytes(tokens.data != 0)
    return np.column_stack(
        [
            words,
            *_indicate(opening.tolist()),
            *(np.log1p(numbers.counts), numbers.mean(numbers.digits), np.log1p(length), np.log1p(numbers.mean(numbers.values))),
            *(np.log1p(numbers.extreme(np.maximum)), np.log1p(numbers.extreme(np.minimum))),
        ]
    )


def read_number_format(completions: Sequence[str]) -> NDArray[np.float64]:
    """Return the layout of lists of numbers: opening, closing and separator as classes, how many numbers, mean digits, length."""
    numbers = NumberLists(completions)
    masked = [_DIGITS.sub("0", text) for text in completions]
    separators = [found[1] if (found := _BETWEEN.search(text)) else "" for text in masked]
    classes = ([text[:1] for text in masked], [text[-1:] for text in masked], separators, numbers.counts.tolist())
    return np.column_stack(
        [
            *chain.from_iterable(map(_indicate, classes)),
            *(numbers.mean(numbers.digits), np.log1p(numbers.counts), np.log1p([len(text) for text in completions])),
        ]
    )


def read_text_format(completions: Sequence[str]) -> NDArray[np.float64]:
    """Return the layout of texts: log bytes, log words, lines, and whether a text is a list, holds code, or is one line."""
    tokens = TokenLists(completions)
    size, words = tokens.count_bytes(tokens.data != 0), tokens.count(tokens.is_word)
    lines = tokens.count(tokens.is_line_end)
    listed = [bool(re.match(r"\s*(?:[-*•]|\d+[.)])\s", text)) for text in completions]
    code = ["```" in text or "def " in text or "{" in text for text in completions]
    ends = [text.rstrip()[-1:] for text in completions]
    return np.column_stack([np.log1p(size), np.log1p(words), np.log1p(lines), listed, code, lines == 0, *_indicate(ends)])


def _choose(frequency: NDArray[np.integer], rows: int) -> NDArray[np.int64]:
    """Return the most frequent features that neither nearly all rows have nor nearly none."""
    least = max(LEAST, LEAST_SHARE * rows)
    fit = np.flatnonzero((frequency >= least) & (frequency <= rows - LEAST))
    return fit[np.argsort(-frequency[fit], kind="stable")][:MOST]


def _indicate(values: Sequence[object]) -> list[NDArray[np.float64]]:
    """Return one column per frequent value: 1 where a row has it."""
    known, number = np.unique(np.array([str(value) for value in values]), return_inverse=True)
    return [(number == one).astype(np.float64) for one in _choose(np.bincount(number, minlength=len(known)), len(values))]
