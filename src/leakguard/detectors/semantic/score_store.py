"""Scores of every distinct text on disk, so that memory does not grow with the data, and other processes can look them up."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

Table = str
DATA: Table = "data"
CONTROL: Table = "control"
_SCHEMA = """
create table if not exists {table} (
    digest blob, subject integer, semantic real, terms real, combined real, p real, start integer, stop integer,
    primary key (digest, subject)
) without rowid;
create index if not exists {table}_p on {table} (subject, p);
create table if not exists {table}_texts (digest blob primary key, missed text) without rowid;
"""


class Scored(NamedTuple):
    """One text and one subject: scores, p-value, and the best window."""

    subject: int
    semantic: float
    terms: float
    combined: float
    p: float
    start: int
    stop: int


def digest_of(text: str) -> bytes:
    """The name of a text in the store."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class ScoreStore:
    """A file of scores; `Store(path)` makes or opens it. A copy in another process opens it for itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base: sqlite3.Connection | None = None

    def __reduce__(self) -> tuple[type["ScoreStore"], tuple[Path]]:
        return ScoreStore, (self._path,)

    def new(self, table: Table, digests: Sequence[bytes]) -> list[bool]:
        """For each text whether it was not there yet; it is from now on."""
        known = self._open()
        fresh = []
        for digest in digests:
            fresh.append(known.execute(f"insert or ignore into {table}_texts values (?, null)", (digest,)).rowcount == 1)
        return fresh

    def put(self, table: Table, scored: Iterable[tuple[bytes, Scored]]) -> None:
        """Keep scores."""
        rows = ((digest, *one) for digest, one in scored)
        self._open().executemany(f"insert or replace into {table} values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def miss(self, table: Table, digest: bytes, why: str) -> None:
        """Remember that a text could not be looked at."""
        self._open().execute(f"update {table}_texts set missed = ? where digest = ?", (why, digest))

    def commit(self) -> None:
        """Make what was kept visible to other processes."""
        self._open().commit()

    def of(self, digest: bytes) -> list[Scored] | str | None:
        """The scores of a text, in the order of subjects; why it was missed; None if nobody saw it."""
        base = self._open()
        for table in (DATA, CONTROL):
            found = base.execute(f"select missed from {table}_texts where digest = ?", (digest,)).fetchone()
            if found:
                if found[0]:
                    return str(found[0])
                rows = base.execute(
                    f"select subject, semantic, terms, combined, p, start, stop from {table} where digest = ? order by subject", (digest,)
                )
                return [Scored(*row) for row in rows]
        return None

    def counts(self, table: Table, subject: int) -> Iterator[tuple[float, int]]:
        """(p-value, how many texts have it), upwards."""
        yield from self._open().execute(f"select p, count(*) from {table} where subject = ? group by p order by p", (subject,))

    def combined(self, table: Table, subject: int) -> list[float]:
        """All combined scores of a subject, upwards."""
        rows = self._open().execute(f"select combined from {table} where subject = ? order by combined", (subject,))
        return [score for (score,) in rows]

    def rank(self, table: Table, p: Iterable[tuple[float, int, float]]) -> None:
        """Set the p-value of every text with a score: (p-value, subject, combined score)."""
        self._open().executemany(f"update {table} set p = ? where subject = ? and combined = ?", p)

    def close(self) -> None:
        """Let go of the file."""
        if self._base:
            self._base.close()
            self._base = None

    def _open(self) -> sqlite3.Connection:
        if self._base is None:
            self._base = sqlite3.connect(self._path)
            # Scratch data: if the machine fails, so has the run.
            self._base.executescript("pragma journal_mode = off; pragma synchronous = off;")
            for table in (DATA, CONTROL):
                self._base.executescript(_SCHEMA.format(table=table))
        return self._base
