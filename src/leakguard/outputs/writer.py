"""From parts of a clean to files in a folder: which output each piece belongs to, how it is packed, and when a checkpoint is due."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import Stopped
from leakguard.outputs.folder import Folder
from leakguard.outputs.hashed_inputs import HashedInput
from leakguard.outputs.part import read_pieces
from leakguard.outputs.row_counts import totals_to_dict
from leakguard.outputs.sections import Section, Sections
from leakguard.outputs.tables import TablePiece, read_sections, write_tables
from leakguard.pipeline.clean import Cleaned, CleanTotals, Extent
from leakguard.pipeline.executor import Piece
from leakguard.readers.files.byte_ranges import RangeReader
from leakguard.readers.files.encodings import FileEncoding
from leakguard.readers.files.limits import OriginalFile, ReadLimits
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.safe_paths import REASONS

ASIDE = "lines/"
INTERVAL = 1.0
GATHERED = 1 << 20
"""Bytes of one output that are compressed at once."""


class Packings:
    """Stores bytes of a file's outputs as the file itself is stored: each call gives data that can be appended to others."""

    def __init__(self, wrappings: Mapping[str, FileEncoding], tables: Collection[str]) -> None:
        """`tables` are the files whose rows are put aside as lines first, which are not stored as the file is."""
        self._wrappings, self._tables = wrappings, frozenset(tables)

    def __call__(self, file: str, data: bytes) -> bytes:
        """The bytes to append to an output of lines; the same for the same data."""
        return data if file in self._tables else self.table(file, data)

    def table(self, file: str, data: bytes) -> bytes:
        """The bytes to append to an output that is a table."""
        return self._wrappings[file].encode(data)

    def compresses(self, file: str) -> bool:
        """Whether the bytes of an output are others than those of its text."""
        return bool(self._wrappings[file])

    def opening(self, file: str) -> bytes:
        """What an output of lines begins with: a byte order mark, if the file needs one to be read."""
        return self._wrappings[file].byte_order_mark


@dataclass(frozen=True, slots=True)
class Tables:
    """Inputs whose rows are not lines, each with its format, and the limits with which they are read."""

    formats: Mapping[str, str]
    limits: ReadLimits


class OutputWriter:
    """Writes the rows of each input to its output in every section, compressed and encoded as the input is (`pack`).

    Rows of `tables` are written as lines first; `complete` writes them as tables. `state` goes into every checkpoint.
    """

    def __init__(
        self,
        folder: Folder,
        inputs: Sequence[HashedInput],
        *,
        state: Mapping[str, object],
        clock: Callable[[], float],
        tables: Tables,
        sections: Sections,
    ) -> None:
        self.pack = Packings({entry.name: entry.wrapping for entry in inputs}, tables.formats)
        self._folder, self._state, self._clock = folder, state, clock
        self._names = {entry.name: entry.output for entry in inputs}
        self._places = {entry.name: entry.place for entry in inputs}
        self._readings = tables.limits.readings or Readings()
        self._extents = RangeReader(self._places, self._readings)
        self._tables, self._limits = dict(tables.formats), tables.limits
        self._sections = sections
        self._saved = clock()
        self._file = ""

    def take(self, part: Cleaned, books: CleanTotals) -> None:
        """Write what the part holds; now and then, a checkpoint."""
        if part.file != self._file:
            self._folder.finish(self.outputs(self._file))
            self._file = part.file
        for fate, pieces in part.pieces.items():
            self._begin(part.file, fate)
            self._folder.append(self.output(part.file, fate), self._read(pieces), part.rows[fate])
        self._folder.append(REASONS, part.rulings, sum(rows for fate, rows in part.rows.items() if fate is not self._sections.default))
        if self._clock() - self._saved >= INTERVAL:
            self.save(books)

    def save(self, books: CleanTotals) -> None:
        """A checkpoint that holds everything up to here."""
        self._folder.save({**self._state, "books": totals_to_dict(books), "readings": self._readings.to_document()})
        self._saved = self._clock()

    def complete(self) -> None:
        """Every input has an output of kept rows, and there are reasons, even if they are empty; tables are written as such."""
        self._folder.append(REASONS, ())
        for file in sorted(self._tables):
            self._tabulate(file)
        there = self._folder.described()
        for file in self._names:
            if (name := self.output(file, self._sections.default)) not in there:
                self._folder.append(name, [self.pack.table(file, self.pack.opening(file))])

    def _begin(self, file: str, section: Section) -> None:
        """Open an output of lines with what has to stand in front of them."""
        name = self.output(file, section)
        if file not in self._tables and (opening := self.pack.opening(file)) and not self._folder.begun(name):
            self._folder.append(name, [self.pack(file, opening)])

    def _tabulate(self, file: str) -> None:
        """The rows of one input as tables, in place of the lines that were put aside."""
        aside = dict(zip(self._sections.all, self.outputs(file), strict=True))
        self._folder.finish([*aside.values(), REASONS])
        source = OriginalFile(file, self._places[file], self._tables.pop(file), self._limits)
        places = read_sections(self._folder.part(REASONS), file, self._sections)
        rewritten = self._sections.rewritten
        new = self._folder.part(aside[rewritten]) if rewritten is not None and rewritten in places.values() else None
        for section, piece, rows in self._gathered(write_tables(source, places, self._sections, new, self._folder.spool)):
            self._folder.append(self.output(file, section), self._packed(file, piece), rows)
        there = self._folder.described()
        for section, lines in aside.items():
            written, meant = (there[name]["rows"] if name in there else 0 for name in (self.output(file, section), lines))
            if written != meant and section is not self._sections.unread:
                raise Stopped(f"{file}: {meant} rows were {section.folder}, and the second reading finds {written}; nothing was written")
        self._folder.drop(aside.values())

    def _gathered(self, found: Iterable[TablePiece]) -> Iterator[TablePiece]:
        """The same bytes for each section in larger pieces: what is compressed row by row is not compressed."""
        held: dict[Section, tuple[bytearray, int]] = {}
        for fate, piece, rows in found:
            if isinstance(piece, Path):
                yield fate, piece, rows
                continue
            data, before = held.get(fate, (bytearray(), 0))
            data += piece
            held[fate] = data, before + rows
            if len(data) >= GATHERED:
                yield fate, bytes(data), held.pop(fate)[1]
        yield from ((fate, bytes(data), rows) for fate, (data, rows) in held.items())

    def _packed(self, file: str, piece: bytes | Path) -> Iterator[bytes | Path]:
        """A piece of a table as the file stores it; files are stored by themselves unless the input was compressed."""
        if isinstance(piece, bytes):
            yield self.pack.table(file, piece)
        elif not self.pack.compresses(file):
            yield piece
        else:
            yield from (self.pack.table(file, data) for data in read_pieces(piece))
            piece.unlink()

    def output(self, file: str, section: Section) -> str:
        """Where rows of an input go that belong to this section."""
        return f"{ASIDE if file in self._tables else ''}{section.folder}/{self._names[file]}"

    def outputs(self, file: str) -> list[str]:
        """All outputs that an input may have."""
        return [self.output(file, section) for section in self._sections.all] if file in self._names else []

    def _read(self, pieces: Iterable[Piece | Extent]) -> Iterator[bytes | Path]:
        for piece in pieces:
            if isinstance(piece, Extent):
                for data in self._extents.read(piece.file, piece.offset, piece.length):
                    yield self.pack(piece.file, data)
            else:
                yield piece
