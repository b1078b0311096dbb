"""Many texts as one byte string: what the automaton and the token reader look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leakguard.text.fold import FoldTable, fold
from leakguard.text.numbers import is_number_list
from leakguard.text.surroundings import BARE, SEPARATOR, Bools, Bytes, Ints
from leakguard.text.tokens import Tokens, number_lists

_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Block:
    """Texts in UTF-8, each followed by a separator, the whole preceded by one; texts that hide something stand folded.

    `starts` are byte offsets; `folded` holds the folded form of the texts that differ from it in more than
    punctuation (their hits need the way home), `wide` the indices of all texts that are not ASCII. `bare`: nothing but
    digits and list punctuation stands in any of them.
    """

    texts: Sequence[str]
    data: bytes
    starts: Ints
    folded: dict[int, str]
    wide: frozenset[int]
    bare: bool = False
    reads: dict[int, str] = field(default_factory=dict)

    @property
    def array(self) -> Bytes:
        """The bytes as an array; no copy."""
        return np.frombuffer(self.data, dtype=np.uint8)

    def read(self, text: int, table: FoldTable) -> str:
        """Text number `text` as it is read: folded, with characters where the original has them unless it is in `folded`."""
        if text not in self.wide:
            return self.texts[text]
        if text not in self.reads:
            self.reads[text] = self.folded[text] if text in self.folded else fold(self.texts[text], table)
        return self.reads[text]

    def lists(self, tokens: Tokens, bounds: Ints, table: FoldTable) -> tuple[Bools, list[int]]:
        """Which texts are bare number lists, and which of those hold anything but digits and list punctuation."""
        lists, lettered, dense = number_lists(self.array, self.starts, tokens, bounds, bare=self.bare)
        wide = np.zeros(len(lists), dtype=np.bool_)
        wide[list(self.wide)] = True
        lists &= ~wide
        for text in np.flatnonzero(wide & dense).tolist():
            lists[text] = is_number_list(self.read(text, table))
        return lists, np.flatnonzero((lettered | wide) & lists).tolist()

    def folded_among(self, texts: Ints) -> Bools:
        """Which of these texts stand folded in the block."""
        folded = np.zeros(len(self.texts), dtype=np.bool_)
        folded[list(self.folded)] = True
        among: Bools = folded[texts]
        return among

    def characters(self, texts: Ints, offsets: Ints) -> Ints:
        """Character positions in `read(text)` of byte offsets in the block."""
        starts = self.starts[texts]
        if not self.wide or not len(texts):
            return offsets - starts
        inside = np.cumsum((self.array & 0xC0) == 0x80, dtype=np.int64)
        return offsets - starts - (inside[offsets - 1] - inside[starts - 1])

    def character(self, text: int, offset: int) -> int:
        """Character position in `read(text)` of a byte offset in the block."""
        start = int(self.starts[text])
        return offset - start if text not in self.wide else len(self.data[start:offset].decode(errors="ignore"))


def build(texts: Sequence[str], table: FoldTable) -> Block:
    """Join the texts; fold those that need it. Lone surrogates are read as a question mark."""
    joined = SEPARATOR.join(texts)
    if joined.isascii():
        data = f"{SEPARATOR}{joined}{SEPARATOR}".encode()
        if not _has_controls(data, len(texts) + 1):
            starts = _starts(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
            return Block(texts, data, starts, {}, frozenset(), not data.translate(None, BARE))
    parts = [text.encode("utf-8", "replace") for text in texts]
    controlled = _has_controls(b"".join(parts), 0)
    folded: dict[int, str] = {}
    wide: set[int] = set()
    for index, text in enumerate(texts):
        if text.isascii() and not controlled:
            continue
        if not text.isascii():
            wide.add(index)
        if _needs_folding(text, parts[index], table):
            wide.add(index)
            folded[index] = fold(text, table)
            parts[index] = folded[index].encode("utf-8", "replace")
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
    if _has_controls(raw, 0):
        return True
    rare = raw.translate(None, _ASCII).decode("utf-8", "replace")
    return not table.harmless(set(rare))


_CONTROLS = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\n\r")
