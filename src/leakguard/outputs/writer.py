"""Write the parts of a clean to output files: choose the output of each piece, compress it like its input, and save checkpoints."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import Stopped
from leakguard.core.tasks import PartSlice, Piece
from leakguard.outputs.folder import Folder
from leakguard.outputs.hashed_inputs import HashedInput
from leakguard.outputs.part import read_pieces
from leakguard.outputs.row_counts import totals_to_dict
from leakguard.outputs.sections import Section, Sections
from leakguard.outputs.tables import TablePiece, read_sections, write_tables
from leakguard.pipeline.clean import Cleaned, CleanTotals, Extent
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
    """Encodes and compresses bytes like the file that they come from; results of several calls can be concatenated."""

    def __init__(self, wrappings: Mapping[str, FileEncoding], tables: Collection[str]) -> None:
        """`tables` are the files whose rows are first written as lines, which are not encoded."""
        self._wrappings, self._tables = wrappings, frozenset(tables)

    def __call__(self, file: str, data: bytes) -> bytes:
        """Return the bytes to append to an output of lines; equal data give equal bytes."""
        return data if file in self._tables else self.table(file, data)

    def table(self, file: str, data: bytes) -> bytes:
        """Return the bytes to append to an output that is a table."""
        return self._wrappings[file].encode(data)

    def compresses(self, file: str) -> bool:
        """Return whether outputs of this file are compressed or in another encoding than UTF-8."""
        return bool(self._wrappings[file])

    def opening(self, file: str) -> bytes:
        """Return the bytes at the beginning of an output of lines: a byte order mark, if the file needs one to be read."""
        return self._wrappings[file].byte_order_mark


@dataclass(frozen=True, slots=True)
class Tables:
    """Inputs whose rows are not lines (input name -> format), and the limits with which they are read."""

    formats: Mapping[str, str]
    limits: ReadLimits


class OutputWriter:
    """Writes the rows of each input to its output in every section, compressed and encoded as the input is (`pack`).

    Rows of `tables` are written as lines first, and `complete` converts them to tables. `state` goes into every checkpoint; `clock` returns
    seconds.
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
        """Write the rows and reasons of a part; save a checkpoint if the last one is more than INTERVAL seconds old."""
        if part.file != self._file:
            self._folder.finish(self.outputs(self._file))
            self._file = part.file
        for fate, pieces in part.pieces.items():
            self._begin(part.file, fate)
            self._folder.append(self.output(part.file, fate), self._read(pieces), part.rows[fate])
        self._folder.append(
            REASONS, self._read(part.rulings), sum(rows for fate, rows in part.rows.items() if fate is not self._sections.default)
        )
        if self._clock() - self._saved >= INTERVAL:
            self.save(books)

    def save(self, books: CleanTotals) -> None:
        """Save a checkpoint with everything that was written so far."""
        self._folder.save({**self._state, "books": totals_to_dict(books), "readings": self._readings.to_document()})
        self._saved = self._clock()

    def complete(self) -> None:
        """Convert lines to tables, and create empty outputs where an input has no kept row. Raises Stopped if rows have changed."""
        self._folder.append(REASONS, ())
        for file in sorted(self._tables):
            self._tabulate(file)
        there = self._folder.described()
        for file in self._names:
            if (name := self.output(file, self._sections.default)) not in there:
                self._folder.append(name, [self.pack.table(file, self.pack.opening(file))])

    def _begin(self, file: str, section: Section) -> None:
        """Write the opening bytes of an output of lines, before its first row."""
        name = self.output(file, section)
        if file not in self._tables and (opening := self.pack.opening(file)) and not self._folder.begun(name):
            self._folder.append(name, [self.pack(file, opening)])

    def _tabulate(self, file: str) -> None:
        """Write the rows of one input as tables, and drop the lines. Raises Stopped if a second reading finds other numbers of rows."""
        # The file of reasons says which rows belong to which section. The input is read again and its rows are copied; only rewritten rows
        # come from the lines.
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
        """Join the bytes of each section to larger pieces: compressing row by row would hardly compress them."""
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
        """Yield a piece of a table, compressed like the input; a file is passed on as it is if the input is not compressed."""
        if isinstance(piece, bytes):
            yield self.pack.table(file, piece)
        elif not self.pack.compresses(file):
            yield piece
        else:
            yield from (self.pack.table(file, data) for data in read_pieces(piece))
            piece.unlink()

    def output(self, file: str, section: Section) -> str:
        """Return the name of the output for rows of an input in a section."""
        return f"{ASIDE if file in self._tables else ''}{section.folder}/{self._names[file]}"

    def outputs(self, file: str) -> list[str]:
        """Return the names of all outputs that an input may have."""
        return [self.output(file, section) for section in self._sections.all] if file in self._names else []

    def _read(self, pieces: Iterable[Piece | Extent]) -> Iterator[bytes | Path]:
        """Yield the bytes of the pieces; extents are read from the input again and compressed like it."""
        for piece in pieces:
            if isinstance(piece, Extent):
                for data in self._extents.read(piece.file, piece.offset, piece.length):
                    yield self.pack(piece.file, data)
            elif isinstance(piece, PartSlice):
                yield from read_pieces(piece.path, piece.length, piece.start)
            else:
                yield piece
