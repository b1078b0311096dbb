"""Formats of input that are no JSON Lines: tables, whose rows become lines of JSON. The table below imports nothing heavy."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakguard.core.batch import Block

if TYPE_CHECKING:
    from leakguard.io.readings import Readings

PACKED = (".gz", ".zst", ".gzip", ".zstd")
PARQUET, CSV, TSV = "parquet", "csv", "tsv"
PARQUET_MAGIC = b"PAR1"
SUFFIXES = (".parquet", *(suffix + packed for suffix in (".csv", ".tsv") for packed in ("", *PACKED)))


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: of a block, of the longest row, and of all that a packed file unpacks to; and where it is noted what was read."""

    block: int
    row: int
    unpacked: int
    readings: "Readings | None" = None


def _parquet(path: str, limits: Limits) -> Iterator[Block]:
    from leakguard.io.parquet import parquet_blocks

    return parquet_blocks(path, block_size=limits.block, row_limit=limits.row, unpack_limit=limits.unpacked, readings=limits.readings)


def _csv(path: str, limits: Limits) -> Iterator[Block]:
    from leakguard.io.csv import csv_blocks

    return csv_blocks(path, block_size=limits.block, row_limit=limits.row, unpack_limit=limits.unpacked, readings=limits.readings)


def _tsv(path: str, limits: Limits) -> Iterator[Block]:
    from leakguard.io.csv import csv_blocks

    return csv_blocks(
        path, delimiter="\t", block_size=limits.block, row_limit=limits.row, unpack_limit=limits.unpacked, readings=limits.readings
    )


FORMATS: dict[str, Callable[[str, Limits], Iterator[Block]]] = {PARQUET: _parquet, CSV: _csv, TSV: _tsv}


def format_of(path: str) -> str:
    """The table's format that an input has; "" for lines. Parquet shows in its first bytes, CSV in nothing but its name."""
    name = path.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    if name.endswith((f".{CSV}", f".{TSV}")):
        return name[-len(CSV) :]
    return PARQUET if _begins_with(path, PARQUET_MAGIC) or _is_empty_table(path) else ""


def _is_empty_table(path: str) -> bool:
    """A Parquet file without a byte is one whose writing or copying failed, not one without rows."""
    return path.lower().endswith(f".{PARQUET}") and os.path.isfile(path) and os.path.getsize(path) == 0


def _begins_with(path: str, magic: bytes) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False
