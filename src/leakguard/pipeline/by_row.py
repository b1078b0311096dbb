"""The rows and findings of a scanned block, one at a time."""

from collections.abc import Iterator

from leakguard.core.finding import Finding
from leakguard.core.record import Origin, Record
from leakguard.core.scanned import Scanned
from leakguard.pipeline.detect import Detected


def list_findings(looked: Detected) -> Iterator[Finding]:
    """Yield every finding of the block, in the order of texts and spans."""
    pairs = [(hit, answer.detector) for answer in looked.answers for hit in answer.hits]
    for hit, detector in sorted(pairs, key=lambda pair: pair[0][:3]):
        yield looked.batch.finding(hit, detector)


def list_rows(looked: Detected) -> Iterator[Scanned]:
    """Yield every row of the block in order. Unreadable rows come at their row numbers, between the readable ones."""
    batch = looked.batch
    found: dict[int, list[Finding]] = {}
    for finding in list_findings(looked):
        found.setdefault(finding.row, []).append(finding)
    missed: dict[int, dict[str, str]] = {}
    for entry in looked.missed:
        missed.setdefault(entry.row, {})[entry.detector] = entry.reason
    unreadable = {entry.origin.row: entry for entry in batch.unreadable}
    offsets = batch.offsets()
    numbers = {batch.first_row + at for at, row in enumerate(batch.rows) if row is not None}
    for number in sorted(numbers | set(unreadable)):
        if number in unreadable:
            yield Scanned(unreadable[number].origin, None, unreadable=unreadable[number])
            continue
        at = number - batch.first_row
        origin = Origin(batch.file, number, offsets[at])
        record = Record(batch.identity(at), batch.turns_of(batch.rows[at]), origin)
        yield Scanned(origin, record, tuple(found.get(number, ())), missed.get(number, {}))
