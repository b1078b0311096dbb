"""The scan engine: parse, scan, count and render blocks in order, in one process or several, with the same bytes as output."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.finding import Finding
from leakguard.core.ports import Detector, Executor, Parser, Source
from leakguard.core.record import Unreadable
from leakguard.core.results import Missed, Tally
from leakguard.core.rule import Severity
from leakguard.core.tasks import Keep, PartSlice, Room, Task
from leakguard.pipeline.count import tally_batch
from leakguard.pipeline.detect import detect_block
from leakguard.pipeline.executor import TASK_BYTES, group_blocks, run_inline
from leakguard.pipeline.executor.processes import run_in_processes
from leakguard.pipeline.part_files import Part, PartWriter, release_part, write_piece

if TYPE_CHECKING:
    from leakguard.pipeline.prints import Printer, Prints

Renderer = Callable[[Batch, Sequence[Detections]], bytes]
Put = Callable[[int, bytes], None]
"""Takes a piece that renderer number k has rendered: (k, piece)."""
# Number of findings of each severity that a result lists; number of unreadable and of missed rows that it lists.
FINDINGS, LISTED = 5_000, 10_000


@runtime_checkable
class PieceRenderer(Protocol):
    """A renderer that can render piece by piece."""

    def pieces(self, batch: Batch, answers: Sequence[Detections]) -> Iterator[bytes]:
        """Yield the pieces of what a call would return."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What is scanned, how, and what is written. `keep` is the number of findings of each severity that the result lists.

    `printer` computes the fingerprints by which duplicates are counted.
    """

    source: Source
    parser: Parser
    detectors: tuple[Detector, ...]
    renderers: tuple[Renderer, ...] = ()
    keep: int = FINDINGS
    printer: "Printer | None" = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows and bytes read, and answers of a model received, in a stage with a name."""

    rows: int
    bytes: int
    stage: str = "scan"
    answers: int = 0


@dataclass(slots=True)
class ScanOutcome:
    """What a scan found: the complete tally, and in file order the first findings and unreadable and missed rows.

    `keep` is the number of listed findings for each severity from note to error, so many notes displace no error; LISTED unreadable and
    missed rows are listed. `prints` are the fingerprints of the blocks of one part.
    """

    keep: Room
    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    listed: dict[Severity, int] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    rendered: list[list[bytes | Part | PartSlice]] = field(default_factory=list)
    prints: list["Prints"] = field(default_factory=list)
    bytes: int = 0
    interrupted: bool = False

    @property
    def room(self) -> Room:
        """The number of further findings of each severity that are listed."""
        return tuple(most - self.listed.get(level, 0) for level, most in zip(Severity, self.keep, strict=False))

    def add(self, other: "ScanOutcome") -> None:
        """Add the outcome of the next blocks."""
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
    """Scan every block of the source; write the output of renderer k to sink k in order, and pass fingerprints to `on_prints`.

    `limit` is a number of rows (None: all); with a limit, the blocks must hold their data. An interrupt ends the scan, with
    `interrupted` set. Raises LeakguardError if a worker dies or the counts do not add up.
    """
    outcome = ScanOutcome((job.keep,) * len(Severity))
    blocks = job.source.blocks() if limit is None else limit_rows(job.source.blocks(), limit)
    outlets, job = _share_renderers(job, sinks)
    with ExitStack() as stack:
        if workers <= 1:

            def put(number: int, piece: bytes) -> None:
                for sink in outlets[number]:
                    write_piece(sink, piece)

            def here(task: Task, room: Room, keep: Keep) -> ScanOutcome:
                return scan_blocks(job, task, room, put)

            parts = run_inline(here, group_blocks(blocks, 1), lambda: outcome.room)
        else:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="leakguard-")))
            parts = run_in_processes(partial(_work, job, folder), group_blocks(blocks, TASK_BYTES), lambda: outcome.room, workers)
        _collect(parts, outcome, outlets, on_prints, on_progress)
    return outcome


def scan_on(executor: Executor, job: Job, *, sinks: Sequence[BinaryIO], on_progress: Callable[[Progress], None]) -> ScanOutcome:
    """Scan as `scan` does, with the same bytes, by an executor whose workers read the files themselves. No fingerprints are made."""
    outcome = ScanOutcome((job.keep,) * len(Severity))
    outlets, job = _share_renderers(job, sinks)
    parts = executor.map(partial(_work_apart, job), job.source, group_blocks, lambda: outcome.room)
    _collect(parts, outcome, outlets, lambda prints: None, on_progress)
    return outcome


def _share_renderers(job: Job, sinks: Sequence[BinaryIO]) -> tuple[list[list[BinaryIO]], Job]:
    """Return the sinks of each renderer, and the job with each renderer once: findings are rendered once, also for several sinks."""
    outlets = [[sink for sink, render in zip(sinks, job.renderers, strict=True) if render is one] for one in dict.fromkeys(job.renderers)]
    return outlets, replace(job, renderers=tuple(dict.fromkeys(job.renderers)))


def _collect(
    parts: Generator[ScanOutcome, None, None],
    outcome: ScanOutcome,
    outlets: Sequence[Sequence[BinaryIO]],
    on_prints: "Callable[[Prints], None]",
    on_progress: Callable[[Progress], None],
) -> None:
    """Add every part to the outcome, and write what it has rendered. An interrupt sets `interrupted`."""
    try:
        for part in parts:
            outcome.add(part)
            _write(part, outlets)
            for prints in part.prints:
                on_prints(prints)
            on_progress(Progress(outcome.tally.seen, outcome.bytes))
    except KeyboardInterrupt:
        outcome.interrupted = True
    finally:
        parts.close()
    outcome.tally.check()


def _write(part: ScanOutcome, outlets: Sequence[Sequence[BinaryIO]]) -> None:
    """Write what a worker has rendered to the sinks of each renderer."""
    for pieces, sinks in zip(part.rendered, outlets, strict=False):
        for piece in pieces:
            for sink in sinks:
                write_piece(sink, piece)
            release_part(piece)


def scan_blocks(job: Job, blocks: Sequence[Block], keep: Room, put: Put | None = None) -> ScanOutcome:
    """Scan some blocks in this process; `keep` is the number of further findings of each severity to list.

    Rendered pieces are passed to `put`, or collected in the outcome without it.
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
    """Return the first findings of each severity of each answer, at most `room` of each. Only these hits become Python objects."""
    found: list[Finding] = []
    answers = [answer for answer in answers if len(answer.hits)] if any(room) else []
    levels = [np.array([mark.severity for mark in answer.hits.marks])[np.asarray(answer.hits.mark)] for answer in answers]
    # Indices of the first hits of each severity, put back into the order of the texts.
    firsts = [[np.flatnonzero(column == level)[:most] for level, most in zip(Severity, room, strict=False)] for column in levels]
    chosen = [np.sort(np.concatenate(columns)).tolist() for columns in firsts]
    deciding = _find_deciding(batch, answers, levels, chosen) if any(chosen) else []
    for answer, picked, decides in zip(answers, chosen, deciding, strict=False):
        hits = answer.hits
        for at in picked:
            hit = int(hits.text[at]), int(hits.start[at]), int(hits.end[at]), hits.marks[hits.mark[at]]
            found.append(batch.finding_in_context(hit, answer.detector, decides=at in decides))
    return found


def _find_deciding(
    batch: Batch, answers: Sequence[Detections], levels: Sequence[NDArray[np.int64]], chosen: Sequence[Sequence[int]]
) -> list[set[int]]:
    """Return for each answer the indices of the hits that set the severity of their row: the first of the highest severity.

    `levels` holds the severity of each hit and `chosen` the indices of the hits that matter, one for each answer; only the rows of these
    are looked at. `best` is the highest severity of such a row over all answers, 0 elsewhere. In each answer the first hit of a row with
    that severity is taken, and the row is set to 0, so that no later answer takes another.
    """
    owners: NDArray[np.int64] = np.asarray(batch.owners)
    best = np.zeros(len(batch.lines), dtype=np.int64)
    rows = [owners[np.asarray(answer.hits.text)] for answer in answers]
    for lines, picked in zip(rows, chosen, strict=True):
        best[lines[picked]] = Severity.NOTE
    within = [np.flatnonzero(best[lines]) for lines in rows]
    for lines, column, inside in zip(rows, levels, within, strict=True):
        np.maximum.at(best, lines[inside], column[inside])
    deciding = []
    for lines, column, inside in zip(rows, levels, within, strict=True):
        highest = inside[best[lines[inside]] == column[inside]]
        taken, firsts = np.unique(lines[highest], return_index=True)
        best[taken] = 0
        deciding.append(set(highest[firsts].tolist()))
    return deciding


def limit_rows(blocks: Iterator[Block], limit: int) -> Iterator[Block]:
    """Yield the blocks up to row number `limit`; they must hold their data."""
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


def _work(job: Job, folder: Path, task: Task, room: Room, keep: Keep) -> ScanOutcome:
    """Scan a task in a worker process; what is rendered goes through part files in `folder`, and `keep` is not used."""
    writers = [PartWriter(folder) for _ in job.renderers]
    outcome = scan_blocks(job, task, room, lambda number, piece: writers[number].add(piece))
    outcome.rendered = [[*writer.close()] for writer in writers]
    return outcome


def _work_apart(job: Job, task: Task, room: Room, keep: Keep) -> ScanOutcome:
    """Scan a task on another machine; what is rendered goes through `keep` piece by piece."""
    rendered: list[list[Any]] = [[] for _ in job.renderers]

    def put(number: int, piece: bytes) -> None:
        if piece:
            rendered[number].append(keep(piece))

    outcome = scan_blocks(job, task, room, put)
    outcome.rendered = rendered
    return outcome
