"""Rules of kind regex: a user's own pattern over the folded text, with limits on its size and running time."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from leakguard.core.errors import PackError
from leakguard.core.rule import Rule

if TYPE_CHECKING:
    import regex

TIMEOUT = 1.0
STALLS = 3
# A pattern of the largest size takes up to 10 MB and a second to compile; all of a pack take up to 400 MB.
LARGEST, LARGEST_PACK = 50_000, 2_000_000
_SMALL = 1_000
_COUNT = re.compile(r"\{[\s\d]*(?:,[\s\d]*)?\}")
# In a verbose pattern, blanks and comments may be inside a count; a recursive pattern has no size.
_UNCLEAR = re.compile(r"\(\?(?:[A-Za-z0-9]*x|[R0-9+&-]|P>)")


class PatternStalled(Exception):
    """Error: a pattern ran out of time or memory in a text."""


class UserPattern:
    """One regex rule. Raises PackError if the pattern is invalid or too large."""

    def __init__(self, rule: Rule, *, timeout: float = TIMEOUT) -> None:
        self.rule = rule
        self._timeout = timeout
        self._stalled = 0
        try:
            self._regex = compile_pattern(rule.pattern)
        except ValueError as error:
            raise PackError(f"rule {rule.id!r}: the pattern {error}") from error

    @property
    def required(self) -> Sequence[str]:
        """Literals of which one must be in a text before the pattern is tried; () if it is tried on every text."""
        return self.rule.requires

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans of the matches. Raises PatternStalled at the limit of time or memory, and at once if that happened too often."""
        if self._stalled >= STALLS:
            raise PatternStalled(f"rule {self.rule.id} ran longer than {self._timeout:g} s in {STALLS} texts and was switched off")
        try:
            for match in self._regex.finditer(text, timeout=self._timeout, concurrent=False):
                if match.end() > match.start():
                    yield match.span()
        except (TimeoutError, MemoryError) as error:
            self._stalled += 1
            limit = f"longer than {self._timeout:g} s" if isinstance(error, TimeoutError) else "out of memory"
            raise PatternStalled(f"rule {self.rule.id} ran {limit}") from error


def compile_pattern(pattern: str) -> "regex.Pattern[str]":
    """Compile a pattern. Raises ValueError, with the reason, for an invalid pattern and for one that is too large."""
    import regex

    try:
        if measure_pattern(pattern) > LARGEST:
            raise ValueError(f"is too large: it has more than {LARGEST:,} parts if every count is written out; use smaller counts")
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    except RecursionError:
        raise ValueError("is nested too deeply") from None


@lru_cache(maxsize=1000)
def measure_pattern(pattern: str) -> int:
    """Return an upper bound of the number of parts of a pattern with every counted repeat (`{m,n}`) written out, without compiling it.

    Most patterns are small even if all counts were nested. Others are parsed, and a repeat counts its part as often as it may repeat at
    most. Raises ValueError for a pattern that calls itself, regex.error for an invalid one.
    """
    if len(pattern) > LARGEST:
        return len(pattern)
    counts = [max(map(int, re.findall(r"\d{1,18}", count)), default=1) for count in _COUNT.findall(pattern)]
    bound = len(pattern) * prod(max(count, 1) for count in counts)
    return bound if bound <= _SMALL and not _UNCLEAR.search(pattern) else _measure(_parse(pattern))


def _parse(pattern: str) -> object:
    """Return the syntax tree of a pattern. Raises ValueError if this version of the regex package does not give one."""
    from regex import _regex_core as core

    flags = 0
    for _ in range(2):
        try:
            source: Any = core.Source(pattern)
            info: Any = core.Info(flags, source.char_type, {})
            info.guess_encoding = core.UNICODE
            source.ignore_space = bool(info.flags & core.VERBOSE)
            tree: object = core._parse_pattern(source, info)
            return tree
        except core._UnscopedFlagSet:
            # The pattern sets a flag for all of it: it is parsed again with that flag.
            flags = info.global_flags
        except (AttributeError, TypeError) as error:
            raise ValueError("has counts that cannot be measured with this version of the regex package: use smaller ones") from error
    raise ValueError("has flags that change each other")


def _measure(node: object) -> int:
    """Return the number of parts of a syntax tree. A node keeps its children in attributes, singly or in lists."""
    if isinstance(node, (list, tuple)):
        return sum(max(_measure(one), 1) for one in node)
    if type(node).__name__ in ("CallGroup", "CallRef"):
        raise ValueError("calls itself: the memory of such a pattern has no limit")
    if not hasattr(node, "get_firstset"):
        return 0
    inner = {name: value for name, value in vars(node).items() if not name.startswith("_")}
    parts = 1 + sum(len(value) if isinstance(value, str) else _measure(value) for value in inner.values())
    most = inner.get("max_count") or inner.get("min_count") or 1
    return parts * max(int(most), 1)
