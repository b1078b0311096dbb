"""Scan one block: parse it, call every detector, and list the rows that a detector could not check."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from leakguard.core.batch import Batch, Block, Detections, Hits
from leakguard.core.ports import Detector, Parser
from leakguard.core.results import Missed


@dataclass(frozen=True, slots=True)
class Detected:
    """A batch, the answer of each detector, and the rows that some detector could not check, by detector and place."""

    batch: Batch
    answers: Sequence[Detections]
    missed: Sequence[Missed]


def detect_block(parser: Parser, detectors: Sequence[Detector], block: Block, known_as: Sequence[str] = ()) -> Detected:
    """Parse a block and call every detector; `known_as` holds the original record ids if the lines were redacted."""
    batch = parser.parse(block)
    if known_as:
        batch = replace(batch, known_as=known_as)
    answers = [_ask(detector, batch) for detector in detectors]
    missed = [
        Missed(batch.file, batch.first_row + batch.owners[text], answer.detector, reason)
        for answer in answers
        for text, reason in sorted(answer.missed.items())
    ]
    return Detected(batch, answers, missed)


def _ask(detector: Detector, batch: Batch) -> Detections:
    """Return the answer of a detector; if it raises or its answer is invalid, it has missed every text."""
    try:
        answer = detector.detect(batch)
        reason = _flaw(answer, len(batch.texts))
    except MemoryError:
        reason = "out of memory"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    return Detections(detector.name, Hits(), dict.fromkeys(range(len(batch.texts)), reason)) if reason else answer


def _flaw(answer: Detections, texts: int) -> str:
    """Return why an answer about this number of texts is invalid ("" if it is valid)."""
    if not isinstance(answer, Detections):
        return "it gave no answer"
    hits = answer.hits
    if len({len(hits.text), len(hits.start), len(hits.end), len(hits.mark)}) > 1:
        return "its columns are not of one length"
    if len(hits) and not 0 <= np.min(hits.text) <= np.max(hits.text) < texts:
        return "it speaks of texts that it was not given"
    if len(answer.number_lists) not in (0, texts):
        return f"it answered for {len(answer.number_lists)} of {texts} texts"
    return "" if all(0 <= text < texts for text in answer.missed) else "it missed texts that it was not given"
