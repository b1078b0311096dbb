"""A table of the input formats other than JSON Lines: the suffixes of each and the function that reads it.

To add a format, write its reader in this folder and add a line to FORMATS. A format that is recognised by its first bytes also needs
its line in files/signatures.py. Readers are imported when they are first used.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakguard.core.batch import Block
from leakguard.readers.files.format_names import ARROW, CSV, JSON, PARQUET, TSV
from leakguard.readers.files.limits import ReadLimits

if TYPE_CHECKING:
    from leakguard.readers.formats.json_layout import Layout


def _refuse_file(path: str, limits: ReadLimits) -> Iterator[Block]:
    raise AssertionError(f"{path}: this format is read from a stream")


def _refuse_stream(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: ReadLimits) -> Iterator[Block]:
    raise AssertionError(f"{path}: this format is read from a file")


@dataclass(frozen=True, slots=True)
class InputFormat:
    """One input format. It has either `read_file` (opens the path itself) or `read_stream` (reads chunks of unpacked data).

    A file whose name ends in one of `suffixes`, before a suffix of a compression, has this format whatever its content is.
    """

    suffixes: tuple[str, ...] = ()
    read_file: Callable[[str, ReadLimits], Iterator[Block]] = _refuse_file
    read_stream: Callable[[str, Iterator[bytes], "Layout | None", ReadLimits], Iterator[Block]] = _refuse_stream

    @property
    def streamed(self) -> bool:
        """Return whether the format is read from a stream."""
        return self.read_stream is not _refuse_stream


def _read_parquet(path: str, limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.parquet import read_parquet

    return read_parquet(path, limits)


def _read_csv(path: str, limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.csv import read_csv

    return read_csv(path, limits)


def _read_tsv(path: str, limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.csv import read_csv

    return read_csv(path, limits, delimiter="\t")


def _read_json(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.json_rows import read_json

    assert layout is not None
    return read_json(path, chunks, layout, limits)


def _read_arrow(path: str, chunks: Iterator[bytes], layout: "Layout | None", limits: ReadLimits) -> Iterator[Block]:
    from leakguard.readers.formats.arrow_ipc import read_arrow

    return read_arrow(path, chunks, limits)


FORMATS = {
    PARQUET: InputFormat(read_file=_read_parquet),
    CSV: InputFormat((".csv", ".psv"), _read_csv),
    TSV: InputFormat((".tsv", ".tab"), _read_tsv),
    JSON: InputFormat(read_stream=_read_json),
    ARROW: InputFormat(read_stream=_read_arrow),
}
