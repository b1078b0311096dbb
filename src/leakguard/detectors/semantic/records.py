"""Scores of texts as records of one width, in the order of the texts in their files: written once, read by position."""

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from leakguard.core.scored import ScoredBlocks

Records = NDArray[Any]
_READ, _TOGETHER = 1 << 20, 1 << 22
"""Records that are read at once, and the most that are sorted at once to find the distinct ones."""


def make_entry_type(traits: int) -> np.dtype[Any]:
    """Return the part of a record that depends on the text alone.

    `windows` is the number of windows: 0 for a text without words, and -n for one that has n windows, which are too many to be read. For
    each trait: the scores of the best window in 1 / contrast.UNIT, and its range of characters.
    """
    return np.dtype([("windows", "<i4"), ("traits", [(name, "<i4") for name in ("semantic", "terms", "start", "stop")], (traits,))])


def make_record_type(traits: int) -> np.dtype[Any]:
    """Return the type of a record: the first 8 bytes of the text's digest, its row counted from the first of the block, and its entry."""
    return np.dtype([("digest", "<u8"), ("row", "<u4"), ("entry", make_entry_type(traits))])


def digest_text(text: str) -> bytes:
    """Return a BLAKE2b digest of a text, 16 bytes."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class RecordFile:
    """A file of records. It is written by one process from start to end; a copy in another process opens it to read."""

    def __init__(self, path: Path, traits: int) -> None:
        self._path, self._traits = path, traits
        self._type = make_record_type(traits)
        # For each file its blocks: the first row, and the first and the last record + 1.
        self._files: dict[str, list[tuple[int, int, int]]] = {}
        self._size = 0
        self._open: tuple[int, int] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": None}

    @property
    def size(self) -> int:
        """The number of records."""
        return self._size

    def write(self, scored: Iterable[ScoredBlocks]) -> None:
        """Write all records, and replace those of an earlier or interrupted pass."""
        self._files, self._size, self._open = {}, 0, None
        with self._path.open("wb") as file:
            for part in scored:
                for name, row, length in part.blocks:
                    start = self._size
                    self._size += length // self._type.itemsize
                    self._files.setdefault(name, []).append((row, start, self._size))
                _copy(part.records, file)

    def find(self, file: str, first: int, rows: int) -> Records:
        """Return the records of the texts in `rows` rows of a file, `first` being the number of the first row."""
        # The first block that may hold the rows is the last one that begins at or before them.
        blocks = self._files.get(file, [])
        parts = [np.zeros(0, self._type)]
        for row, start, stop in blocks[max(bisect_right(blocks, first, key=lambda block: block[0]) - 1, 0) :]:
            if row >= first + rows:
                break
            records = self._read(start, stop)
            places = row + records["row"].astype(np.int64)
            parts.append(records[(places >= first) & (places < first + rows)])
        return np.concatenate(parts)

    def distinct(self) -> Iterator[Records]:
        """Yield the first record of each distinct text, some at a time: as many as fit into memory, by ranges of their digests."""
        parts = self._size // _TOGETHER + 1
        for part in range(parts):
            kept = []
            for start in range(0, self._size, _READ):
                records = self._read(start, min(start + _READ, self._size))
                kept.append(records[records["digest"] % np.uint64(parts) == part] if parts > 1 else records)
            records = np.concatenate(kept) if kept else np.zeros(0, self._type)
            # np.unique returns the index of the first of equal digests.
            yield records[np.unique(records["digest"], return_index=True)[1]]

    def _read(self, start: int, stop: int) -> Records:
        """Return the records with numbers `start` to `stop` - 1."""
        if self._open is None or self._open[0] != os.getpid():
            self._open = os.getpid(), os.open(self._path, os.O_RDONLY)
        width = self._type.itemsize
        data = bytearray()
        while len(data) < (stop - start) * width:
            more = os.pread(self._open[1], (stop - start) * width - len(data), start * width + len(data))
            if not more:
                raise OSError(f"{self._path}: the scores of this run are cut off")
            data += more
        return np.frombuffer(data, self._type)


def _copy(records: bytes | Path, target: BinaryIO) -> None:
    """Append records to a file, and delete the temporary file that held them."""
    if isinstance(records, bytes):
        target.write(records)
        return
    with records.open("rb") as file:
        copyfileobj(file, target)
    records.unlink()
