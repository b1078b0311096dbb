"""Examples as the student will see them: turns of text, with the way back to the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Turn:
    """One string of an example: who says it, what it says, and where in the row it stands (`messages[1].content`)."""

    role: str
    text: str
    field: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row was read: file, line number (from 1) and byte offset in the decompressed file."""

    file: str
    row: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One example: its turns in order, its content's id and where it was read."""

    id: str
    turns: tuple[Turn, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that nobody could look at, and why; it is counted, never dropped. `length` is its bytes where they were not kept."""

    origin: Origin
    reason: str
    detail: str = ""
    length: int = 0


def record_id(line: bytes) -> str:
    """16 hexadecimal digits of BLAKE2b over the row's bytes without surrounding white space: content, never position."""
    return blake2b(line.strip(), digest_size=ID_DIGITS // 2).hexdigest()


def record_ids(lines: Iterable[bytes]) -> str:
    """Return the ids of many rows, one after another in one text."""
    digests: list[bytes] = []
    # Copying an empty hash takes two thirds of the time of making one.
    fresh = blake2b(digest_size=ID_DIGITS // 2).copy
    for line in lines:
        hashed = fresh()
        hashed.update(line.strip())
        digests.append(hashed.digest())
    return b"".join(digests).hex()
