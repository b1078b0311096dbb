"""Read ranges of input files again, by byte offset in the unpacked text."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from leakguard.readers.files.compression import BrokenStream
from leakguard.readers.files.limits import BLOCK_SIZE
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.streams import InputStream, open_stream


class RangeReader:
    """Reads byte ranges of unpacked inputs. Ranges of one file must be in rising order, so that the file is read once."""

    def __init__(self, places: Mapping[str, str], readings: Readings | None = None) -> None:
        """`places` maps names of inputs to the paths of their data, where these differ; `readings` records what is read."""
        self._places, self._readings = places, readings
        self._file = ""
        self._at = 0
        self._held = b""
        self._chunks: Iterator[bytes] = iter(())
        self._stream: InputStream | None = None

    def read(self, path: str, offset: int, length: int, end: bytes = b"\n") -> Iterator[bytes]:
        """Yield bytes `offset` to `offset + length` in pieces, and `end` if the last byte is another one.

        Raises OSError if the file has become shorter.
        """
        # `_at` is the offset of the present chunk: chunks before the range are skipped, the rest of a chunk is kept for the next range.
        if path != self._file:
            self._open(path)
        last = end
        while length > 0:
            if not self._held:
                self._held = next(self._chunks, b"")
                if not self._held:
                    raise OSError(f"{path} changed while it was being read")
            skipped = min(max(offset - self._at, 0), len(self._held))
            piece = self._held[skipped : skipped + length] if self._at + skipped >= offset else b""
            self._at += skipped + len(piece)
            self._held = self._held[skipped + len(piece) :]
            offset, length = max(offset, self._at), length - len(piece)
            if piece:
                last = piece[-1:]
                yield piece
        if last != end and end:
            yield end

    def _open(self, path: str) -> None:
        """Close the current file and open the next one at its start."""
        if self._stream:
            self._stream.close()
        self._stream = open_stream(path, self._places.get(path, path), self._readings)
        self._file, self._at, self._held, self._chunks = path, 0, b"", _unbroken(self._stream.chunks(BLOCK_SIZE))


def _unbroken(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield chunks up to the first damage, which the first reading of the file has reported already."""
    with suppress(BrokenStream):
        yield from chunks
