"""An SQLite file with the scores of every distinct text: memory does not grow with the data, and worker processes can read it."""

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
    digest blob, trait integer, semantic real, terms real, combined real, p real, start integer, stop integer,
    primary key (digest, trait)
) without rowid;
create index if not exists {table}_p on {table} (trait, p);
create table if not exists {table}_texts (digest blob primary key, missed text) without rowid;
"""


class Scored(NamedTuple):
    """Scores of one text for the trait with number `trait`, its p-value, and the character range of its best window."""

    trait: int
    semantic: float
    terms: float
    combined: float
    p: float
    start: int
    stop: int


def digest_of(text: str) -> bytes:
    """Return the key of a text in the store, a BLAKE2b digest of 16 bytes."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class ScoreStore:
    """Scores in an SQLite file, which is created if needed. A copy in another process opens the file itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base: sqlite3.Connection | None = None

    def __reduce__(self) -> tuple[type["ScoreStore"], tuple[Path]]:
        return ScoreStore, (self._path,)

    def clear(self) -> None:
        """Delete all scores, which may be those of an earlier or interrupted pass."""
        base = self._open()
        for table in (DATA, CONTROL):
            base.execute(f"delete from {table}")
            base.execute(f"delete from {table}_texts")

    def new(self, table: Table, digests: Sequence[bytes]) -> list[bool]:
        """Add texts to a table and return for each whether it was not there before."""
        known = self._open()
        fresh = []
        for digest in digests:
            fresh.append(known.execute(f"insert or ignore into {table}_texts values (?, null)", (digest,)).rowcount == 1)
        return fresh

    def put(self, table: Table, scored: Iterable[tuple[bytes, Scored]]) -> None:
        """Add scores of texts, as (digest, scores)."""
        rows = ((digest, *one) for digest, one in scored)
        self._open().executemany(f"insert or replace into {table} values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def miss(self, table: Table, digest: bytes, why: str) -> None:
        """Record that a text could not be scored, with the reason."""
        self._open().execute(f"update {table}_texts set missed = ? where digest = ?", (why, digest))

    def commit(self) -> None:
        """Make the scores visible to other processes."""
        self._open().commit()

    def of(self, digest: bytes) -> list[Scored] | str | None:
        """Return the scores of a text in the order of traits, the reason why it was missed, or None for an unknown text."""
        base = self._open()
        for table in (DATA, CONTROL):
            found = base.execute(f"select missed from {table}_texts where digest = ?", (digest,)).fetchone()
            if found:
                if found[0]:
                    return str(found[0])
                rows = base.execute(
                    f"select trait, semantic, terms, combined, p, start, stop from {table} where digest = ? order by trait", (digest,)
                )
                return [Scored(*row) for row in rows]
        return None

    def counts(self, table: Table, trait: int) -> Iterator[tuple[float, int]]:
        """Yield (p-value, number of texts with it) in ascending order."""
        yield from self._open().execute(f"select p, count(*) from {table} where trait = ? group by p order by p", (trait,))

    def combined(self, table: Table, trait: int) -> list[float]:
        """Return all combined scores for a trait in ascending order."""
        rows = self._open().execute(f"select combined from {table} where trait = ? order by combined", (trait,))
        return [score for (score,) in rows]

    def rank(self, table: Table, p: Iterable[tuple[float, int, float]]) -> None:
        """Set the p-value of all texts with a score, for each (p-value, trait, combined score)."""
        self._open().executemany(f"update {table} set p = ? where trait = ? and combined = ?", p)

    def close(self) -> None:
        """Close the file."""
        if self._base:
            self._base.close()
            self._base = None

    def _open(self) -> sqlite3.Connection:
        if self._base is None:
            self._base = sqlite3.connect(self._path)
            # No journal: after a crash of the machine the run starts again, so the file need not survive one.
            self._base.executescript("pragma journal_mode = off; pragma synchronous = off;")
            for table in (DATA, CONTROL):
                self._base.executescript(_SCHEMA.format(table=table))
        return self._base
