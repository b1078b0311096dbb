"""Detect the delimiter and the line ends of a CSV file from its header and first records."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
SNIFFED = 20
"""The number of records that are examined, including the header."""
LF, CR = b"\n", b"\r"
SWAP = bytes.maketrans(LF + CR, CR + LF)
"""A table that exchanges line feed and carriage return. Applied twice, it restores every byte."""


_SAID = re.compile(r"sep=([^\w\s\"]|\t)\r?(?:\n|$)", re.IGNORECASE)
"""A first line such as `sep=;`, which sets the delimiter for Excel."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Delimiter and line ends of a CSV file.

    `cr_only`: lines end in a carriage return alone, so the file is read with carriage returns and line feeds exchanged.
    """

    delimiter: str
    cr_only: bool = False

    def swap(self, data: bytes) -> bytes:
        """Convert between the stored bytes and the bytes that are read (the same operation both ways)."""
        return data.translate(SWAP) if self.cr_only else data


def detect_dialect(delimiter: str, head: bytes, *, whole: bool) -> Dialect:
    """Return the dialect of a file that begins with `head` (UTF-8) and whose name suggests `delimiter`. `whole`: the file ends there.

    A delimiter fits if the header and all examined records have the same number of fields, more than one. The suggested delimiter is taken
    if it fits or if none does, and else the fitting one with most fields.
    """
    turned = CR in head and LF not in head
    text = Dialect(delimiter, turned).swap(head)
    if not whole:
        text = text[: text.rfind(LF) + 1]
    words = text.decode("utf-8", "replace").removeprefix("\ufeff")
    if said := _SAID.match(words):
        return Dialect(said[1], turned)
    fields = {one: _count_fields(words, one, whole) for one in (delimiter, *DELIMITERS)}
    fitting = max(fields, key=lambda one: (fields[one] > 1 and one == delimiter, fields[one]))
    return Dialect(fitting if fields[fitting] > 1 else delimiter, turned)


def is_delimiter_record(fields: list[str]) -> bool:
    """Return whether a first record is a line such as `sep=;`, which names the delimiter, and not the header."""
    return len(fields) == 2 and fields[0].lower() == "sep=" and not fields[1]


def _count_fields(text: str, delimiter: str, whole: bool) -> int:
    """Return how many fields each of the first records has under a delimiter; 0 if the numbers differ or a record is not CSV."""
    # An open quote in the last record is allowed if more data follow.
    counts: set[int] = set()
    with suppress(StopIteration):
        records = csv.reader(_lines(text), delimiter=delimiter, strict=True)
        while len(counts) < 2 and records.line_num < SNIFFED:
            try:
                if record := next(records):
                    counts.add(len(record))
            except csv.Error as error:
                if whole or not str(error).startswith("unexpected end"):
                    return 0
                break
    return counts.pop() if len(counts) == 1 else 0


def _lines(text: str) -> Iterator[str]:
    """Split text into lines with their line feeds."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
