"""Passes over all data before the scan itself, one for each learner."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.ports import Detector, Learner, Parser, Scorer, Source
from leakguard.core.scored import ScoredBlocks
from leakguard.core.tasks import Keep, PartSlice, Room, Task
from leakguard.pipeline.detect import detect_block
from leakguard.pipeline.executor import group_blocks, run_inline
from leakguard.pipeline.executor.processes import run_in_processes
from leakguard.pipeline.scan import Progress, limit_rows


def fit_learners(
    source: Source,
    parser: Parser,
    detectors: Sequence[Detector],
    learners: Sequence[Learner],
    *,
    limit: int | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Detector, ...]:
    """Return the detectors, followed by those that the learners return.

    Each learner reads the data once, with the answers of all detectors before it. The source must give the same blocks every time
    (standard input must be copied to a file before). `limit` is the number of rows that learners read (None: all); with a limit, the
    blocks must hold their data.
    """
    known = tuple(detectors)
    for learner in learners:
        blocks = source.blocks() if limit is None else limit_rows(source.blocks(), limit)
        known = (*known, learner.fit(detect_blocks(blocks, parser, known, learner.name, on_progress)))
    return known


def detect_blocks(
    blocks: Iterator[Block], parser: Parser, detectors: Sequence[Detector], stage: str, on_progress: Callable[[Progress], None]
) -> Iterator[tuple[Batch, Sequence[Detections]]]:
    """Yield every batch with the answers of the detectors; `stage` is the name of the pass in progress reports."""
    rows = size = 0
    for block in blocks:
        detected = detect_block(parser, detectors, block)
        yield detected.batch, detected.answers
        rows, size = rows + detected.batch.seen, size + block.length
        on_progress(Progress(rows, size, stage))


@dataclass(frozen=True, slots=True)
class ScorePass:
    """How a pass scores data: the parser, the detectors whose answers the scorer needs, the scorer, and the number of processes.

    `folder` gets temporary files. `stage` is the name of the pass in progress reports.
    """

    parser: Parser
    detectors: tuple[Detector, ...]
    scorer: Scorer
    workers: int
    folder: Path
    stage: str


@dataclass(frozen=True, slots=True)
class _Part:
    """What one task gives: the records of its blocks, and the numbers of rows and bytes."""

    scored: ScoredBlocks
    rows: int
    bytes: int


def score_blocks(how: ScorePass, blocks: Iterator[Block], on_progress: Callable[[Progress], None]) -> Iterator[ScoredBlocks]:
    """Yield the records of all blocks in order; they are the same for any number of processes. A block is a task."""
    todo = group_blocks(blocks, 1)
    work = partial(_score_task, how)
    parts = run_in_processes(work, todo, _no_room, how.workers, how.folder) if how.workers > 1 else run_inline(work, todo, _no_room)
    rows = size = 0
    try:
        for part in parts:
            yield part.scored
            rows, size = rows + part.rows, size + part.bytes
            on_progress(Progress(rows, size, how.stage))
    finally:
        parts.close()


def _score_task(how: ScorePass, task: Task, room: Room, keep: Keep) -> _Part:
    """Score the blocks of a task."""
    blocks, pieces = [], []
    rows = 0
    for block in task:
        detected = detect_block(how.parser, how.detectors, block)
        pieces.append(how.scorer.score(detected.batch, detected.answers))
        blocks.append((detected.batch.file, detected.batch.first_row, len(pieces[-1])))
        rows += detected.batch.seen
    records = keep(b"".join(pieces))
    assert not isinstance(records, PartSlice)
    return _Part(ScoredBlocks(tuple(blocks), records), rows, sum(block.length for block in task))


def _no_room() -> Room:
    """Findings are not listed in a pass over data."""
    return ()
