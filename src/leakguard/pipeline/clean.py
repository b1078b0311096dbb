"""The clean engine: sort every row of every file by policy, in order, in one process or several, and continue interrupted runs."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from pathlib import Path

from leakguard.core.batch import Block
from leakguard.core.policy import Fate, Ruling
from leakguard.core.ports import Executor, Source
from leakguard.core.results import Tally
from leakguard.core.tasks import Keep, Piece, Room, Task
from leakguard.pipeline.executor import PIECE, TASK_BYTES, defer_interrupts, group_blocks, run_inline, spool_piece
from leakguard.pipeline.executor.processes import run_in_processes
from leakguard.pipeline.route import Router
from leakguard.pipeline.scan import Progress, ScanOutcome

CORRUPT = "corrupt"
# Least weight of a row in a task, in bytes.
ROW = 64
# Bytes of rulings of one task that are kept in memory.
IN_HAND = 4 << 20


@dataclass(frozen=True, slots=True)
class Extent:
    """A byte range of an input that is too large for memory; it is copied from the input to the output."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class CleanJob:
    """The source, the router that sorts its rows, and how rulings (`render`, a line each) and output bytes (`pack`) are written."""

    source: Source
    sorter: Router
    render: Callable[[Iterable[Ruling]], Iterator[bytes]]
    pack: Callable[[str, bytes], bytes]


@dataclass(slots=True)
class Cleaned:
    """The result of one task (blocks of one file): output pieces and numbers of rows per fate, and the rulings on rows that were not kept.

    `broken` says how the content of the file is damaged ("" if it is not).
    """

    file: str
    outcome: ScanOutcome = field(default_factory=lambda: ScanOutcome(()))
    rows: dict[Fate, int] = field(default_factory=dict)
    pieces: dict[Fate, list[Piece | Extent]] = field(default_factory=dict)
    rulings: list[Piece] = field(default_factory=list)
    broken: str = ""


@dataclass(slots=True)
class CleanTotals:
    """The state of a clean: number of tasks done, what they found, and the number of rows per file and fate.

    `broken` maps damaged files to the damage: their earlier rows may be garbled although they could be read.
    """

    tasks: int = 0
    outcome: ScanOutcome = field(default_factory=lambda: ScanOutcome(()))
    files: dict[str, dict[Fate, int]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def add(self, part: Cleaned) -> None:
        """Add the result of one task."""
        self.tasks += 1
        self.outcome.add(part.outcome)
        rows = self.files.setdefault(part.file, {})
        for fate, count in part.rows.items():
            rows[fate] = rows.get(fate, 0) + count
        if part.broken:
            self.broken[part.file] = part.broken


Take = Callable[[Cleaned, CleanTotals], None]
"""Writes a part; called with the part and the totals that include it."""


def clean(
    job: CleanJob, take: Take, books: CleanTotals, *, workers: int = 1, folder: Path | None = None, on_progress: Callable[[Progress], None]
) -> None:
    """Sort the rest of the source, add each part to `books` and pass it to `take`; large pieces are kept as files in `folder` meanwhile.

    Tasks hold the same rows in every run and for any number of workers, so tasks that `books` already counts are skipped. Raises
    LeakguardError if a worker dies or the counts do not add up.
    """
    todo = islice(_divide(job.source.blocks()), books.tasks, None)
    if workers <= 1:
        aside = partial(spool_piece, folder=folder) if folder else None
        parts = run_inline(partial(clean_task, job, aside=aside), todo, _no_room)
    else:
        parts = run_in_processes(partial(clean_task, job), todo, _no_room, workers, folder)
    _take_all(parts, take, books, on_progress)


def clean_on(executor: Executor, job: CleanJob, take: Take, books: CleanTotals, *, on_progress: Callable[[Progress], None]) -> None:
    """Sort the rest of the source as `clean` does, with the same bytes, by an executor whose workers read the files themselves."""
    parts = executor.map(partial(clean_task, job), job.source, _divide, _no_room, done=books.tasks)
    _take_all(parts, take, books, on_progress)


def _divide(blocks: Iterator[Block]) -> Iterator[Task]:
    """Group blocks into tasks of about TASK_BYTES. A task decides about the bytes of a compressed output, so it never has two files."""
    return group_blocks(blocks, TASK_BYTES, apart=True, weigh=_weight)


def _take_all(parts: Generator[Cleaned, None, None], take: Take, books: CleanTotals, on_progress: Callable[[Progress], None]) -> None:
    """Add every part to `books` and pass it to `take`. Raises LeakguardError if the counts do not add up."""
    try:
        for part in parts:
            with defer_interrupts():
                books.add(part)
                take(part, books)
            on_progress(Progress(books.outcome.tally.seen, books.outcome.bytes))
    finally:
        parts.close()
    books.outcome.tally.check()


def clean_task(job: CleanJob, task: Task, room: Room, keep: Keep, aside: Keep | None = None) -> Cleaned:
    """Sort the rows of some blocks of one file. `room` is not used, as findings are only listed in the rulings.

    `keep` stores large pieces; `aside`, if given, stores large rulings, which can be many times larger than the rows.
    """
    cleaned = Cleaned(task[0].file)
    lines: dict[Fate, list[bytes | Extent]] = {fate: [] for fate in Fate}
    rulings = _Gathered(cleaned.rulings, keep, aside or keep)
    for block in task:
        done = job.sorter.sort(block)
        batch, tally = done.looked.batch, done.tally
        for line in job.render(done.rulings):
            rulings.add(line)
        cleaned.outcome.add(ScanOutcome((), tally, unreadable=list(batch.unreadable), missed=list(done.looked.missed), bytes=block.length))
        for fate in Fate:
            lines[fate] += done.lines[fate]
        cleaned.broken = next((entry.detail for entry in block.broken if entry.reason == CORRUPT), cleaned.broken)
        lines[Fate.UNREADABLE] += [Extent(entry.origin.file, entry.origin.offset, entry.length) for entry in block.broken if entry.length]
    cleaned.rows = count_fates(cleaned.outcome.tally)
    cleaned.pieces = {fate: list(_packed(job, cleaned.file, found, keep)) for fate, found in lines.items() if found}
    rulings.close()
    return cleaned


@dataclass(slots=True)
class _Gathered:
    """Joins small pieces and passes them to `keep`, or to `aside` after more than IN_HAND bytes."""

    out: list[Piece]
    keep: Keep
    aside: Keep
    held: list[bytes] = field(default_factory=list)
    holding: int = 0
    total: int = 0

    def add(self, piece: bytes) -> None:
        """Add a piece; PIECE bytes or more are passed on at once."""
        self.held.append(piece)
        self.holding += len(piece)
        if self.holding >= PIECE:
            self.close()

    def close(self) -> None:
        """Pass on what is left."""
        self.total += self.holding
        if self.held:
            self.out.append((self.keep if self.total <= IN_HAND else self.aside)(b"".join(self.held)))
        self.held, self.holding = [], 0


def _weight(block: Block) -> int:
    """Return the weight of a block in a task: its bytes, but at least ROW per row, as rows are objects in memory."""
    rows = len(block.broken) + (block.data.count(b"\n") if block.data is not None else 0)
    return max(block.length, ROW * rows)


def count_fates(tally: Tally) -> dict[Fate, int]:
    """Return the number of rows of a tally per fate."""
    return {
        Fate.KEPT: tally.kept,
        Fate.REDACTED: tally.redacted,
        Fate.UNDETERMINED: tally.undetermined,
        Fate.QUARANTINED: tally.quarantined,
        Fate.REMOVED: tally.removed,
        Fate.UNREADABLE: tally.unreadable,
    }


def _packed(job: CleanJob, file: str, lines: Sequence[bytes | Extent], keep: Keep) -> Iterator[Piece | Extent]:
    """Yield consecutive lines packed together, and extents unchanged."""
    for kind, run in groupby(lines, type):
        if kind is Extent:
            yield from (piece for piece in run if isinstance(piece, Extent))
        else:
            yield keep(job.pack(file, b"".join(line + b"\n" for line in run if isinstance(line, bytes))))


def _no_room() -> Room:
    """Return the room for findings, which is none: they are listed in the rulings."""
    return ()
