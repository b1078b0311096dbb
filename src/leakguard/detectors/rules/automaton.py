"""Multi-pattern matching: find which prefilters match in which text of a block. A match is only a candidate, which readers check.

Hyperscan passes once over the bytes of the whole block. Without it, `regex` runs the same patterns as one alternation, and then each of
them on the texts where that matched. A superfluous match costs time, a missing one would be a missed finding, so patterns use only syntax
on which both engines agree, and match bytes.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from leakguard.core.errors import MissingExtra
from leakguard.core.ports import Cache
from leakguard.core.rule import Engine

if TYPE_CHECKING:
    import regex


class Prefilter(NamedTuple):
    """A pattern over bytes; `key` identifies the reader that checks its matches (candidates.py)."""

    key: int
    pattern: str
    ignore_case: bool = True


class PrefilterMatches(NamedTuple):
    """Matches as columns, in no order: int64 arrays of shape (n,) of keys, text indices, and byte offsets in the block behind the
    match.
    """

    key: NDArray[np.int64]
    text: NDArray[np.int64]
    end: NDArray[np.int64]


class Automaton(Protocol):
    """Finds the matches of all prefilters in a block."""

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        """Return all matches in the block. `starts`: int64 array of shape (texts,), byte offsets of the texts."""
        ...


def build_automaton(prefilters: Callable[[], Sequence[Prefilter]], engine: Engine, key: str = "", memory: Cache | None = None) -> Automaton:
    """Return an automaton on the engine asked for; "auto" uses Hyperscan if it is installed.

    `memory` keeps the database that Hyperscan compiles under `key`, which must identify the prefilters. Raises MissingExtra if Hyperscan is
    asked for and not installed.
    """
    if engine == "regex":
        return _on_regex(prefilters())
    try:
        return _on_hyperscan(prefilters, key, memory)
    except ImportError as error:
        if engine == "hyperscan":
            raise MissingExtra("the hyperscan engine is not installed: set engine to regex (slower, same findings)") from error
        return _on_regex(prefilters())


def escape_literal(text: str) -> str:
    """Return a pattern that matches exactly these characters in both engines."""
    return "".join(rf"\x{byte:02x}" for byte in text.encode())


_NONE = np.zeros(0, dtype=np.int64)


class _Nothing:
    """An automaton without prefilters, which matches nothing."""

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        """Return no matches."""
        return PrefilterMatches(_NONE, _NONE, _NONE)


def _on_regex(prefilters: Sequence[Prefilter]) -> Automaton:
    """Return an automaton that uses the package `regex`."""
    return _Regex(prefilters) if prefilters else _Nothing()


def _on_hyperscan(prefilters: Callable[[], Sequence[Prefilter]], key: str, memory: Cache | None) -> Automaton:
    """Return an automaton on Hyperscan. Raises ImportError if it is not installed.

    A database in `memory` that another processor compiled is rejected by Hyperscan and compiled again.
    """
    import hyperscan

    packed = memory.recall(key, lambda: _pack_database(prefilters())) if memory else b""
    if packed:
        keys, _, database = packed.partition(b"\n")
        with suppress(hyperscan.error):
            return _Hyperscan(list(map(int, keys.split())), hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK))
    made = prefilters()
    return _Hyperscan([prefilter.key for prefilter in made], _compile_database(made)) if made else _Nothing()


def _pack_database(prefilters: Sequence[Prefilter]) -> bytes:
    """Return the keys of the prefilters on one line, then their compiled database; b"" for no prefilters."""
    import hyperscan

    keys = " ".join(str(prefilter.key) for prefilter in prefilters)
    return keys.encode() + b"\n" + hyperscan.dumpb(_compile_database(prefilters)) if prefilters else b""


def _compile_database(prefilters: Sequence[Prefilter]) -> Any:
    """Compile the prefilters with Hyperscan. Raises MemoryError if they are too large."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[prefilter.pattern.encode() for prefilter in prefilters],
            ids=list(range(len(prefilters))),
            flags=[hyperscan.HS_FLAG_CASELESS if prefilter.ignore_case else 0 for prefilter in prefilters],
        )
    except hyperscan.error as error:
        if "allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise
    return database


class _Hyperscan:
    """Runs a Hyperscan database."""

    def __init__(self, keys: list[int], database: Any) -> None:
        import hyperscan

        self._keys, self._database = np.array(keys, dtype=np.int64), database
        # A database that was loaded from bytes has no scratch memory.
        self._scratch = hyperscan.Scratch(database)

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        """Scan the block once, and find the text of each match by a binary search in `starts`."""
        # A long text may have several matches per byte, so they are stored in arrays of twelve bytes each, not as tuples.
        prefilters, ends = array("i"), array("q")
        add_key, add_end = prefilters.append, ends.append

        def on_match(prefilter: int, start: int, end: int, flags: int, context: object) -> None:
            add_key(prefilter)
            add_end(end)

        self._database.scan(block, match_event_handler=on_match, scratch=self._scratch)
        if not ends:
            return PrefilterMatches(_NONE, _NONE, _NONE)
        end = np.frombuffer(ends, dtype=np.int64)
        text = np.searchsorted(starts, end, side="left") - 1
        key = self._keys[np.frombuffer(prefilters, dtype=np.int32)]
        inside = text >= 0
        return PrefilterMatches(key, text, end) if inside.all() else PrefilterMatches(key[inside], text[inside], end[inside])


class _Regex:
    """Runs the prefilters with `regex`: first as one alternation per case mode, then one by one on the texts where it matched."""

    def __init__(self, prefilters: Sequence[Prefilter]) -> None:
        self._each = [(prefilter.key, _compile(prefilter).finditer) for prefilter in prefilters]
        self._any = [_any(group) for group in (_select(prefilters, True), _select(prefilters, False)) if group]

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        """Return all matches, text by text."""
        bounds = [*starts.tolist(), len(block)]
        texts = {text for pattern in self._any for text in self._find_texts(pattern, block, bounds)}
        found = array("q")
        for text in sorted(texts):
            for key, find in self._each:
                for match in find(block, bounds[text] - 1, bounds[text + 1], overlapped=True):
                    found.extend((key, text, match.end()))
        columns = np.frombuffer(found, dtype=np.int64).reshape(-1, 3)
        return PrefilterMatches(columns[:, 0], columns[:, 1], columns[:, 2])

    def _find_texts(self, pattern: "regex.Pattern[bytes]", block: bytes, bounds: list[int]) -> Iterable[int]:
        """Return the indices of texts in which the pattern matches."""
        return [text for text in range(len(bounds) - 1) if pattern.search(block, bounds[text] - 1, bounds[text + 1])]


def _select(prefilters: Sequence[Prefilter], ignore_case: bool) -> list[Prefilter]:
    """Return the prefilters with this case mode."""
    return [prefilter for prefilter in prefilters if prefilter.ignore_case == ignore_case]


def _any(prefilters: Sequence[Prefilter]) -> "regex.Pattern[bytes]":
    """Compile the prefilters as one alternation."""
    import regex

    flags = regex.IGNORECASE if prefilters[0].ignore_case else 0
    return regex.compile("|".join(f"(?:{prefilter.pattern})" for prefilter in prefilters).encode(), flags)


def _compile(prefilter: Prefilter) -> "regex.Pattern[bytes]":
    """Compile one prefilter."""
    import regex

    return regex.compile(prefilter.pattern.encode(), regex.IGNORECASE if prefilter.ignore_case else 0)
