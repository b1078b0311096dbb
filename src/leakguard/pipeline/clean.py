"""The clean: every row of every file to its fate, in order, by one process or several; a run that was cut off goes on where it was."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from pathlib import Path

from leakguard.core.batch import Block
from leakguard.core.policy import Fate, Ruling
from leakguard.core.ports import Source
from leakguard.core.results import Tally
from leakguard.pipeline.executor import (
    PIECE,
    TASK_BYTES,
    Keep,
    Piece,
    Room,
    Task,
    defer_interrupts,
    group_blocks,
    run_in_processes,
    run_inline,
    spool_piece,
)
from leakguard.pipeline.route import Router
from leakguard.pipeline.scan import Progress, ScanOutcome

CORRUPT = "corrupt"
ROW = 64
IN_HAND = 4 << 20


@dataclass(frozen=True, slots=True)
class Extent:
    """Bytes of an input that are too many to be held: whoever writes them copies them from the input."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class CleanJob:
    """What to look at, who rules over it, and how rulings (`render`, a line each) and bytes of outputs (`pack`) are written."""

    source: Source
    sorter: Router
    render: Callable[[Iterable[Ruling]], Iterator[bytes]]
    pack: Callable[[str, bytes], bytes]


@dataclass(slots=True)
class Cleaned:
    """One task, all of one file: what each fate's output gets, rows of each fate, and the rulings on rows that were not kept.

    `broken`: how the file's content turned out to be damaged, "" if it did not.
    """

    file: str
    outcome: ScanOutcome = field(default_factory=lambda: ScanOutcome(()))
    rows: dict[Fate, int] = field(default_factory=dict)
    pieces: dict[Fate, list[Piece | Extent]] = field(default_factory=dict)
    rulings: list[Piece] = field(default_factory=list)
    broken: str = ""


@dataclass(slots=True)
class CleanTotals:
    """How far a clean has come: tasks done, what they found, and for each file how many rows met which fate.

    `broken` are files whose content turned out to be damaged, and how: their earlier rows may be garbled, though they were read.
    """

    tasks: int = 0
    outcome: ScanOutcome = field(default_factory=lambda: ScanOutcome(()))
    files: dict[str, dict[Fate, int]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def add(self, part: Cleaned) -> None:
        """Enter one more task."""
        self.tasks += 1
        self.outcome.add(part.outcome)
        rows = self.files.setdefault(part.file, {})
        for fate, count in part.rows.items():
            rows[fate] = rows.get(fate, 0) + count
        if part.broken:
            self.broken[part.file] = part.broken


Take = Callable[[Cleaned, CleanTotals], None]
"""Where outputs go: a part, and the books once that part is entered in them."""


def clean(
    job: CleanJob, take: Take, books: CleanTotals, *, workers: int = 1, folder: Path | None = None, on_progress: Callable[[Progress], None]
) -> None:
    """Hand out the rest of the source part by part, entered in the books; pieces on their way lie in `folder`.

    Tasks hold the same rows in every run, whatever the number of workers: those that the books have already are passed over.
    Raises LeakguardError if a worker dies or the books do not balance.
    """
    todo = islice(group_blocks(job.source.blocks(), TASK_BYTES, apart=True, weigh=_weight), books.tasks, None)
    if workers <= 1:
        aside = partial(spool_piece, folder=folder) if folder else None
        parts = run_inline(partial(clean_task, job, aside=aside), todo, _no_room)
    else:
        parts = run_in_processes(partial(clean_task, job), todo, _no_room, workers, folder)
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
    """Do everything for some blocks of one file; `room` plays no part, for no finding is listed but in the rulings.

    `aside` is where large rulings go, if not where large pieces go: they can be many times larger than the rows.
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
    """Puts small pieces together and hands them to `keep`, or to `aside` once there are more than IN_HAND bytes of them."""

    out: list[Piece]
    keep: Keep
    aside: Keep
    held: list[bytes] = field(default_factory=list)
    holding: int = 0
    total: int = 0

    def add(self, piece: bytes) -> None:
        self.held.append(piece)
        self.holding += len(piece)
        if self.holding >= PIECE:
            self.close()

    def close(self) -> None:
        self.total += self.holding
        if self.held:
            self.out.append((self.keep if self.total <= IN_HAND else self.aside)(b"".join(self.held)))
        self.held, self.holding = [], 0


def _weight(block: Block) -> int:
    """A block's share of a task: its bytes, but no less than ROW for each of its rows, which are held as objects."""
    rows = len(block.broken) + (block.data.count(b"\n") if block.data is not None else 0)
    return max(block.length, ROW * rows)


def count_fates(tally: Tally) -> dict[Fate, int]:
    """The tally's rows under their fates."""
    return {
        Fate.KEPT: tally.kept,
        Fate.REDACTED: tally.redacted,
        Fate.UNDETERMINED: tally.undetermined,
        Fate.QUARANTINED: tally.quarantined,
        Fate.REMOVED: tally.removed,
        Fate.UNREADABLE: tally.unreadable,
    }


def _packed(job: CleanJob, file: str, lines: Sequence[bytes | Extent], keep: Keep) -> Iterator[Piece | Extent]:
    """Runs of lines packed as one; extents as they are."""
    for kind, run in groupby(lines, type):
        if kind is Extent:
            yield from (piece for piece in run if isinstance(piece, Extent))
        else:
            yield keep(job.pack(file, b"".join(line + b"\n" for line in run if isinstance(line, bytes))))


def _no_room() -> Room:
    return ()
