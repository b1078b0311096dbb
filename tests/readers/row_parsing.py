"""Rows as a block of JSON Lines, read by the parser, and where a number that was planted in them is looked at."""

import orjson

from leakguard.core.batch import Block
from leakguard.readers.rows.parser import RowParser


def parse(*rows, **options):
    """These rows, read with these options of the parser."""
    data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    return RowParser(**options).parse(Block("f", 1, 0, len(data), data))


def found(row, **options):
    """Where the looked-at texts that hold the planted number stand."""
    batch = parse(row, **options)
    assert not batch.unreadable, batch.unreadable
    return [batch.place(at)[1] for at, text in enumerate(batch.texts) if "1488" in text]
