"""Tasks: groups of blocks that an executor hands to workers, and the pieces of output that come back."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from leakguard.core.batch import Block


class PartSlice(NamedTuple):
    """`length` bytes from offset `start` of the part file at `path`."""

    path: Path
    start: int
    length: int


Piece = bytes | Path | PartSlice
"""Bytes of output: in memory, in a temporary file that is deleted once its bytes are written, or in a part file."""
Keep = Callable[[bytes], Piece]
Task = Sequence[Block]
Room = tuple[int, ...]
"""How many more findings of each severity, from note to error, are listed; () lists none."""
Part = TypeVar("Part")
Work = Callable[[Task, Room, Keep], Part]
"""Processes a task: (task, findings of each severity that are still listed, storage for large pieces) -> its result."""
Divide = Callable[[Iterator[Block]], Iterator[Task]]
"""Groups the blocks of a file into tasks."""
