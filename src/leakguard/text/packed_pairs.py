"""Pairs of integers packed in one int64 each, so that one sort or search handles both."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Ints

Integers = TypeVar("Integers", bound=NDArray[np.integer[Any]])


def pack_pairs(high: Ints, low: Ints, width: int) -> Ints:
    """Return high * width + low: int64 array that sorts like the pairs. All of `low` must be in [0, width), and the product below 2**63."""
    return high * width + low


def unpack_pairs(packed: Ints, width: int) -> tuple[Ints, Ints]:
    """Return the arrays of high and low integers that `pack_pairs` packed with this width."""
    high, low = np.divmod(packed, width)
    return high, low


def sort_distinct(values: Integers) -> Integers:
    """Return the distinct values in order. Sorting integers is several times faster than the hash table of np.unique.

    Neighbours that are equal after sorting are dropped. A scan does not import numpy.ma for it, as np.unique does.
    """
    ordered = np.sort(values)
    keep = np.ones(len(ordered), dtype=np.bool_)
    keep[1:] = ordered[1:] != ordered[:-1]
    return ordered[keep]  # type: ignore[return-value]
