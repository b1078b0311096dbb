"""The semantic detector: finds texts that are closer in meaning to a trait's descriptions than control texts are."""

from collections import defaultdict, deque
from typing import NamedTuple

import numpy as np

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.finding import Mark
from leakguard.core.similarity import Similarity
from leakguard.detectors.semantic.contrast import UNIT
from leakguard.detectors.semantic.ranking import Ranking
from leakguard.detectors.semantic.records import RecordFile, Records, digest_text
from leakguard.detectors.semantic.windows import MOST, has_no_words

UNSEEN = "it was not there when all of the data was surveyed: the input changed"


class Scored(NamedTuple):
    """Scores of one text for the trait with number `trait`, its p-value, and the character range of its best window."""

    trait: int
    semantic: float
    terms: float
    combined: float
    p: float
    start: int
    stop: int


class SemanticDetector:
    """Looks up scores that a pass over all data computed. A text whose p-value is at most the rate is a hit at its best window.

    `files` are the records of data and of control. `marks[k]` are the marks of trait `k` for a text within the rate and for one that
    stands out among all texts; `limits[k]` is the largest p-value of a text that stands out. `statistics` are those of the pass.
    """

    name = "semantic"

    def __init__(
        self,
        files: tuple[RecordFile, RecordFile],
        ranking: Ranking,
        marks: tuple[tuple[Mark, Mark], ...],
        limits: tuple[float, ...],
        statistics: Similarity,
    ) -> None:
        self._files, self._ranking, self._marks, self._limits = files, ranking, marks, limits
        self.statistics = statistics
        self._last: tuple[Records, bool] | None = None

    def detect(self, batch: Batch) -> Detections:
        """Return the flagged texts of a batch as hits. Texts without words have none; texts that the pass could not score are missed."""
        hits: list[Hit] = []
        found, missed = self._look_up(batch)
        for index, scores in found.items():
            near = [one for one in scores if one.p <= self.statistics.rate]
            marks = [self._marks[one.trait][one.p <= self._limits[one.trait]] for one in near]
            hits += sorted(((index, one.start, one.stop, mark) for one, mark in zip(near, marks, strict=True)), key=lambda hit: hit[:3])
        return Detections(self.name, Hits.of(hits), missed)

    def scores_of(self, batch: Batch) -> dict[int, list[Scored]]:
        """Return the scores of each text of a batch, one per trait; texts without words and missed ones are left out."""
        return self._look_up(batch)[0]

    @property
    def traits(self) -> tuple[str, ...]:
        """Ids of the traits, in the order of their numbers."""
        return tuple(quiet.rule.value for quiet, _ in self._marks)

    def _look_up(self, batch: Batch) -> tuple[dict[int, list[Scored]], dict[int, str]]:
        """Return the scores of the texts that have any, and the reasons why others are missed."""
        # `places` maps texts to records; the columns of scored texts are ranked at once, trait by trait.
        records, is_control = self._find(batch)
        places = _match(batch, records)
        missed = {at: UNSEEN for at in np.flatnonzero(places < 0).tolist() if not has_no_words(batch.texts[at])}
        windows = np.where(places < 0, 0, records["entry"]["windows"][places]) if len(records) else np.zeros(len(places), dtype=np.int64)
        for at in np.flatnonzero(windows < 0).tolist():
            missed[at] = f"too long to be looked at for meaning: {-windows[at]:,} windows, at most {MOST:,}"
        scored = np.flatnonzero(windows > 0)
        found: dict[int, list[Scored]] = {at: [] for at in scored.tolist()}
        entries = records["entry"][places[scored]]
        for nth in range(len(self._marks)):
            p = self._ranking.rank(entries, nth, is_control=is_control).tolist()
            semantic, terms, starts, stops = (entries["traits"][:, nth][name].tolist() for name in ("semantic", "terms", "start", "stop"))
            for at, *one in zip(found, semantic, terms, p, starts, stops, strict=True):
                found[at].append(Scored(nth, one[0] / UNIT, one[1] / UNIT, (one[0] + one[1]) / UNIT, *one[2:]))
        return found, dict(sorted(missed.items()))

    def _find(self, batch: Batch) -> tuple[Records, bool]:
        """Return the records of a batch, sorted as its texts if all are there, and whether they are those of the control.

        Rows that were redacted come right after the batch that they are from, whose records are used again.
        """
        if batch.known_as and self._last:
            return self._last
        data, control = self._files
        records = data.find(batch.file, batch.first_row, len(batch.rows))
        is_control = not len(records)
        self._last = control.find(batch.file, batch.first_row, len(batch.rows)) if is_control else records, is_control
        return self._last


def _match(batch: Batch, records: Records) -> "np.typing.NDArray[np.int64]":
    """Return for each text of a batch the index of a record with its digest, or -1. Each record is used for one text, in order."""
    digests = np.frombuffer(b"".join(map(digest_text, batch.texts)), "<u8")[::2]
    if len(digests) == len(records) and (digests == records["digest"]).all():
        return np.arange(len(digests))
    there: defaultdict[int, deque[int]] = defaultdict(deque)
    for at, digest in enumerate(records["digest"].tolist()):
        there[digest].append(at)
    return np.array([there[digest].popleft() if there[digest] else -1 for digest in digests.tolist()], dtype=np.int64)
