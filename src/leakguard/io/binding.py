"""Are the rows that a trainer holds the rows of the files that were looked at?"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import orjson

from leakguard.io.objects import Unwritable, line_of
from leakguard.io.readings import Readings
from leakguard.io.sources import Files, load
from leakguard.pipeline.gate import Held


def bound_rows(rows: Iterable[object], files: Sequence[str], readings: Readings | None = None) -> Held:
    """Compare rows with those of the files as JSON values: order of keys and keys without a value play no part, nor does order of rows.

    Memory is 16 bytes and a little for each distinct row of the files, and `readings` notes all that is read of them.
    Raises OSError for a file that cannot be read.
    """
    known = set(_digests(files, readings))
    count = found = 0
    stranger: int | None = None
    for count, row in enumerate(rows, 1):
        try:
            there = _digest(row) in known
        except Unwritable:
            there = False
        found += there
        if not there and stranger is None:
            stranger = count
    return Held(count, found, stranger)


def _digests(files: Sequence[str], readings: Readings | None) -> Iterator[bytes]:
    for block in Files(tuple(files), readings=readings).blocks():
        for line in load(block).split(b"\n"):
            try:
                yield _digest(orjson.loads(line))
            except (orjson.JSONDecodeError, Unwritable):
                # What is no row of the files cannot vouch for one of the trainer's.
                continue


def _digest(row: object) -> bytes:
    return blake2b(line_of(row), digest_size=16).digest()
