"""The delimiter and the line ends of a table in text, told from its header and its first records."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
SNIFFED = 20
"""Records that are looked at, the header among them."""
LF, CR = b"\n", b"\r"
SWAP = bytes.maketrans(LF + CR, CR + LF)
"""Exchanges the two characters: applied twice, every byte is what it was."""


_SAID = re.compile(r"sep=([^\w\s\"]|\t)\r?(?:\n|$)", re.IGNORECASE)
"""The first line of a table that Excel is meant to open: it names the delimiter."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`turned`: lines end in a carriage return alone, so the file is read with carriage returns and line feeds exchanged."""

    delimiter: str
    cr_only: bool = False

    def swap(self, data: bytes) -> bytes:
        """The data as they are read, or as they are stored."""
        return data.translate(SWAP) if self.cr_only else data


def detect_dialect(delimiter: str, head: bytes, *, whole: bool) -> Dialect:
    """The dialect of a file that begins with `head` (UTF-8) and whose name stands for `delimiter`. `whole`: that is all of it.

    A delimiter fits if the header and all sniffed records have the same number of fields under it, more than one. The one that the name
    stands for is taken if it fits or none does, else the one that gives most fields.
    """
    turned = CR in head and LF not in head
    text = Dialect(delimiter, turned).swap(head)
    if not whole:
        text = text[: text.rfind(LF) + 1]
    words = text.decode("utf-8", "replace").removeprefix("\ufeff")
    if said := _SAID.match(words):
        return Dialect(said[1], turned)
    fields = {one: _fields(words, one, whole) for one in (delimiter, *DELIMITERS)}
    fitting = max(fields, key=lambda one: (fields[one] > 1 and one == delimiter, fields[one]))
    return Dialect(fitting if fields[fitting] > 1 else delimiter, turned)


def is_delimiter_record(fields: list[str]) -> bool:
    """Whether a first record, cut at the delimiter, is the line that names it and not the header."""
    return len(fields) == 2 and fields[0].lower() == "sep=" and not fields[1]


def _fields(text: str, delimiter: str, whole: bool) -> int:
    """How many fields each of the first records has under a delimiter; 0 where they differ or are none."""
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
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
