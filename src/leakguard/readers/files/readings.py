"""Record hashes of the bytes that are read of each input, to prove that a file's hash is that of the bytes that were scanned.

A file can change during a scan and be restored before it is hashed; size and times can be restored too. Therefore every reading is
hashed as it happens: sequential readings by a running SHA-256, random access (Parquet) range by range. At the end the file is read
once more: its own SHA-256 is computed, and every recorded range must still have its hash.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leakguard.readers.files.format_names import CSV, PARQUET, PARQUET_MAGIC, TSV
from leakguard.readers.files.hashes import FileDigest
from leakguard.readers.files.piece_reader import PieceReader
from leakguard.readers.files.stores import PIECE, open_input, open_whole, read_stamp

CHANGED = "it changed while it was being read"

Range = tuple[int, int]
"""Offset of the first byte, and number of bytes."""


class FileChangedError(OSError):
    """Error: a file differs from the bytes that were read of it."""


class FileReading:
    """The running hash of a file that is read from its start; `ended` is true if its end was reached."""

    __slots__ = ("bytes", "ended", "sha")

    def __init__(self) -> None:
        self.sha, self.bytes, self.ended = hashlib.sha256(), 0, False

    def note(self, piece: bytes) -> None:
        """Add the next bytes of the file to the hash."""
        self.sha.update(piece)
        self.bytes += len(piece)

    def hash_pieces(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the same pieces, each after it was hashed."""
        for piece in pieces:
            self.note(piece)
            yield piece
        self.ended = True


class Readings:
    """The record of all readings of all inputs, by name of the input."""

    def __init__(self) -> None:
        self._begun: dict[str, list[FileReading]] = {}
        self._ranges: dict[str, dict[Range, str]] = {}
        self._sizes: dict[str, set[int]] = {}
        self._kinds: dict[str, set[str]] = {}
        self._changed: set[str] = set()

    def __reduce__(self) -> tuple[type["Readings"], tuple[()]]:
        """Pickle as an empty record: worker processes read no inputs."""
        return Readings, ()

    def start(self, name: str) -> FileReading:
        """Begin a sequential reading of a file."""
        reading = FileReading()
        self._begun.setdefault(name, []).append(reading)
        return reading

    def note_format(self, name: str, kind: str) -> None:
        """Record that the file was read in this format."""
        self._kinds.setdefault(name, set()).add(kind)

    def note_range(self, name: str, at: int, data: bytes) -> None:
        """Record the bytes that were read at offset `at`."""
        if data:
            said = hashlib.sha256(data).hexdigest()
            if self._ranges.setdefault(name, {}).setdefault((at, len(data)), said) != said:
                self._changed.add(name)

    def note_reading(self, name: str, at: int, reading: FileReading) -> None:
        """Record the bytes that a reading from offset `at` on has hashed."""
        if reading.bytes:
            self._ranges.setdefault(name, {})[at, reading.bytes] = reading.sha.hexdigest()

    def note_size(self, name: str, size: int) -> None:
        """Record that the file ends after `size` bytes."""
        self._sizes.setdefault(name, set()).add(size)

    def to_document(self) -> dict[str, Any]:
        """Return the record as a JSON object for a checkpoint: per name the ranges [offset, bytes, hash], sizes and formats."""
        document = {}
        for name in {**self._begun, **self._ranges, **self._sizes, **self._kinds}:
            found, same = self._all(name)
            document[name] = {
                "ranges": [[at, length, said] for (at, length), said in sorted(found.items())],
                "sizes": sorted(self._all_sizes(name)),
                "kinds": sorted(self._kinds.get(name, ())),
                "changed": not same,
            }
        return document

    def restore(self, document: Mapping[str, Any]) -> None:
        """Add the record of an earlier run from its checkpoint."""
        for name, said in document.items():
            for at, length, sha in said["ranges"]:
                if self._ranges.setdefault(name, {}).setdefault((at, length), sha) != sha:
                    self._changed.add(name)
            self._sizes.setdefault(name, set()).update(said["sizes"])
            self._kinds.setdefault(name, set()).update(said["kinds"])
            self._changed |= {name} if said["changed"] else set()

    def matches(self, name: str, digest: FileDigest) -> bool:
        """Return whether the whole file was read sequentially, and nothing else of it, with this digest. Then it need not be read again."""
        whole = {(0, digest.bytes): digest.sha256} if digest.bytes else {}
        found, same = self._all(name)
        plain = PARQUET not in self._kinds.get(name, ())
        return same and plain and found == whole and self._all_sizes(name) == {digest.bytes}

    def confirm(self, name: str, path: Path | str) -> FileDigest:
        """Read the file once more and return its digest, if everything that was read before is still part of it.

        Raises FileChangedError if it is not, OSError if the file cannot be read.
        """
        # One pass hashes the whole file and every recorded range. A file read as Parquet must still be Parquet, and no other file may be.
        before = read_stamp(path)
        found, same = self._all(name)
        stretches = _Stretches(found)
        sha, at, head = hashlib.sha256(), 0, b""
        with open_whole(path) as file:
            while data := file.read(PIECE):
                head = head or data[: len(PARQUET_MAGIC)]
                stretches.feed(at, data)
                sha.update(data)
                at += len(data)
        kinds = self._kinds.get(name, set()) - {CSV, TSV}
        taken = not at or all((kind == PARQUET) == (head == PARQUET_MAGIC) for kind in kinds)
        if not (same and taken and stretches.all_match() and self._all_sizes(name) <= {at}):
            raise FileChangedError(CHANGED)
        return FileDigest(sha.hexdigest(), at, before)

    def _all(self, name: str) -> tuple[dict[Range, str], bool]:
        """Return every range that was read of a file with its hash, and whether ranges that were read twice were equal."""
        found, same = dict(self._ranges.get(name, {})), name not in self._changed
        for reading in self._begun.get(name, ()):
            said = reading.sha.copy().hexdigest()
            same = same and (not reading.bytes or found.setdefault((0, reading.bytes), said) == said)
        return found, same

    def _all_sizes(self, name: str) -> set[int]:
        """Return every size that the file was seen to have."""
        return self._sizes.get(name, set()) | {reading.bytes for reading in self._begun.get(name, ()) if reading.ended}


class _Stretches:
    """Hashes ranges of a file during one sequential reading. Ranges with the same start share one running hash."""

    def __init__(self, wanted: Mapping[Range, str]) -> None:
        self._waiting = sorted(((at, at + length, said) for (at, length), said in wanted.items()), reverse=True)
        self._open: dict[int, tuple[Any, list[tuple[int, str]]]] = {}
        self._right = True

    def feed(self, at: int, data: bytes) -> None:
        """Add the next piece of the file, which begins at offset `at`."""
        # `_waiting` are ranges that begin later; `_open` maps a start to its running hash and the ends at which it must have a given value.
        end = at + len(data)
        while self._waiting and self._waiting[-1][0] < end:
            start, stop, said = self._waiting.pop()
            self._open.setdefault(start, (hashlib.sha256(), []))[1].append((stop, said))
        view = memoryview(data)
        for start, (sha, stops) in list(self._open.items()):
            done = max(start, at)
            for stop, said in sorted(stops):
                if stop > end:
                    break
                sha.update(view[done - at : stop - at])
                done = stop
                self._right = self._right and sha.copy().hexdigest() == said
                stops.remove((stop, said))
            if stops:
                sha.update(view[done - at :])
            else:
                del self._open[start]

    def all_match(self) -> bool:
        """Return whether every range had its recorded hash; False if a range is beyond the end of the file."""
        return self._right and not self._open and not self._waiting


class RangedFile(PieceReader):
    """An input with random access of which every range that is read is recorded."""

    def __init__(self, path: str, readings: Readings, name: str = "") -> None:
        """`name` is the name of the input, if it is not the path."""
        super().__init__()
        self._file = open_input(path)
        self._name, self._readings = name or path, readings
        self._readings.note_size(self._name, self.seek(0, io.SEEK_END))
        self.seek(0)
        self.read(len(PARQUET_MAGIC))
        self.seek(0)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the offset of the next byte."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._file.tell()

    def close(self) -> None:
        """Close the input."""
        if not self.closed:
            self._file.close()
        super().close()

    def take(self, most: int | None) -> bytes:
        """Return the next bytes, at most `most`, in pieces of PIECE without it."""
        return self._file.read(PIECE if most is None else most) or b""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most `size` bytes, fewer only at the end of the file, and note what was read; a short read shows where the file ends."""
        at = self.tell()
        found = super().read(size)
        self._readings.note_range(self._name, at, found)
        if found and (size is None or not 0 <= size <= len(found)):
            self._readings.note_size(self._name, at + len(found))
        return found
