"""Input formats other than JSON Lines, by name. The tables import a reader only when it is used."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from leakguard.core.batch import Block
from leakguard.readers.files.format_names import ARROW, CSV, JSON, PARQUET, TSV
from leakguard.readers.files.limits import ReadLimits

if TYPE_CHECKING:
    from leakguard.readers.formats.json_layout import Layout


def _parquet(path: str, limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.parquet import read_parquet

    return read_parquet(path, block_size=limits.block, row_limit=limits.row, unpack_limit=limits.unpacked, readings=limits.readings)


def _csv(path: str, limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.csv import read_csv

    return read_csv(path, block_size=limits.block, row_limit=limits.row, unpack_limit=limits.unpacked, readings=limits.readings)


def _tsv(path: str, limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.csv import read_csv

    return read_csv(
        path, delimiter="\t", block_size=limits.block, row_limit=limits.row, unpack_limit=limits.unpacked, readings=limits.readings
    )


FORMATS: dict[str, Callable[[str, ReadLimits], Iterator[Block]]] = {PARQUET: _parquet, CSV: _csv, TSV: _tsv}


def _json(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.json_rows import read_json

    assert layout is not None
    return read_json(path, chunks, layout, row_limit=limits.row, block_size=limits.block)


def _arrow(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.arrow_ipc import read_arrow

    return read_arrow(path, chunks, limits)


STREAMED: dict[str, Callable[[str, Iterator[bytes], "Layout | None", ReadLimits], Iterator[Block]]] = {JSON: _json, ARROW: _arrow}
"""Formats that are told by their first bytes and read from them on."""
