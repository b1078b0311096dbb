"""The scan: blocks in order, each parsed, judged, counted and rendered; by one process or by several, with the same bytes out."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

import numpy as np

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.finding import Finding
from leakguard.core.ports import Detector, Parser, Source
from leakguard.core.record import Unreadable
from leakguard.core.results import Missed, Tally
from leakguard.core.rule import Severity
from leakguard.pipeline.count import tally_batch
from leakguard.pipeline.detect import detect_block
from leakguard.pipeline.executor import PIECE, TASK_BYTES, Keep, Piece, Room, Task, group_blocks, run_in_processes, run_inline

if TYPE_CHECKING:
    from leakguard.pipeline.prints import Printer, Prints

Renderer = Callable[[Batch, Sequence[Detections]], bytes]
Put = Callable[[int, bytes], None]
"""What is done with a piece of what renderer number k renders: (k, piece)."""
# As many findings of one severity as any report shows; rows that nobody could look at.
FINDINGS, LISTED = 5_000, 10_000
_TOGETHER = 4 << 20


@runtime_checkable
class PieceRenderer(Protocol):
    """A renderer that can hand out what it renders piece by piece."""

    def pieces(self, batch: Batch, answers: Sequence[Detections]) -> Iterator[bytes]:
        """What a call would give, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What to look at, how, and what to write for each finding. `keep` is how many findings of each severity a result lists.

    `printer` makes the prints by which duplicates are counted.
    """

    source: Source
    parser: Parser
    detectors: tuple[Detector, ...]
    renderers: tuple[Renderer, ...] = ()
    keep: int = FINDINGS
    printer: "Printer | None" = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows seen, bytes read and answers of a judge that came so far, in a stage that has a name.

    `windows` are the pieces of text that a search by meaning has compared and how many it has in hand, (0, 0) in other stages.
    """

    rows: int
    bytes: int
    stage: str = "scan"
    answers: int = 0
    windows: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class ScanOutcome:
    """What a scan found: the complete tally, and in file order the first findings of each severity, as many as `keep` says for
    each from note to error, and the first LISTED unreadable and missed rows. Many notes leave out no error. `prints` are those of
    the blocks of one part."""

    keep: Room
    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    listed: dict[Severity, int] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    rendered: list[list[Piece]] = field(default_factory=list)
    prints: list["Prints"] = field(default_factory=list)
    bytes: int = 0
    interrupted: bool = False

    @property
    def room(self) -> Room:
        """How many findings of each severity are still wanted one by one."""
        return tuple(most - self.listed.get(level, 0) for level, most in zip(Severity, self.keep, strict=False))

    def add(self, other: "ScanOutcome") -> None:
        """Take the outcome of the next blocks into this one."""
        self.tally.add(other.tally)
        self.bytes += other.bytes
        most = dict(zip(Severity, self.keep, strict=False))
        for finding in other.findings:
            level = finding.mark.severity
            listed = self.listed.get(level, 0)
            if listed < most.get(level, 0):
                self.findings.append(finding)
                self.listed[level] = listed + 1
        self.unreadable += other.unreadable[: LISTED - len(self.unreadable)]
        self.missed += other.missed[: LISTED - len(self.missed)]


def scan(
    job: Job,
    *,
    workers: int = 1,
    sinks: Sequence[BinaryIO] = (),
    limit: int | None = None,
    on_prints: "Callable[[Prints], None]" = lambda prints: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> ScanOutcome:
    """Look at every block of the source; write what renderer k renders to sink k, in order, and hand out the prints of each block.

    `limit` stops after that many rows (the source must then hand out data). An interrupt ends the scan cleanly, with
    `interrupted` set. Raises LeakguardError if a worker dies or the books do not balance.
    """
    outcome = ScanOutcome((job.keep,) * len(Severity))
    blocks = job.source.blocks() if limit is None else limit_rows(job.source.blocks(), limit)
    if workers <= 1:

        def put(number: int, piece: bytes) -> None:
            write_piece(sinks[number], piece)

        def here(task: Task, room: Room, keep: Keep) -> ScanOutcome:
            return scan_blocks(job, task, room, put)

        parts = run_inline(here, group_blocks(blocks, 1), lambda: outcome.room)
    else:
        parts = run_in_processes(partial(_work, job), group_blocks(blocks, TASK_BYTES), lambda: outcome.room, workers)
    try:
        for part in parts:
            outcome.add(part)
            for sink, pieces in zip(sinks, part.rendered, strict=True):
                for piece in pieces:
                    write_piece(sink, piece)
            for prints in part.prints:
                on_prints(prints)
            on_progress(Progress(outcome.tally.seen, outcome.bytes))
    except KeyboardInterrupt:
        outcome.interrupted = True
    finally:
        parts.close()
    outcome.tally.check()
    return outcome


def write_piece(sink: BinaryIO, piece: Piece) -> None:
    """Write in small pieces: of one large write into a pipe whose reader leaves, some systems report only the part that went."""
    if isinstance(piece, Path):
        with piece.open("rb") as file:
            _splice(file, sink)
        piece.unlink()
        return
    view = memoryview(piece)
    for start in range(0, len(view), PIECE):
        sink.write(view[start : start + PIECE])


def _splice(file: BinaryIO, sink: BinaryIO) -> None:
    """Copy a file into a sink, by the system itself where it can do that between these two."""
    try:
        target = sink.fileno()
        sink.flush()
        while sent := os.sendfile(target, file.fileno(), file.tell(), PIECE):
            file.seek(sent, os.SEEK_CUR)
    except BrokenPipeError:
        raise
    except (AttributeError, OSError):
        copyfileobj(file, sink, PIECE)


def scan_blocks(job: Job, blocks: Sequence[Block], keep: Room, put: Put | None = None) -> ScanOutcome:
    """What one process does with some blocks; `keep` is how many findings of each severity are still wanted one by one.

    What is rendered goes to `put` as it comes, and into the outcome where there is none.
    """
    outcome = ScanOutcome(keep, rendered=[[] for _ in job.renderers])
    for block in blocks:
        looked = detect_block(job.parser, job.detectors, block)
        batch, answers = looked.batch, looked.answers
        findings = pick_findings(batch, answers, outcome.room)
        counted = tally_batch(batch, answers, looked.missed)
        part = ScanOutcome(keep, counted, findings, unreadable=list(batch.unreadable), missed=list(looked.missed), bytes=block.length)
        outcome.add(part)
        if job.printer:
            outcome.prints.append(job.printer(batch))
        for number, render in enumerate(job.renderers):
            for piece in render.pieces(batch, answers) if isinstance(render, PieceRenderer) else (render(batch, answers),):
                if put:
                    put(number, piece)
                else:
                    outcome.rendered[number].append(piece)
    return outcome


def pick_findings(batch: Batch, answers: Sequence[Detections], room: Room) -> list[Finding]:
    """The first findings of each severity, as many of each answer as there is room for."""
    found: list[Finding] = []
    for answer in answers if any(room) else ():
        hits = answer.hits
        if not len(hits):
            continue
        levels = np.array([mark.severity for mark in hits.marks])[np.asarray(hits.mark)]
        firsts = [np.flatnonzero(levels == level)[:most] for level, most in zip(Severity, room, strict=False)]
        for at in np.sort(np.concatenate(firsts)).tolist():
            hit = int(hits.text[at]), int(hits.start[at]), int(hits.end[at]), hits.marks[hits.mark[at]]
            found.append(batch.finding(hit, answer.detector))
    return found


def limit_rows(blocks: Iterator[Block], limit: int) -> Iterator[Block]:
    """The blocks up to row number `limit`; they must hold their data."""
    for block in blocks:
        if limit <= 0:
            return
        lines = (block.data or b"").split(b"\n")
        rows = 0
        for at, line in enumerate(lines):
            rows += bool(line.strip())
            if rows == limit:
                data = b"\n".join(lines[: at + 1])
                yield Block(block.file, block.row, block.offset, len(data), data, block.broken)
                return
        limit -= rows + len(block.broken)
        yield block


def _work(job: Job, task: Task, room: Room, keep: Keep) -> ScanOutcome:
    """What a worker does with a task: pieces of what is rendered are put together to some size and handed to `keep`."""
    rendered: list[list[Piece]] = [[] for _ in job.renderers]
    waiting: list[list[bytes]] = [[] for _ in job.renderers]

    def put_aside(number: int) -> None:
        if waiting[number]:
            rendered[number].append(keep(b"".join(waiting[number])))
            waiting[number].clear()

    def put(number: int, piece: bytes) -> None:
        waiting[number].append(piece)
        if sum(map(len, waiting[number])) >= _TOGETHER:
            put_aside(number)

    outcome = scan_blocks(job, task, room, put)
    for number in range(len(job.renderers)):
        put_aside(number)
    outcome.rendered = rendered
    return outcome
