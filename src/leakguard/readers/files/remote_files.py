"""Read objects of stores and web servers: by byte ranges, or from the start where a server has no ranges."""

import io
from typing import Any

from leakguard.core.store_address import StoreAddress
from leakguard.readers.files.piece_reader import PieceReader
from leakguard.readers.files.store_requests import CHANGED, StoreError, StoreRetries, look_up, open_filesystem

SHORTEST, LONGEST = 1 << 17, 1 << 23
"""Bytes of the first request for a range, and of the longest. They double while an object is read on."""
NEAR = 1 << 22
"""A jump forward of at most this many bytes counts as reading on."""


class RemoteFile(PieceReader):
    """An object that is open for reading. `size` is None if the server does not say it.

    Without byte ranges it can only be read from its start to its end. Raises StoreError.
    """

    def __init__(self, address: StoreAddress, retries: StoreRetries = StoreRetries()) -> None:  # noqa: B008
        super().__init__()
        said = look_up(address, retries)
        if said.get("type") == "directory":
            raise StoreError("this is a folder, not a file")
        self.address = address
        self.size: int | None = said.get("size")
        self.ranged = self.size is not None and said.get("partial") is not False
        self._system, self._retries = open_filesystem(address), retries
        self._file: Any = None
        self._file_at = 0
        self._at, self._held, self._held_at, self._next = 0, b"", 0, SHORTEST

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return whether the server has byte ranges."""
        return self.ranged

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the offset of the next byte."""
        if whence == io.SEEK_END and self.size is None:
            raise StoreError("the server does not say how large this is; download it first")
        self._at = offset + (self._at if whence == io.SEEK_CUR else (self.size or 0) if whence == io.SEEK_END else 0)
        return self._at

    def close(self) -> None:
        """Close the connection."""
        if not self.closed and self._file is not None:
            self._file.close()
        super().close()

    def take(self, most: int | None) -> bytes:
        """Return the next bytes, at most `most`; b"" at the end."""
        # `_held` are the bytes of the last request, from `_held_at` on. The next request begins where they end, or after a jump.
        at = self._at - self._held_at
        if not 0 <= at < len(self._held):
            if self.ranged and self._at >= (self.size or 0):
                return b""
            self._held_at, self._held = self._request(most or 0)
            at = self._at - self._held_at
        piece = self._held[at:] if most is None else self._held[at : at + most]
        self._at += len(piece)
        return piece

    def _request(self, wanted: int) -> tuple[int, bytes]:
        """Return the offset and the bytes of the next request: at least `wanted` where they exist."""
        end = self._held_at + len(self._held)
        self._next = min(2 * self._next, LONGEST) if self._held and 0 <= self._at - end <= NEAR else SHORTEST
        start = self._at
        if self.ranged:
            stop = min(start + max(wanted, self._next), self.size or 0)
            try:
                return start, self._retries.run(lambda: self._fetch(start, stop))
            except _NoRangesError:
                self.ranged = False
                self._drop()
        if start != end:
            raise StoreError("the server has no byte ranges, which this format needs; download it first")
        return start, self._retries.run(lambda: self._stream(start, max(wanted, self._next)))

    def _fetch(self, start: int, stop: int) -> bytes:
        """Return a range of bytes, in one request."""
        if self._file is None:
            self._file = self._system.open(self.address.url, "rb", cache_type="none", size=self.size)
        try:
            self._file.seek(start)
            data: bytes = self._file.read(stop - start)
        except ValueError:
            # fsspec raises it if an answer to a request for a range has the whole object.
            raise _NoRangesError("the server has no byte ranges") from None
        if len(data) != stop - start:
            raise StoreError(f"the store sent {len(data):,} bytes in place of {stop - start:,}", passing=True)
        return data

    def _stream(self, start: int, most: int) -> bytes:
        """Return the next bytes of a server without ranges. After a failure, the object is read from its start up to the same place."""
        try:
            if self._file is None:
                self._file = self._system.open(self.address.url, "rb", block_size=0)
            while self._file_at < start:
                if not (skipped := self._file.read(min(start - self._file_at, LONGEST))):
                    raise StoreError(CHANGED)
                self._file_at += len(skipped)
            data: bytes = self._file.read(most)
        except BaseException:
            self._drop()
            raise
        self._file_at += len(data)
        return data

    def _drop(self) -> None:
        """Close the connection of a stream."""
        if self._file is not None:
            self._file.close()
        self._file, self._file_at = None, 0


class _NoRangesError(StoreError):
    """Error: a server sent the whole object in place of a range."""
