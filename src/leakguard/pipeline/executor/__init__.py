"""Executors: run tasks in this process, in worker processes or on a Ray cluster; results come in the order of the tasks in all cases.

This module has what all of them share, and the executor of one process.
"""

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from leakguard.core.batch import Block
from leakguard.core.tasks import Part, Piece, Room, Task, Work

# Bytes of input in one task.
TASK_BYTES = 4 << 20
# Results of at least this many bytes are passed as files.
PIECE = 1 << 18
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that ask a process to end: Ctrl-C, a service manager or batch system, a terminal that was closed."""


def bytes_of(block: Block) -> int:
    """Return the number of bytes of a block."""
    return block.length


def group_blocks(
    blocks: Iterator[Block], size: int = TASK_BYTES, *, apart: bool = False, weigh: Callable[[Block], int] = bytes_of
) -> Iterator[list[Block]]:
    """Group blocks into tasks of about `size` bytes, as counted by `weigh`; `apart`: no task has blocks of two files."""
    task: list[Block] = []
    filled = 0
    for block in blocks:
        if task and (filled >= size or (apart and block.file != task[0].file)):
            yield task
            task, filled = [], 0
        task.append(block)
        filled += weigh(block)
    if task:
        yield task


def run_inline(work: Work[Part], todo: Iterator[Task], room: Callable[[], Room]) -> Generator[Part, None, None]:
    """Yield the result of each task, computed in this process when it is requested."""
    for task in todo:
        yield work(task, room(), bytes)


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Context manager that delays interrupts until its body has ended, so that counts and files stay consistent.

    It delays every signal of ENDING that this process handles itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: handler for number in ENDING if callable(handler := signal.getsignal(number))}
    came: list[int] = []
    for number in before:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in came[:1]:
        before[signal.Signals(number)](number, None)


def spool_piece(data: bytes, folder: Path) -> Piece:
    """Return small data unchanged, and write large data to a file: large results do not go through the pipe between processes."""
    if len(data) < PIECE:
        return data
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    return Path(file.name)
