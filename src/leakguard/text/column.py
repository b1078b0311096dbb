"""A sequence of strings that share one UTF-8 buffer and are decoded only when they are read."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

from leakguard.text.byte_classes import Ints


class TextColumn(Sequence[str]):
    """Strings stored as byte ranges of one buffer.

    `data`: UTF-8 bytes. `starts`, `ends`: int64 arrays of shape (n,), byte offsets into `data`. There must be a byte before each text;
    `join` overwrites its copy with a separator.
    """

    __slots__ = ("_data", "_ends", "_starts")

    def __init__(self, data: bytes, starts: Ints, ends: Ints) -> None:
        self._data = data
        self._starts = starts
        self._ends = ends

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "TextColumn": ...
    def __getitem__(self, index: int | slice) -> "str | TextColumn":
        if isinstance(index, slice):
            return TextColumn(self._data, self._starts[index], self._ends[index])
        return self._data[self._starts[index] : self._ends[index]].decode()

    def __iter__(self) -> Iterator[str]:
        return (self._data[start:end].decode() for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True))

    @property
    def sizes(self) -> Ints:
        """The length of each text in bytes: int64 array of shape (n,)."""
        return self._ends - self._starts

    @property
    def parts(self) -> tuple[bytes, Ints, Ints]:
        """The shared buffer, and the arrays of starts and ends of the texts in it."""
        return self._data, self._starts, self._ends

    def join(self, separator: int) -> bytes:
        """Return all texts as one byte string, with the byte `separator` before each text and after the last.

        Builds the source offset of every output byte (shape: total bytes + n) and gathers them in one indexing step. Offsets are int32
        where the buffer allows it: the array has more entries than there are bytes of text, so its width decides the speed.
        """
        wide: type[np.signedinteger[Any]] = np.int32 if len(self._data) < 1 << 31 else np.int64
        sizes = (self.sizes + 1).astype(wide)
        begins = np.cumsum(sizes, dtype=wide) - sizes
        places = np.repeat(self._starts.astype(wide) - 1 - begins, sizes)
        places += np.arange(len(places), dtype=wide)
        joined = np.append(np.frombuffer(self._data, np.uint8)[places], np.uint8(separator))
        joined[begins] = separator
        return joined.tobytes()
