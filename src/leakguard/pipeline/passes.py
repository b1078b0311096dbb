"""Passes over the whole data before the scan itself, for surveyors that decide over more than one block."""

from collections.abc import Callable, Iterator, Sequence

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.ports import Detector, Learner, Parser, Source
from leakguard.pipeline.detect import detect_block
from leakguard.pipeline.scan import Progress, limit_rows


def fit_learners(
    source: Source,
    parser: Parser,
    detectors: Sequence[Detector],
    surveyors: Sequence[Learner],
    *,
    limit: int | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Detector, ...]:
    """The detectors, and those that the surveyors become; each surveyor is one more pass and sees the answers of all before it.

    The source must give the same blocks every time it is asked (standard input must be spooled before). `limit` shows the
    surveyors that many rows only (the source must then hand out data).
    """
    known = tuple(detectors)
    for surveyor in surveyors:
        blocks = source.blocks() if limit is None else limit_rows(source.blocks(), limit)
        known = (*known, surveyor.survey(detect_blocks(blocks, parser, known, surveyor.name, on_progress)))
    return known


def detect_blocks(
    blocks: Iterator[Block], parser: Parser, detectors: Sequence[Detector], stage: str, on_progress: Callable[[Progress], None]
) -> Iterator[tuple[Batch, Sequence[Detections]]]:
    """Every batch with the answers of the detectors; `stage` names the pass to whoever watches."""
    rows = size = 0
    for block in blocks:
        looked = detect_block(parser, detectors, block)
        yield looked.batch, looked.answers
        rows, size = rows + looked.batch.seen, size + block.length
        on_progress(Progress(rows, size, stage))
