"""Records of a pass over all data, made by worker processes: which blocks they are about, and their bytes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ScoredBlocks:
    """The records of consecutive blocks, in order. `blocks` are (file, first row, number of bytes of records) of each.

    `records` are the bytes, or the path of a temporary file that is deleted once they are read.
    """

    blocks: tuple[tuple[str, int, int], ...]
    records: bytes | Path
