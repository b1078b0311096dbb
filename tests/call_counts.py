"""Measure the cost of a call by counting calls: the result is the same on every machine and under any load."""

import sys
from array import array

_PER_CALL = 16
"""Characters or elements that a built-in method processes, per counted call."""
_THROUGH_ALL = frozenset(
    ["copy", "count", "decode", "encode", "index", "isascii", "isdigit", "lower", "replace", "split", "translate", "upper"]
)
"""Methods whose time is linear in the size of their object."""


def count_calls(call):
    """Return the number of function calls that `call()` makes, plus the sizes of the texts, lists and arrays that methods process.

    Sizes are counted because quadratic time may hide in few calls, each of which decodes a long slice or searches a long list.
    """
    done = 0

    def count(frame, event, argument):
        nonlocal done
        if event == "call":
            done += 1
        elif event == "c_call":
            owner = getattr(argument, "__self__", None)
            sized = isinstance(owner, (str, bytes, bytearray, list, tuple, array)) and argument.__name__ in _THROUGH_ALL
            done += 1 + (len(owner) // _PER_CALL if sized else 0)

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return done
