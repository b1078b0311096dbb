"""One automaton for all patterns: which of them occur in which text of a block. It only nominates; readers confirm.

With hyperscan, one pass over the bytes of the whole block; without it, `regex` runs the same patterns as one
alternation and then asks each of them about the texts where it matched. A nomination too many costs time; one too few
would be a missed finding, so patterns stay inside the common subset of both engines and match bytes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import regex
from numpy.typing import NDArray

from leakguard.core.errors import MissingExtra
from leakguard.detectors import Engine


class Gate(NamedTuple):
    """A pattern over bytes; `key` is what its match nominates."""

    key: int
    pattern: str
    ignore_case: bool = True


class Automaton(Protocol):
    """Nominates texts for closer reading."""

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        """(key, text, byte offset in the block where the match ended), in no order; `starts` are the texts' byte offsets."""
        ...


def build(gates: Sequence[Gate], engine: Engine) -> Automaton:
    """An automaton on the engine asked for; "auto" takes hyperscan where it is installed. Raises UsageError without it."""
    if not gates:
        return _Nothing()
    if engine == "regex":
        return _Regex(gates)
    try:
        return _Hyperscan(gates)
    except ImportError as error:
        if engine == "hyperscan":
            raise MissingExtra("the hyperscan engine is not installed: use --engine regex (slower, same findings)") from error
        return _Regex(gates)


def literal(text: str) -> str:
    """A pattern that matches exactly these characters in both engines."""
    return "".join(rf"\x{byte:02x}" for byte in text.encode())


class _Nothing:
    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        return []


class _Hyperscan:
    def __init__(self, gates: Sequence[Gate]) -> None:
        import hyperscan

        self._keys = [gate.key for gate in gates]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[gate.pattern.encode() for gate in gates],
            ids=list(range(len(gates))),
            flags=[hyperscan.HS_FLAG_CASELESS if gate.ignore_case else 0 for gate in gates],
        )

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int]] = []
        add = found.append

        def on_match(gate: int, start: int, end: int, flags: int, context: object) -> None:
            add((gate, end))

        self._database.scan(block, match_event_handler=on_match)
        if not found:
            return []
        ends = np.array([end for _, end in found], dtype=np.int64)
        texts = np.searchsorted(starts, ends, side="left") - 1
        keys = self._keys
        return [(keys[gate], text, end) for (gate, end), text in zip(found, texts.tolist(), strict=True) if text >= 0]


class _Regex:
    def __init__(self, gates: Sequence[Gate]) -> None:
        self._each = [(gate.key, _compiled(gate).finditer) for gate in gates]
        self._any = [_any(group) for group in (_where(gates, True), _where(gates, False)) if group]

    def nominate(self, block: bytes, starts: NDArray[np.int64]) -> list[tuple[int, int, int]]:
        bounds = [*starts.tolist(), len(block)]
        texts = {text for pattern in self._any for text in self._touched(pattern, block, bounds)}
        return [
            (key, text, match.end())
            for text in sorted(texts)
            for key, find in self._each
            for match in find(block, bounds[text] - 1, bounds[text + 1], overlapped=True)
        ]

    def _touched(self, pattern: "regex.Pattern[bytes]", block: bytes, bounds: list[int]) -> Iterable[int]:
        return [text for text in range(len(bounds) - 1) if pattern.search(block, bounds[text] - 1, bounds[text + 1])]


def _where(gates: Sequence[Gate], ignore_case: bool) -> list[Gate]:
    return [gate for gate in gates if gate.ignore_case == ignore_case]


def _any(gates: Sequence[Gate]) -> "regex.Pattern[bytes]":
    flags = regex.IGNORECASE if gates[0].ignore_case else 0
    return regex.compile("|".join(f"(?:{gate.pattern})" for gate in gates).encode(), flags)


def _compiled(gate: Gate) -> "regex.Pattern[bytes]":
    return regex.compile(gate.pattern.encode(), regex.IGNORECASE if gate.ignore_case else 0)
