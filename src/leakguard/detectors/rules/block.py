"""Many texts as one byte string: what the automaton and the token reader look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leakguard.text.fold import CONTROLS, FoldTable, fold
from leakguard.text.numbers import is_number_list
from leakguard.text.tokens import SEPARATOR, Bools, Bytes, Ints, number_lists

_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Block:
    """Texts in UTF-8, each followed by a separator, the whole preceded by one; texts that hide something stand folded.

    `starts` are byte offsets; `folded` holds the folded form of the texts that differ from it in more than
    punctuation (their hits need the way home), `wide` the indices of all texts that are not ASCII.
    """

    texts: Sequence[str]
    data: bytes
    starts: Ints
    folded: dict[int, str]
    wide: frozenset[int]
    reads: dict[int, str] = field(default_factory=dict)

    @property
    def array(self) -> Bytes:
        """The bytes as an array; no copy."""
        return np.frombuffer(self.data, dtype=np.uint8)

    def read(self, text: int, table: FoldTable) -> str:
        """Text number `text` as it is read: folded, with characters where the original has them unless it is in `folded`."""
        if text not in self.reads:
            self.reads[text] = self.folded[text] if text in self.folded else fold(self.texts[text], table)
        return self.reads[text]

    def lists(self, table: FoldTable) -> tuple[list[bool], set[int], bool]:
        """Which texts are bare number lists, which of those hold letters, and whether anything at all in the block is odd."""
        arrays, odd = number_lists(self.array, self.starts)
        lists: list[bool] = arrays.tolist()
        lettered = set(np.flatnonzero(arrays & odd).tolist())
        for text in self.wide:
            lists[text] = is_number_list(self.read(text, table))
            lettered.add(text)
        return lists, {text for text in lettered if lists[text]}, bool(odd.any())

    def wide_among(self, texts: Ints) -> Bools:
        """Which of these texts are not ASCII as they stand in the block."""
        wide = np.zeros(len(self.texts), dtype=np.bool_)
        wide[list(self.wide)] = True
        among: Bools = wide[texts]
        return among

    def character(self, text: int, offset: int) -> int:
        """Character position in `read(text)` of a byte offset in the block."""
        start = int(self.starts[text])
        return offset - start if text not in self.wide else len(self.data[start:offset].decode())


def build(texts: Sequence[str], table: FoldTable) -> Block:
    """Join the texts; fold those that need it. Lone surrogates are read as a question mark."""
    joined = SEPARATOR.join(texts)
    if joined.isascii():
        data = f"{SEPARATOR}{joined}{SEPARATOR}".encode()
        if not _has_controls(data, len(texts) + 1):
            return Block(texts, data, _starts(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))), {}, frozenset())
    folded: dict[int, str] = {}
    wide: set[int] = set()
    parts: list[bytes] = []
    for index, text in enumerate(texts):
        raw = text.encode("utf-8", "replace")
        if not text.isascii():
            wide.add(index)
        if _needs_folding(text, raw, table):
            folded[index] = fold(text, table)
            wide.add(index)
            raw = folded[index].encode("utf-8", "replace")
        parts.append(raw)
    separator = SEPARATOR.encode()
    data = separator + separator.join(parts) + separator
    return Block(texts, data, _starts(np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))), folded, frozenset(wide))


def _starts(lengths: NDArray[np.int64]) -> Ints:
    return np.cumsum(lengths + 1) - lengths


def starts_of(data: bytes) -> Ints:
    """Byte offsets of the texts of a block, also of a block from which bytes were deleted."""
    separators: Ints = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(SEPARATOR))
    return separators[:-1] + 1


def _has_controls(data: bytes, separators: int) -> bool:
    return len(data) - len(data.translate(None, _CONTROLS)) != separators


def _needs_folding(text: str, raw: bytes, table: FoldTable) -> bool:
    if text.isascii():
        return CONTROLS.search(text) is not None
    rare = raw.translate(None, _ASCII).decode("utf-8", "replace")
    return not all(map(table.harmless, map(ord, set(rare)))) or CONTROLS.search(text) is not None


_CONTROLS = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\n\r")
