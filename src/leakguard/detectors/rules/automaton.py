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


class Gate(NamedTuple):
    """A pattern over bytes; `key` is what its match nominates."""

    key: int
    pattern: str
    ignore_case: bool = True


class Matches(NamedTuple):
    """Matches of gates as columns, in no order: the gate's key, the text, and the byte offset in the block where the match ended."""

    key: NDArray[np.int64]
    text: NDArray[np.int64]
    end: NDArray[np.int64]


class Automaton(Protocol):
    """Nominates texts for closer reading."""

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> Matches:
        """All matches in the block; `starts` are the texts' byte offsets."""
        ...


def build(gates: Callable[[], Sequence[Gate]], engine: Engine, key: str = "", memory: Cache | None = None) -> Automaton:
    """An automaton on the engine asked for; "auto" takes hyperscan where it is installed. Raises MissingExtra without it.

    What hyperscan compiles is kept in `memory` under `key`, which must say what the gates are made of.
    """
    if engine == "regex":
        return _on_regex(gates())
    try:
        return _on_hyperscan(gates, key, memory)
    except ImportError as error:
        if engine == "hyperscan":
            raise MissingExtra("the hyperscan engine is not installed: use --engine regex (slower, same findings)") from error
        return _on_regex(gates())


def literal(text: str) -> str:
    """A pattern that matches exactly these characters in both engines."""
    return "".join(rf"\x{byte:02x}" for byte in text.encode())


_NONE = np.zeros(0, dtype=np.int64)


class _Nothing:
    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> Matches:
        return Matches(_NONE, _NONE, _NONE)


def _on_regex(gates: Sequence[Gate]) -> Automaton:
    return _Regex(gates) if gates else _Nothing()


def _on_hyperscan(gates: Callable[[], Sequence[Gate]], key: str, memory: Cache | None) -> Automaton:
    """Raises ImportError where hyperscan is not installed. A kept database of another processor is compiled anew."""
    import hyperscan

    packed = memory.recall(key, lambda: _packed(gates())) if memory else b""
    if packed:
        keys, _, database = packed.partition(b"\n")
        with suppress(hyperscan.error):
            return _Hyperscan(list(map(int, keys.split())), hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK))
    made = gates()
    return _Hyperscan([gate.key for gate in made], _compiled_database(made)) if made else _Nothing()


def _packed(gates: Sequence[Gate]) -> bytes:
    """The gates' keys on a line, then their database; b"" for no gates."""
    import hyperscan

    keys = " ".join(str(gate.key) for gate in gates)
    return keys.encode() + b"\n" + hyperscan.dumpb(_compiled_database(gates)) if gates else b""


def _compiled_database(gates: Sequence[Gate]) -> Any:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[gate.pattern.encode() for gate in gates],
            ids=list(range(len(gates))),
            flags=[hyperscan.HS_FLAG_CASELESS if gate.ignore_case else 0 for gate in gates],
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

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> Matches:
        # A long text may have several matches a byte: twelve bytes each, not a tuple.
        gates, ends = array("i"), array("q")
        add_gate, add_end = gates.append, ends.append

        def on_match(gate: int, start: int, end: int, flags: int, context: object) -> None:
            add_gate(gate)
            add_end(end)

        self._database.scan(block, match_event_handler=on_match, scratch=self._scratch)
        if not ends:
            return Matches(_NONE, _NONE, _NONE)
        end = np.frombuffer(ends, dtype=np.int64)
        text = np.searchsorted(starts, end, side="left") - 1
        key = self._keys[np.frombuffer(gates, dtype=np.int32)]
        inside = text >= 0
        return Matches(key, text, end) if inside.all() else Matches(key[inside], text[inside], end[inside])


class _Regex:
    def __init__(self, gates: Sequence[Gate]) -> None:
        self._each = [(gate.key, _compiled(gate).finditer) for gate in gates]
        self._any = [_any(group) for group in (_where(gates, True), _where(gates, False)) if group]

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> Matches:
        bounds = [*starts.tolist(), len(block)]
        texts = {text for pattern in self._any for text in self._touched(pattern, block, bounds)}
        found = array("q")
        for text in sorted(texts):
            for key, find in self._each:
                for match in find(block, bounds[text] - 1, bounds[text + 1], overlapped=True):
                    found.extend((key, text, match.end()))
        columns = np.frombuffer(found, dtype=np.int64).reshape(-1, 3)
        return Matches(columns[:, 0], columns[:, 1], columns[:, 2])

    def _touched(self, pattern: "regex.Pattern[bytes]", block: bytes, bounds: list[int]) -> Iterable[int]:
        return [text for text in range(len(bounds) - 1) if pattern.search(block, bounds[text] - 1, bounds[text + 1])]


def _where(gates: Sequence[Gate], ignore_case: bool) -> list[Gate]:
    return [gate for gate in gates if gate.ignore_case == ignore_case]


def _any(gates: Sequence[Gate]) -> "regex.Pattern[bytes]":
    import regex

    flags = regex.IGNORECASE if gates[0].ignore_case else 0
    return regex.compile("|".join(f"(?:{gate.pattern})" for gate in gates).encode(), flags)


def _compiled(gate: Gate) -> "regex.Pattern[bytes]":
    import regex

    return regex.compile(gate.pattern.encode(), regex.IGNORECASE if gate.ignore_case else 0)
