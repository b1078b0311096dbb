"""Formats of input that are no JSON Lines: tables, whose rows become lines of JSON. The table below imports nothing heavy."""

import os
from collections.abc import Callable, Iterator

from leakguard.core.batch import Block

PACKED = (".gz", ".zst")
PARQUET, CSV, TSV = "parquet", "csv", "tsv"
SUFFIXES = (".parquet", *(suffix + packed for suffix in (".csv", ".tsv") for packed in ("", *PACKED)))


def _parquet(path: str, block_size: int, row_limit: int) -> Iterator[Block]:
    from leakguard.io.parquet import parquet_blocks

    return parquet_blocks(path, block_size=block_size, row_limit=row_limit)


def _csv(path: str, block_size: int, row_limit: int) -> Iterator[Block]:
    from leakguard.io.csv import csv_blocks

    return csv_blocks(path, block_size=block_size, row_limit=row_limit)


def _tsv(path: str, block_size: int, row_limit: int) -> Iterator[Block]:
    from leakguard.io.csv import csv_blocks

    return csv_blocks(path, delimiter="\t", block_size=block_size, row_limit=row_limit)


FORMATS: dict[str, Callable[[str, int, int], Iterator[Block]]] = {PARQUET: _parquet, CSV: _csv, TSV: _tsv}
"""Format -> (path, block size, row limit) -> blocks."""


def format_of(path: str) -> str:
    """The table's format that an input has; "" for lines. Parquet shows in its first bytes, CSV in nothing but its name."""
    name = path.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    if name.endswith((f".{CSV}", f".{TSV}")):
        return name[-len(CSV) :]
    return PARQUET if _begins_with(path, b"PAR1") else ""


def _begins_with(path: str, magic: bytes) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False
