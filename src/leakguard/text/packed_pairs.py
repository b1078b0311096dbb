"""Pairs of integers packed in one int64 each, so that one sort, search or `np.unique` handles both."""

import numpy as np

from leakguard.text.byte_classes import Ints


def pack_pairs(high: Ints, low: Ints, width: int) -> Ints:
    """Return high * width + low: int64 array that sorts like the pairs. All of `low` must be in [0, width), and the product below 2**63."""
    return high * width + low


def unpack_pairs(packed: Ints, width: int) -> tuple[Ints, Ints]:
    """Return the arrays of high and low integers that `pack_pairs` packed with this width."""
    high, low = np.divmod(packed, width)
    return high, low
