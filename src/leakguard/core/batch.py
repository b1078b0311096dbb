"""A few thousand rows as columns: raw lines, parsed rows, and the texts to look at."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from leakguard.core.finding import Finding, Mark, Span
from leakguard.core.record import Origin, Record, Turn, Unreadable, record_id
from leakguard.core.unscanned import Unscanned


@dataclass(frozen=True, slots=True)
class Block:
    """A run of whole lines of one file, not parsed yet; `data` is None where a worker can read the range itself.

    `offsets` say where each line's row stands in the file, where the lines are not the file's own. `verbatim`: each of these lines is
    the row as the file writes it, but for line ends. `unscanned` are words of the file that stand in no row.
    """

    file: str
    row: int
    offset: int
    length: int
    data: bytes | None = None
    broken: tuple[Unreadable, ...] = ()
    offsets: tuple[int, ...] | None = None
    verbatim: bool = False
    unscanned: Unscanned | None = None


Hit = tuple[int, int, int, Mark]
"""A mark at characters `start` to `end` of the batch's text number `text`: (text, start, end, mark). A bare tuple: there are many."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits as columns, one entry a hit; `mark` are indices into `marks`. Columns may be arrays: treat them as read-only.

    `quotes`, where it is there, says for each of `marks` what all of its hits quote, None if they differ.
    """

    text: Sequence[int] = ()
    start: Sequence[int] = ()
    end: Sequence[int] = ()
    mark: Sequence[int] = ()
    marks: Sequence[Mark] = ()
    quotes: Sequence[str | None] = ()

    @classmethod
    def of(cls, hits: Iterable[Hit]) -> "Hits":
        """Columns from single hits."""
        known: dict[Mark, int] = {}
        rows = [(text, start, end, known.setdefault(mark, len(known))) for text, start, end, mark in hits]
        text, start, end, marks = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(text, start, end, marks, list(known))

    def part(self, start: int, end: int) -> "Hits":
        """The hits from number `start` to before `end`."""
        text, starts, ends, mark = (column[start:end] for column in (self.text, self.start, self.end, self.mark))
        return Hits(text, starts, ends, mark, self.marks, self.quotes)

    def __len__(self) -> int:
        return len(self.text)

    def __iter__(self) -> Iterator[Hit]:
        for text, start, end, mark in zip(self.text, self.start, self.end, self.mark, strict=True):
            yield int(text), int(start), int(end), self.marks[mark]


@dataclass(frozen=True, slots=True)
class Detections:
    """A detector's answer: hits sorted by text and place, and the texts it could not look at (index -> why).

    A detector that reads numbers also says which texts are bare number lists, and how many of those hold how many
    numbers of how many digits: {(digits, numbers): texts}. `accepted` counts findings that a baseline hides, by fingerprint.
    """

    detector: str
    hits: Hits
    missed: Mapping[int, str] = field(default_factory=dict)
    number_lists: Sequence[bool] = ()
    lengths: Mapping[tuple[int, int], int] = field(default_factory=dict)
    accepted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one file in order. `lines` and `rows` have one entry a line (None: blank or unreadable).

    `texts` are the strings to look at; `owners[k]` is the index of the line that text `k` stands in. `turns_of`
    turns a parsed row into all its turns; `place_of` gives turn number and field path of a row's looked-at text number n;
    `place_of_all` is that place where each row has one text and all stand in the same, `place_at` gives that of text number n of the
    batch where it is known. `known_as` are the ids of the records that the lines were before somebody changed them; () if nobody did.
    `unscanned` counts the words of the rows that are in no text to look at.
    """

    file: str
    first_row: int
    offset: int
    lines: Sequence[bytes]
    rows: Sequence[Any]
    texts: Sequence[str]
    owners: Sequence[int]
    unreadable: Sequence[Unreadable]
    seen: int
    turns_of: Callable[[Any], tuple[Turn, ...]]
    place_of: Callable[[Any, int], tuple[int, str]]
    place_of_all: tuple[int, str] | None = None
    place_at: Callable[[int], tuple[int, str]] | None = None
    known_as: Sequence[str] = ()
    known_offsets: Sequence[int] | None = None
    unscanned: Unscanned = field(default_factory=Unscanned)
    # A row may hold a hundred thousand findings: what they share is made once.
    _last_id: list[tuple[int, str]] = field(init=False, repr=False, compare=False, default_factory=list)
    _last_text: list[tuple[int, str]] = field(init=False, repr=False, compare=False, default_factory=list)

    def identity(self, line: int) -> str:
        """The id of the record at index `line`."""
        if self.known_as:
            return self.known_as[line]
        if not self._last_id or self._last_id[0][0] != line:
            self._last_id[:] = [(line, record_id(self.lines[line]))]
        return self._last_id[0][1]

    def record(self, line: int) -> Record:
        """The record at index `line`: built only when someone needs one row."""
        origin = Origin(self.file, self.first_row + line, self.offsets()[line])
        return Record(self.identity(line), self.turns_of(self.rows[line]), origin)

    def offsets(self) -> Sequence[int]:
        """Byte offset of every row in its file."""
        if self.known_offsets is not None:
            return self.known_offsets
        return list(accumulate((len(raw) + 1 for raw in self.lines), initial=self.offset))[:-1]

    def place(self, text: int) -> tuple[int, str]:
        """Turn number and field path of text number `text`."""
        if self.place_of_all:
            return self.place_of_all
        if self.place_at:
            return self.place_at(text)
        line = self.owners[text]
        return self.place_of(self.rows[line], text - bisect_left(self.owners, line))

    def finding(self, hit: Hit, detector: str) -> Finding:
        """The hit as a finding that can leave the batch."""
        text, start, end, mark = hit
        line = self.owners[text]
        turn, field_path = self.place(text)
        if not self._last_text or self._last_text[0][0] != text:
            self._last_text[:] = [(text, self.texts[text])]
        quote = self._last_text[0][1][start:end]
        span = Span(turn, start, end, field_path)
        return Finding(mark, self.identity(line), self.file, self.first_row + line, span, quote, detector)
