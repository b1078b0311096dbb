"""The detector of rows in which an object has a key twice: trainers read such a row differently, so its text may not be what was scanned.

orjson, json and datasets take the last value of a repeated key; polars and duckdb take the first.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import PROFILES, Rule, Severity

REPEATED_KEY = Rule(
    "json.repeated-key",
    "json",
    "grammar",
    "",
    "an object of the row has a key twice: some trainers read the first value, others the last",
    dict.fromkeys(PROFILES, Severity.NOTE),
)
"""The only rule of the detector. The value of a finding's rule is the field of the dropped value."""


class RepeatedKeyDetector:
    """Reports a note at the beginning of the first text of each row that has a key twice."""

    name = "keys"

    def detect(self, batch: Batch) -> Detections:
        """Return a hit of no characters for each such row. Rows without text have none; they are only counted."""
        return Detections(self.name, Hits.of(_find_hits(batch)) if batch.repeated_keys else Hits())


def _find_hits(batch: Batch) -> Iterator[Hit]:
    """Yield the hits in the order of the rows."""
    for line, field in sorted(batch.repeated_keys.items()):
        text = bisect_left(batch.owners, line)
        if text < len(batch.owners) and batch.owners[text] == line:
            yield text, 0, 0, _make_mark(field)


@lru_cache(maxsize=1_000)
def _make_mark(field: str) -> Mark:
    """Return the mark for a field, shared by its hits."""
    rule = Rule(REPEATED_KEY.id, REPEATED_KEY.pack, REPEATED_KEY.kind, field, REPEATED_KEY.meaning, REPEATED_KEY.severity)
    return Mark(rule, Severity.NOTE, "text")
