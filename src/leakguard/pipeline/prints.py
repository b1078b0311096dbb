"""Fingerprints of rows, by which duplicates are found: computed by the process that reads a batch, and kept in the main process."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any, Generic, TypeVar
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch
from leakguard.core.counting import Counting, Mode
from leakguard.core.duplicates import RowPlace
from leakguard.text.byte_classes import Ints
from leakguard.text.contents import Hashes, hash_rows, normalise
from leakguard.text.minhash import Sketches, build_sketches, choose_bands
from leakguard.text.shingles import build_shingles

IN_MEMORY = 16 << 20
"""Bytes of each column of keys, and of all sketches, that are kept in memory; the rest is in a temporary file."""

Read = Callable[[Batch], tuple[Sequence[str], Sequence[int]]]
"""Returns the texts of all rows of a batch and the index of each text's line."""
Small = NDArray[np.uint32]
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints of a batch: row numbers in the file, hashes of the content, and sketches if near duplicates are counted."""

    file: str
    rows: Ints
    hashes: Hashes
    sketches: Sketches | None


@dataclass(frozen=True, slots=True)
class Printer:
    """Computes the fingerprints of batches."""

    read: Read
    counting: Counting

    def __call__(self, batch: Batch) -> Prints:
        """Return the fingerprints of the batch's rows that have content."""
        contents = normalise(*self.read(batch))
        near = self.counting.mode is Mode.NEAR
        sketches = build_sketches(build_shingles(contents), self.counting.similarity) if near else None
        return Prints(batch.file, contents.lines + batch.first_row, hash_rows(contents), sketches)


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive rows of one file; `first` is the number of the first one among all rows."""

    file: str
    first: int


class PrintStore:
    """The fingerprints of all rows of a dataset, in order; row numbers count from 0 over all files.

    A row takes 16 bytes of memory (its number in its file and its hash), and 5 more if near duplicates are counted. Keys (8 bytes per
    band) and sketches (4 bytes per shingle, at most 512) beyond IN_MEMORY bytes per column are in temporary files.
    """

    def __init__(self, counting: Counting) -> None:
        # Columns with one entry per row, but shingles, which have as many as `counts` says.
        self.counting = counting
        self.files: list[_Run] = []
        self._rows = _Column(np.int64)
        self._hashes = _Column(np.uint64)
        self._counts = _Column(np.uint8)
        self._sizes = _Column(np.uint32)
        near = counting.mode is Mode.NEAR
        self._keys = [_Column(np.uint64, IN_MEMORY) for _ in range(choose_bands(counting.similarity)[0] if near else 0)]
        self._shingles = _Column(np.uint32, IN_MEMORY)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, prints: Prints) -> None:
        """Add the fingerprints of the next batch."""
        if not len(prints.rows):
            return
        if not self.files or self.files[-1].file != prints.file:
            self.files.append(_Run(prints.file, len(self)))
        self._rows.add(prints.rows)
        self._hashes.add(prints.hashes)
        if prints.sketches:
            self._counts.add(prints.sketches.counts)
            self._sizes.add(prints.sketches.sizes)
            self._shingles.add(prints.sketches.shingles)
            for column, keys in zip(self._keys, prints.sketches.keys, strict=True):
                column.add(keys)

    @property
    def hashes(self) -> Hashes:
        """The hash of each row's content."""
        return self._hashes.all()

    @property
    def sizes(self) -> Small:
        """The number of shingles of each row."""
        return self._sizes.all()

    @property
    def bands(self) -> int:
        """The number of bands of keys."""
        return len(self._keys)

    def keys(self, band: int) -> Hashes:
        """Return the key of every row in a band."""
        return self._keys[band].all()

    def sketches(self) -> tuple[Small, Ints, Ints]:
        """Return the shingles of all sketches, and for each row the index of its first one and their number."""
        counts = self._counts.all().astype(np.int64)
        return self._shingles.all(), np.cumsum(counts) - counts, counts

    def place(self, row: int) -> RowPlace:
        """Return the file of a row and its number in it."""
        firsts = [run.first for run in self.files]
        run = self.files[int(np.searchsorted(firsts, row, side="right")) - 1]
        return RowPlace(run.file, int(self._rows.all()[row]))

    def numbers(self) -> Iterator[tuple[str, int, Ints]]:
        """Yield for each run of rows of one file: the file, the number of the first row, and the row numbers in the file."""
        rows = self._rows.all()
        ends = [run.first for run in self.files[1:]] + [len(rows)]
        for run, end in zip(self.files, ends, strict=True):
            yield run.file, run.first, rows[run.first : end]


@dataclass(slots=True, weakref_slot=True)
class _Column(Generic[Kind]):
    """An array that grows at its end. Beyond `most` bytes, it is kept in a temporary file."""

    kind: type[Kind]
    most: float = float("inf")
    _parts: list[NDArray[Kind]] = field(default_factory=list)
    _held: int = 0
    _length: int = 0
    _file: IO[bytes] | None = None

    def __len__(self) -> int:
        return self._length

    def add(self, values: NDArray[Any]) -> None:
        """Add values at the end."""
        part = np.ascontiguousarray(values, dtype=self.kind)
        self._parts.append(part)
        self._held += part.nbytes
        self._length += len(part)
        if self._held > self.most:
            if self._file is None:
                self._file = TemporaryFile(prefix="leakguard-")  # noqa: SIM115
                finalize(self, self._file.close)
            for one in self._parts:
                self._file.write(one.data)
            self._parts, self._held = [], 0

    def all(self) -> NDArray[Kind]:
        """Return the whole column. If it is in a file, the array maps the file, and pages are read when they are used."""
        if len(self._parts) != 1:
            self._parts = [np.concatenate(self._parts) if self._parts else np.zeros(0, self.kind)]
        if self._file is None:
            return self._parts[0]
        self._file.write(self._parts[0].data)
        self._file.flush()
        self._parts, self._held = [], 0
        return np.memmap(self._file, dtype=self.kind, mode="r", shape=(self._length,))
