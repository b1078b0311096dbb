"""Formats of input that are no JSON Lines: tables, whose rows become lines of JSON. The table below imports nothing heavy."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakguard.core.batch import Block
from leakguard.io.unpacking import PACKED

if TYPE_CHECKING:
    from leakguard.io.json_layout import Layout
    from leakguard.io.readings import Readings

PARQUET, CSV, TSV, JSON, ARROW = "parquet", "csv", "tsv", "json", "arrow"
PARQUET_MAGIC = b"PAR1"
TABLES = {".csv": CSV, ".psv": CSV, ".tsv": TSV, ".tab": TSV}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: of a block, of the longest row, and of all that a packed file unpacks to; and where it is noted what was read."""

    block: int
    row: int
    unpacked: int
    readings: "Readings | None" = None


@dataclass(frozen=True, slots=True)
class Original:
    """An input whose rows are read a second time: its name, where it lies, its format, and the limits of the first time."""

    name: str
    path: str
    format: str
    limits: Limits


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


def _json(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: Limits) -> Iterator[Block]:
    from leakguard.io.json_rows import json_blocks

    assert layout is not None
    return json_blocks(path, chunks, layout, row_limit=limits.row, block_size=limits.block)


def _arrow(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: Limits) -> Iterator[Block]:
    from leakguard.io.ipc import arrow_blocks

    return arrow_blocks(path, chunks, limits)


STREAMED: dict[str, Callable[[str, Iterator[bytes], "Layout | None", Limits], Iterator[Block]]] = {JSON: _json, ARROW: _arrow}
"""Formats that are told by their first bytes and read from them on."""


def format_of(path: str) -> str:
    """The table's format that an input has; "" for lines. Parquet shows in its first bytes, CSV in nothing but its name."""
    name = path.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    if found := next((format for suffix, format in TABLES.items() if name.endswith(suffix)), ""):
        return found
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
