"""The base of raw inputs that give bytes in pieces of any size: joins them, so that a short read shows where the input ends."""

import io
from typing import Any


class PieceReader(io.RawIOBase):
    """A raw input; subclasses define `take` and may note what was read."""

    def take(self, most: int | None) -> bytes:
        """Return the next bytes, at most `most`; b"" at the end."""
        raise NotImplementedError

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, fewer only at the end; the rest of the input without `size`."""
        left = size if size is not None and size >= 0 else None
        pieces: list[bytes] = []
        while left != 0 and (piece := self.take(left)):
            pieces.append(piece)
            left = None if left is None else left - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readall(self) -> bytes:
        """Read the rest of the input."""
        return self.read()

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
