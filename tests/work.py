"""How much work a call takes, counted and not timed: the same on every machine and under any load."""

import sys
from array import array

_PER_CALL = 16
"""As many characters or elements of what a built-in method goes through count as one call."""
_THROUGH_ALL = frozenset(
    ["copy", "count", "decode", "encode", "index", "isascii", "isdigit", "lower", "replace", "split", "translate", "upper"]
)
"""Methods that look at all of what they belong to."""


def work(call):
    """Calls of functions and methods, and the sizes of the texts, lists and arrays that methods go through.

    A slice that is decoded, or a list that is searched, counts with its length: that is how the square of a length hides in few calls.
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
