"""Digit runs of a block are found and read as arrays."""

import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from leakguard.text.digit_runs import LONGEST, find_runs
from leakguard.text.number_lists import count_lengths

PIECES = st.lists(st.sampled_from([b"0", b"1", b"9", b"57", b" ", b",", b"\xff", b"a", b"\x1e", b"12345", b"6" * 12]), max_size=30)


@given(PIECES.map(b"".join))
@example(b"7")
@example(b"123")
@example(b"")
def test_runs_have_the_values_of_their_digits(text):
    """Every run of digits with its place and value, of any length and anywhere in the block; long ones have one value in common."""
    block = b"\x1e" + text + b"\x1e"
    runs, _ = find_runs(np.frombuffer(block, np.uint8), np.array([1]))
    wanted = list(re.finditer(rb"[0-9]+", block))
    assert list(zip(runs.start.tolist(), runs.end.tolist(), strict=True)) == [match.span() for match in wanted]
    assert runs.value.tolist() == [int(match.group()) if len(match.group()) <= LONGEST else 10**LONGEST for match in wanted]


@given(st.lists(st.tuples(st.lists(st.integers(0, 10**12), max_size=6), st.booleans()), max_size=6))
def test_lengths_are_counted_over_lists(rows):
    """{(digits, numbers): texts}: how many lists have so many numbers with so many digits, nine and more digits together."""
    texts = [" ".join(map(str, numbers)).encode() for numbers, _ in rows]
    block = b"\x1e" + b"".join(text + b"\x1e" for text in texts)
    starts = np.cumsum([1, *(len(text) + 1 for text in texts)])[:-1]
    runs, _ = find_runs(np.frombuffer(block, np.uint8), starts)
    wanted = {}
    for numbers, listed in rows:
        digits = [min(len(str(number)), LONGEST) for number in numbers]
        for size in set(digits) if listed else ():
            key = size, digits.count(size)
            wanted[key] = wanted.get(key, 0) + 1
    assert count_lengths(runs, np.array([listed for _, listed in rows], dtype=np.bool_)) == wanted
