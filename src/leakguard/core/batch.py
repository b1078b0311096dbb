"""A batch: a few thousand rows as columns (raw lines, parsed rows, and the texts to scan)."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from leakguard.core.finding import CONTEXT, Finding, Mark, Span, words_around
from leakguard.core.record import Origin, Record, Turn, Unreadable, record_id
from leakguard.core.unscanned import Unscanned


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive whole lines of one file, not parsed yet; `data` is None if a worker can read the byte range itself.

    `offsets` are the byte offsets of the rows in the file if the lines were made from another format. `verbatim`: each line has the same
    bytes as its row in the file, except for line ends. `unscanned` counts words of the file that are in no row.
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
    """Hits as columns with one entry per hit; `mark` holds indices into `marks`. Columns may be arrays: treat them as read-only.

    `quotes`, if given, has for each of `marks` the text that all of its hits quote, or None if they differ.
    """

    text: Sequence[int] = ()
    start: Sequence[int] = ()
    end: Sequence[int] = ()
    mark: Sequence[int] = ()
    marks: Sequence[Mark] = ()
    quotes: Sequence[str | None] = ()

    @classmethod
    def of(cls, hits: Iterable[Hit]) -> "Hits":
        """Return hits as columns, made from (text, start, end, mark) tuples."""
        known: dict[Mark, int] = {}
        rows = [(text, start, end, known.setdefault(mark, len(known))) for text, start, end, mark in hits]
        text, start, end, marks = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(text, start, end, marks, list(known))

    def part(self, start: int, end: int) -> "Hits":
        """Return the hits with numbers `start` to `end` - 1."""
        text, starts, ends, mark = (column[start:end] for column in (self.text, self.start, self.end, self.mark))
        return Hits(text, starts, ends, mark, self.marks, self.quotes)

    def __len__(self) -> int:
        return len(self.text)

    def __iter__(self) -> Iterator[Hit]:
        for text, start, end, mark in zip(self.text, self.start, self.end, self.mark, strict=True):
            yield int(text), int(start), int(end), self.marks[mark]


@dataclass(frozen=True, slots=True)
class Detections:
    """The result of one detector on a batch: hits sorted by text and span, and the texts that it could not check (index -> reason).

    `number_lists` marks the texts that are only a list of numbers; `lengths` counts these texts by the number of digits and how many
    numbers with so many digits they have: {(digits, numbers): texts}. Both are empty for detectors that do not read numbers. `accepted`
    counts findings that a baseline hides, by fingerprint.
    """

    detector: str
    hits: Hits
    missed: Mapping[int, str] = field(default_factory=dict)
    number_lists: Sequence[bool] = ()
    lengths: Mapping[tuple[int, int], int] = field(default_factory=dict)
    accepted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one file in order. `lines` and `rows` have one entry per line (None in `rows`: blank or unreadable).

    `texts` are the strings to scan; `owners[k]` is the index of the line that holds text `k`. `turns_of` returns all turns of a parsed
    row; `place_of` returns turn number and field path of text number n of a row; `place_of_all` is that pair if each row has one text
    and all are in the same field; `place_at` returns it for text number n of the batch if that is known. `known_as` holds the record
    ids of lines that were redacted, from before the redaction (() if none were). `unscanned` counts words of rows that are in no text.
    `repeated_keys` maps the indices of rows with a key twice to the field of the first value that was dropped.
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
    repeated_keys: Mapping[int, str] = field(default_factory=dict)
    # A row may have a hundred thousand findings: its id and text are computed once.
    _last_id: list[tuple[int, str]] = field(init=False, repr=False, compare=False, default_factory=list)
    _last_text: list[tuple[int, str]] = field(init=False, repr=False, compare=False, default_factory=list)

    @classmethod
    def of_texts(cls, texts: Sequence[str], file: str = "") -> "Batch":
        """Return a batch with one row per text and no field names, for calling a detector on plain strings."""
        rows = len(texts)
        return cls(
            file=file,
            first_row=1,
            offset=0,
            lines=[b""] * rows,
            rows=[None] * rows,
            texts=texts,
            owners=range(rows),
            unreadable=(),
            seen=rows,
            turns_of=lambda row: (),
            place_of=lambda row, nth: (0, ""),
        )

    def identity(self, line: int) -> str:
        """Return the record id of the row at index `line`: a hash of its bytes, or the id from before a redaction."""
        if self.known_as:
            return self.known_as[line]
        if not self._last_id or self._last_id[0][0] != line:
            self._last_id[:] = [(line, record_id(self.lines[line]))]
        return self._last_id[0][1]

    def record(self, line: int) -> Record:
        """Return the row at index `line` as a record: id, turns and origin."""
        origin = Origin(self.file, self.first_row + line, self.offsets()[line])
        return Record(self.identity(line), self.turns_of(self.rows[line]), origin)

    def offsets(self) -> Sequence[int]:
        """Return the byte offset of every row in its file."""
        if self.known_offsets is not None:
            return self.known_offsets
        return list(accumulate((len(raw) + 1 for raw in self.lines), initial=self.offset))[:-1]

    def place(self, text: int) -> tuple[int, str]:
        """Return turn number and field path of text number `text`."""
        if self.place_of_all:
            return self.place_of_all
        if self.place_at:
            return self.place_at(text)
        line = self.owners[text]
        return self.place_of(self.rows[line], text - bisect_left(self.owners, line))

    def finding(self, hit: Hit, detector: str) -> Finding:
        """Return a hit as a finding, with record id, row number, span and quote, so that it does not depend on the batch."""
        return Finding(*self._values(hit), detector)

    def finding_in_context(self, hit: Hit, detector: str, *, decides: bool) -> Finding:
        """Return a hit as a finding with the words around its quote; `decides`: it sets the severity of its row."""
        values = self._values(hit)
        _, start, end, mark = hit
        before, after = words_around(self._last_text[0][1], start, end, CONTEXT[mark.profile])
        return Finding(*values, detector, before=before, after=after, decides=decides)

    def _values(self, hit: Hit) -> tuple[Mark, str, str, int, Span, str]:
        text, start, end, mark = hit
        line = self.owners[text]
        turn, field_path = self.place(text)
        if not self._last_text or self._last_text[0][0] != text:
            self._last_text[:] = [(text, self.texts[text])]
        quote = self._last_text[0][1][start:end]
        span = Span(turn, start, end, field_path)
        return mark, self.identity(line), self.file, self.first_row + line, span, quote
