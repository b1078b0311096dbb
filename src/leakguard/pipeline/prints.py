"""Prints of rows, the numbers by which duplicates are found: made of a batch by whichever process reads it, kept in the parent."""

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
"""So many bytes of each column of keys and of all sketches stay in memory; what is more lies in a temporary file."""

Read = Callable[[Batch], tuple[Sequence[str], Sequence[int]]]
"""Everything that the rows of a batch say: its texts, and the index of each text's line."""
Small = NDArray[np.uint32]
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Prints:
    """The prints of a batch: the number of each row in its file, the hash of what it says, and its sketch where near ones count."""

    file: str
    rows: Ints
    hashes: Hashes
    sketches: Sketches | None


@dataclass(frozen=True, slots=True)
class Printer:
    """Makes prints of batches."""

    read: Read
    counting: Counting

    def __call__(self, batch: Batch) -> Prints:
        """The prints of the batch's rows that say anything."""
        contents = normalise(*self.read(batch))
        near = self.counting.mode is Mode.NEAR
        sketches = build_sketches(build_shingles(contents), self.counting.similarity) if near else None
        return Prints(batch.file, contents.lines + batch.first_row, hash_rows(contents), sketches)


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows of one file that were added together: the first of them by its number among all rows."""

    file: str
    first: int


class PrintStore:
    """The prints of all rows of a dataset, in order; row numbers here count from 0 over all files.

    In memory a row takes 16 bytes (its number in its file and its hash), and 5 more where near ones count; beyond IN_MEMORY bytes a
    column, its keys (8 bytes a band) and its sketch (4 bytes a shingle, 512 at most) lie in temporary files.
    """

    def __init__(self, counting: Counting) -> None:
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
        """Add the rows of the next batch."""
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
        """The hash of what each row says."""
        return self._hashes.all()

    @property
    def sizes(self) -> Small:
        """How many shingles each row has."""
        return self._sizes.all()

    @property
    def bands(self) -> int:
        """How many bands of keys there are."""
        return len(self._keys)

    def keys(self, band: int) -> Hashes:
        """Every row's key in a band."""
        return self._keys[band].all()

    def sketches(self) -> tuple[Small, Ints, Ints]:
        """The shingles of all sketches, and where each row's begin and how many they are."""
        counts = self._counts.all().astype(np.int64)
        return self._shingles.all(), np.cumsum(counts) - counts, counts

    def place(self, row: int) -> RowPlace:
        """The file and the number of a row."""
        firsts = [run.first for run in self.files]
        run = self.files[int(np.searchsorted(firsts, row, side="right")) - 1]
        return RowPlace(run.file, int(self._rows.all()[row]))

    def numbers(self) -> Iterator[tuple[str, int, Ints]]:
        """For each run of rows of one file: the file, the first row's number here, and each row's number in the file."""
        rows = self._rows.all()
        ends = [run.first for run in self.files[1:]] + [len(rows)]
        for run, end in zip(self.files, ends, strict=True):
            yield run.file, run.first, rows[run.first : end]


@dataclass(slots=True, weakref_slot=True)
class _Column(Generic[Kind]):
    """An array that grows at its end. What is more than `most` bytes of it lies in a temporary file."""

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
        """Everything that was added; of a file, pages are read as they are asked for."""
        if len(self._parts) != 1:
            self._parts = [np.concatenate(self._parts) if self._parts else np.zeros(0, self.kind)]
        if self._file is None:
            return self._parts[0]
        self._file.write(self._parts[0].data)
        self._file.flush()
        self._parts, self._held = [], 0
        return np.memmap(self._file, dtype=self.kind, mode="r", shape=(self._length,))
