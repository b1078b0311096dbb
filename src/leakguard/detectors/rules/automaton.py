"""One automaton for all patterns: which of them occur in which text of a block. It only nominates; readers confirm.

With hyperscan, one pass over the bytes of the whole block; without it, `regex` runs the same patterns as one
alternation and then asks each of them about the texts where it matched. A nomination too many costs time; one too few
would be a missed finding, so patterns stay inside the common subset of both engines and match bytes.
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
    """A pattern over bytes; `key` is what its match nominates."""

    key: int
    pattern: str
    ignore_case: bool = True


class PrefilterMatches(NamedTuple):
    """Matches of prefilters as columns, unordered: key, index of the text, byte offset in the block behind the match."""

    key: NDArray[np.int64]
    text: NDArray[np.int64]
    end: NDArray[np.int64]


class Automaton(Protocol):
    """Nominates texts for closer reading."""

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        """All matches in the block; `starts` are the texts' byte offsets."""
        ...


def build_automaton(prefilters: Callable[[], Sequence[Prefilter]], engine: Engine, key: str = "", memory: Cache | None = None) -> Automaton:
    """An automaton on the engine asked for; "auto" takes hyperscan where it is installed. Raises MissingExtra without it.

    What hyperscan compiles is kept in `memory` under `key`, which must say what the prefilters are made of.
    """
    if engine == "regex":
        return _on_regex(prefilters())
    try:
        return _on_hyperscan(prefilters, key, memory)
    except ImportError as error:
        if engine == "hyperscan":
            raise MissingExtra("the hyperscan engine is not installed: use --engine regex (slower, same findings)") from error
        return _on_regex(prefilters())


def escape_literal(text: str) -> str:
    """A pattern that matches exactly these characters in both engines."""
    return "".join(rf"\x{byte:02x}" for byte in text.encode())


_NONE = np.zeros(0, dtype=np.int64)


class _Nothing:
    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        return PrefilterMatches(_NONE, _NONE, _NONE)


def _on_regex(prefilters: Sequence[Prefilter]) -> Automaton:
    return _Regex(prefilters) if prefilters else _Nothing()


def _on_hyperscan(prefilters: Callable[[], Sequence[Prefilter]], key: str, memory: Cache | None) -> Automaton:
    """Raises ImportError where hyperscan is not installed. A kept database of another processor is compiled anew."""
    import hyperscan

    packed = memory.recall(key, lambda: _packed(prefilters())) if memory else b""
    if packed:
        keys, _, database = packed.partition(b"\n")
        with suppress(hyperscan.error):
            return _Hyperscan(list(map(int, keys.split())), hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK))
    made = prefilters()
    return _Hyperscan([prefilter.key for prefilter in made], _compiled_database(made)) if made else _Nothing()


def _packed(prefilters: Sequence[Prefilter]) -> bytes:
    """The prefilters' keys on a line, then their database; b"" for no prefilters."""
    import hyperscan

    keys = " ".join(str(prefilter.key) for prefilter in prefilters)
    return keys.encode() + b"\n" + hyperscan.dumpb(_compiled_database(prefilters)) if prefilters else b""


def _compiled_database(prefilters: Sequence[Prefilter]) -> Any:
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
    def __init__(self, keys: list[int], database: Any) -> None:
        import hyperscan

        self._keys, self._database = np.array(keys, dtype=np.int64), database
        # A database that was loaded comes without the working memory of a scan.
        self._scratch = hyperscan.Scratch(database)

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        # A long text may have several matches a byte: twelve bytes each, not a tuple.
        prefilters, ends = array("i"), array("q")
        add_gate, add_end = prefilters.append, ends.append

        def on_match(prefilter: int, start: int, end: int, flags: int, context: object) -> None:
            add_gate(prefilter)
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
    def __init__(self, prefilters: Sequence[Prefilter]) -> None:
        self._each = [(prefilter.key, _compiled(prefilter).finditer) for prefilter in prefilters]
        self._any = [_any(group) for group in (_where(prefilters, True), _where(prefilters, False)) if group]

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> PrefilterMatches:
        bounds = [*starts.tolist(), len(block)]
        texts = {text for pattern in self._any for text in self._touched(pattern, block, bounds)}
        found = array("q")
        for text in sorted(texts):
            for key, find in self._each:
                for match in find(block, bounds[text] - 1, bounds[text + 1], overlapped=True):
                    found.extend((key, text, match.end()))
        columns = np.frombuffer(found, dtype=np.int64).reshape(-1, 3)
        return PrefilterMatches(columns[:, 0], columns[:, 1], columns[:, 2])

    def _touched(self, pattern: "regex.Pattern[bytes]", block: bytes, bounds: list[int]) -> Iterable[int]:
        return [text for text in range(len(bounds) - 1) if pattern.search(block, bounds[text] - 1, bounds[text + 1])]


def _where(prefilters: Sequence[Prefilter], ignore_case: bool) -> list[Prefilter]:
    return [prefilter for prefilter in prefilters if prefilter.ignore_case == ignore_case]


def _any(prefilters: Sequence[Prefilter]) -> "regex.Pattern[bytes]":
    import regex

    flags = regex.IGNORECASE if prefilters[0].ignore_case else 0
    return regex.compile("|".join(f"(?:{prefilter.pattern})" for prefilter in prefilters).encode(), flags)


def _compiled(prefilter: Prefilter) -> "regex.Pattern[bytes]":
    import regex

    return regex.compile(prefilter.pattern.encode(), regex.IGNORECASE if prefilter.ignore_case else 0)
