"""A sequence of the lines of a block, which is split only when a line is needed."""

from collections.abc import Sequence
from typing import overload

import numpy as np


class Lines(Sequence[bytes]):
    """The lines of `data` without their line feeds. A scan needs few of them, and splitting all takes a third of the time of parsing."""

    __slots__ = ("_bounds", "_count", "_data")

    def __init__(self, data: bytes, count: int) -> None:
        """`count` is the number of lines; the last one may lack its line feed."""
        self._data = data
        self._count = count
        self._bounds: list[int] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if index == slice(None) and self._count:
            return self._data.split(b"\n")[: self._count]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError(index)
        bounds = self._bounds or self.bounds
        return self._data[bounds[index] : bounds[index + 1] - 1]

    @property
    def bounds(self) -> list[int]:
        """The start of each line, then the position after the last line feed (also if it is missing)."""
        # numpy finds all line feeds at once.
        if self._bounds is None:
            feeds = np.flatnonzero(np.frombuffer(self._data, np.uint8) == ord("\n")) + 1
            self._bounds = [0, *feeds.tolist()]
            if len(self._bounds) == self._count:
                self._bounds.append(len(self._data) + 1)
        return self._bounds
