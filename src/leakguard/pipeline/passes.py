"""Passes over all data before the scan itself, one for each learner."""

from collections.abc import Callable, Iterator, Sequence

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.ports import Detector, Learner, Parser, Source
from leakguard.pipeline.detect import detect_block
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
