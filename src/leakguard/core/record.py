"""Records: rows as turns of text, with their origin in a file and an id made from their bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Turn:
    """One text of a row with its role and its path in the row, such as `messages[1].content`."""

    role: str
    text: str
    field: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The position of a row: file, row number (from 1) and byte offset in the decompressed file."""

    file: str
    row: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One row that was read: its id, its turns in order, and its origin."""

    id: str
    turns: tuple[Turn, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read, with the reason. Reports count it. `length` is its size in bytes if its bytes were not kept, else 0."""

    origin: Origin
    reason: str
    detail: str = ""
    length: int = 0

    @property
    def words(self) -> str:
        """Place and reason, for messages. A file that could not be read at all has the row number 0, which is not shown.

        >>> Unreadable(Origin("a.jsonl", 3, 90), "shape", "the row is a list, not an object").words
        'a.jsonl, row 3: shape: the row is a list, not an object'
        >>> Unreadable(Origin("a.jsonl.gz", 0, 0), "unreadable-file", "not a gzip file").words
        'a.jsonl.gz: unreadable-file: not a gzip file'
        """
        place = f"{self.origin.file}, row {self.origin.row}" if self.origin.row else self.origin.file
        return f"{place}: {self.reason}{f': {self.detail}' if self.detail else ''}"


def record_id(line: bytes) -> str:
    """Return the id of a row, 16 hexadecimal digits: a BLAKE2b hash of its bytes without surrounding white space."""
    return blake2b(line.strip(), digest_size=ID_DIGITS // 2).hexdigest()


def record_ids(lines: Iterable[bytes]) -> str:
    """Return the record ids of many rows, concatenated into one string of 16 characters per row."""
    digests: list[bytes] = []
    # Copying an empty hash takes two thirds of the time of making one.
    fresh = blake2b(digest_size=ID_DIGITS // 2).copy
    for line in lines:
        hashed = fresh()
        hashed.update(line.strip())
        digests.append(hashed.digest())
    return b"".join(digests).hex()
