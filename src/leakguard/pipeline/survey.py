"""Passes over the whole data before the scan itself, for surveyors that decide over more than one block."""

from collections.abc import Iterator, Sequence

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.ports import Detector, Parser, Source, Surveyor
from leakguard.pipeline.look import look
from leakguard.pipeline.scan import first_rows


def surveyed(
    source: Source, parser: Parser, detectors: Sequence[Detector], surveyors: Sequence[Surveyor], *, limit: int | None = None
) -> tuple[Detector, ...]:
    """The detectors, and those that the surveyors become; each surveyor is one more pass and sees the answers of all before it.

    The source must give the same blocks every time it is asked (standard input must be spooled before). `limit` shows the
    surveyors that many rows only (the source must then hand out data).
    """
    known = tuple(detectors)
    for surveyor in surveyors:
        blocks = source.blocks() if limit is None else first_rows(source.blocks(), limit)
        known = (*known, surveyor.survey(_looked(blocks, parser, known)))
    return known


def _looked(blocks: Iterator[Block], parser: Parser, detectors: Sequence[Detector]) -> Iterator[tuple[Batch, Sequence[Detections]]]:
    for block in blocks:
        looked = look(parser, detectors, block)
        yield looked.batch, looked.answers
