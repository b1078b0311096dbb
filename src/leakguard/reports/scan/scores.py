"""The scores of a semantic search for every row and trait, one JSON object per line."""

from collections.abc import Sequence

import orjson

from leakguard.core.batch import Batch, Detections
from leakguard.core.record import record_id
from leakguard.detectors.semantic import Scored, SemanticDetector
from leakguard.reports.kit.wording import printable_name

FIELDS = ("file", "row", "record_id", "trait", "terms", "semantic", "combined", "p_value", "applicable")


class ScoreLines:
    """Writes FIELDS for each readable record and trait; of several texts in a record, the one with the smallest p-value."""

    def __init__(self, meaning: SemanticDetector) -> None:
        self._meaning = meaning

    def __call__(self, batch: Batch, answers: Sequence[Detections]) -> bytes:
        """Return the lines of a batch, in the order of rows and traits."""
        best: dict[int, dict[int, Scored]] = {}
        for text, scores in self._meaning.scores_of(batch).items():
            row = best.setdefault(batch.owners[text], {})
            for one in scores:
                known = row.get(one.trait)
                if known is None or (one.p, -one.combined) < (known.p, -known.combined):
                    row[one.trait] = one
        out = []
        for line, row in enumerate(batch.rows):
            if row is None:
                continue
            head = {"file": printable_name(batch.file), "row": batch.first_row + line, "record_id": record_id(batch.lines[line])}
            for number, trait in enumerate(self._meaning.traits):
                out.append(orjson.dumps({**head, "trait": trait, **_said(best.get(line, {}).get(number))}) + b"\n")
        return b"".join(out)


def _said(one: Scored | None) -> dict[str, float | bool | None]:
    if one is None:
        return {"terms": None, "semantic": None, "combined": None, "p_value": None, "applicable": False}
    return {"terms": one.terms, "semantic": one.semantic, "combined": one.combined, "p_value": one.p, "applicable": True}
