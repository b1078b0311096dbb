"""From parts of a clean to files in a folder: which output each piece belongs to, how it is packed, and when a checkpoint is due."""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import Stopped
from leakguard.core.policy import Fate
from leakguard.io.books import books_document
from leakguard.io.folder import Folder
from leakguard.io.formats import Limits
from leakguard.io.readings import Readings
from leakguard.io.sources import Extents
from leakguard.io.tabular import fates_of, sheets
from leakguard.io.within import REASONS
from leakguard.pipeline.clean import Books, Cleaned, Extent
from leakguard.pipeline.crew import Piece

ASIDE = "lines/"
INTERVAL = 1.0
GZIP_LEVEL = 6


class Pack:
    """Packs bytes for a file's outputs as the file itself is packed: each call gives a whole gzip member or zstd frame."""

    def __init__(self, packings: Mapping[str, str]) -> None:
        self._packings = packings

    def __call__(self, file: str, data: bytes) -> bytes:
        """The bytes to append; the same for the same data."""
        if self._packings[file] == "gzip":
            return gzip.compress(data, GZIP_LEVEL, mtime=0)
        if self._packings[file] == "zstd":
            from zstandard import ZstdCompressor

            return ZstdCompressor().compress(data)
        return data


@dataclass(frozen=True, slots=True)
class Tables:
    """Inputs that are tables, and the limits with which they are read."""

    names: frozenset[str]
    limits: Limits


class FolderStore:
    """Puts every part where it belongs. `names` gives each input's name inside the folders of the fates.

    Rows of `tables` are put aside as lines, until `tabulate` writes them as tables.
    """

    def __init__(
        self,
        folder: Folder,
        *,
        names: Mapping[str, str],
        pack: Pack,
        state: Mapping[str, object],
        clock: Callable[[], float],
        places: Mapping[str, str],
        tables: Tables,
    ) -> None:
        self._folder, self._names, self._pack, self._state, self._clock = folder, names, pack, state, clock
        self._readings = tables.limits.readings or Readings()
        self._extents = Extents(places, self._readings)
        self._places, self._tables, self._limits = places, tables.names, tables.limits
        self._saved = clock()
        self._file = ""

    def take(self, part: Cleaned, books: Books) -> None:
        """Write what the part holds; now and then, a checkpoint."""
        if part.file != self._file:
            self._folder.finish(self.outputs(self._file))
            self._file = part.file
        for fate, pieces in part.pieces.items():
            self._folder.append(self.output(part.file, fate), self._read(pieces), part.rows[fate])
        self._folder.append(REASONS, part.rulings, sum(rows for fate, rows in part.rows.items() if fate is not Fate.KEPT))
        if self._clock() - self._saved >= INTERVAL:
            self.save(books)

    def save(self, books: Books) -> None:
        """A checkpoint that holds everything up to here."""
        self._folder.save({**self._state, "books": books_document(books), "readings": self._readings.document()})
        self._saved = self._clock()

    def complete(self) -> None:
        """Every input has an output of kept rows, and there are reasons, even if they are empty; tables are written as such."""
        self._folder.append(REASONS, ())
        for file in sorted(self._tables):
            self._tabulate(file)
        there = self._folder.described()
        for file in self._names:
            if (name := self.output(file, Fate.KEPT)) not in there:
                self._folder.append(name, [self._pack(file, b"")])

    def _tabulate(self, file: str) -> None:
        """The rows of one input as tables, in place of the lines that were put aside."""
        aside = dict(zip(Fate, self.outputs(file), strict=True))
        self._folder.finish([*aside.values(), REASONS])
        self._tables -= {file}
        fates = fates_of(self._folder.part(REASONS), file)
        redacted = self._folder.part(aside[Fate.REDACTED]) if Fate.REDACTED in fates.values() else None
        for fate, piece, rows in sheets(Path(self._places[file]), fates, redacted, self._folder.spool, self._limits):
            packed = piece if isinstance(piece, Path) else self._pack(file, piece)
            self._folder.append(self.output(file, fate), [packed], rows)
        there = self._folder.described()
        for fate, lines in aside.items():
            written, meant = (there[name]["rows"] if name in there else 0 for name in (self.output(file, fate), lines))
            if written != meant and fate is not Fate.UNREADABLE:
                raise Stopped(f"{file}: {meant} rows were {fate.folder}, and the second reading finds {written}; nothing was written")
        self._folder.drop(aside.values())

    def output(self, file: str, fate: Fate) -> str:
        """Where rows of an input with this fate go."""
        return f"{ASIDE if file in self._tables else ''}{fate.folder}/{self._names[file]}"

    def outputs(self, file: str) -> list[str]:
        """All outputs that an input may have."""
        return [self.output(file, fate) for fate in Fate] if file else []

    def _read(self, pieces: Iterable[Piece | Extent]) -> Iterator[bytes | Path]:
        for piece in pieces:
            if isinstance(piece, Extent):
                for data in self._extents.read(piece.file, piece.offset, piece.length):
                    yield self._pack(piece.file, data)
            else:
                yield piece
