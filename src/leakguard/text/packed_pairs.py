"""Pairs of integers packed in one int64 each, so that one sort or search handles both."""

import numpy as np

from leakguard.text.byte_classes import Ints


def pack_pairs(high: Ints, low: Ints, width: int) -> Ints:
    """Return high * width + low: int64 array that sorts like the pairs. All of `low` must be in [0, width), and the product below 2**63."""
    return high * width + low


def unpack_pairs(packed: Ints, width: int) -> tuple[Ints, Ints]:
    """Return the arrays of high and low integers that `pack_pairs` packed with this width."""
    high, low = np.divmod(packed, width)
    return high, low


def drop_repeats(values: Ints) -> Ints:
    """Return the distinct values in ascending order, like `np.unique`, which imports numpy.ma (8 ms)."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    distinct: Ints = ordered[first]
    return distinct
