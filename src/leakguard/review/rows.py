"""Find the whole row of a finding in the data again, and check by its hash that it is the row that was scanned."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from leakguard.core.batch import Batch, Block
from leakguard.core.finding import Finding
from leakguard.core.ports import Parser
from leakguard.core.record import Record, Turn
from leakguard.core.store_address import find_address
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.inputs import STDIN
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import load_block
from leakguard.readers.sources import read_blocks
from leakguard.reports.kit.escape import escape_lines
from leakguard.reports.kit.wording import printable_name

# Characters of one text that the page shows, before and after the quote.
SHOWN = 100_000
CHANGED = "the row at this place is not the one that was scanned: the file has changed since; scan it again"
STORE = "the file is in a store, and a review reads only files of this machine"


@dataclass(frozen=True, slots=True)
class RowLocation:
    """A row in a file of this machine: path and row number, from 1."""

    path: str
    row: int


@dataclass(frozen=True, slots=True)
class ShownText:
    """One text of a row for the page: role, field, and its characters before the quote, in it and after it (all `before` without one).

    `left_out` counts characters that are not shown.
    """

    role: str
    field: str
    before: str
    quote: str = ""
    after: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class WholeRow:
    """The whole row of a finding, or the reason why it cannot be shown."""

    file: str
    row: int
    texts: Sequence[ShownText] = ()
    problem: str = ""
    record: Record | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RowFinder:
    """Finds the rows of findings. `places` has the location of a row where it is not in the file that the finding names."""

    parser: Parser
    limits: ReadLimits
    files: Mapping[str, str]
    places: Mapping[tuple[str, int], RowLocation] = field(default_factory=dict)

    def find_row(self, finding: Finding) -> WholeRow:
        """Return the whole row of a finding. A row with another hash is not shown, and a file that cannot be read is named."""
        place = self.places.get((finding.file, finding.row)) or RowLocation(self.files.get(finding.file, finding.file), finding.row)
        shown = printable_name(place.path)
        try:
            record = self._read(place)
        except OSError as error:
            return WholeRow(shown, place.row, problem=f"the file cannot be read: {error.strerror or error}")
        if record is None or record.id != finding.record_id:
            return WholeRow(shown, place.row, problem=CHANGED)
        return WholeRow(shown, place.row, [*_show_texts(record, finding)], record=record)

    def _read(self, place: RowLocation) -> Record | None:
        """Return a row, or None if the file has no readable row of this number. Raises OSError."""
        if find_address(place.path):
            raise OSError(STORE)
        if place.path == STDIN:
            raise OSError("standard input cannot be read again")
        if not os.path.isfile(get_archive_path(place.path)):
            raise OSError("there is no such file; start the review in the folder where the scan ran")
        for block in read_blocks(place.path, self.limits):
            if place.row < block.row + count_lines(block) or block.row > place.row:
                batch = self.parser.parse(block)
                line = place.row - batch.first_row
                return batch.record(line) if _is_read(batch, line) else None
        return None


def count_lines(block: Block) -> int:
    """Return the number of lines of a block, the last one with or without a line feed; 0 for one that only names a damage."""
    data = load_block(block)
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


def name_files(paths: Sequence[str]) -> dict[str, str]:
    """Return the path of each file by its name in reports."""
    return {printable_name(path): path for path in paths}


def find_turn(turns: Sequence[Turn], finding: Finding) -> int | None:
    """Return the number of the text of a row in which a finding is, or None if there is no such text."""
    span = finding.span
    known = span.turn < len(turns) and turns[span.turn].field == span.field and span.end <= len(turns[span.turn].text)
    return span.turn if known else None


def _is_read(batch: Batch, line: int) -> bool:
    return 0 <= line < len(batch.rows) and batch.rows[line] is not None


def _show_texts(record: Record, finding: Finding) -> Iterator[ShownText]:
    """Yield the texts of a row, the quote of the finding marked, each with at most SHOWN characters on either side."""
    marked, start, end = find_turn(record.turns, finding), finding.span.start, finding.span.end
    for nth, turn in enumerate(record.turns):
        role, name = escape_lines(turn.role), escape_lines(turn.field)
        if nth == marked:
            before, quote, after = turn.text[max(0, start - SHOWN) : start], turn.text[start : min(end, start + SHOWN)], turn.text[end:]
            left_out = len(turn.text) - len(before) - len(quote) - len(after[:SHOWN])
            yield ShownText(role, name, escape_lines(before), escape_lines(quote), escape_lines(after[:SHOWN]), left_out)
        else:
            yield ShownText(role, name, escape_lines(turn.text[:SHOWN]), left_out=max(0, len(turn.text) - SHOWN))
