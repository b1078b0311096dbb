"""Meaning: texts that are closer to a trait's descriptions than control texts are, whatever words they use."""

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.finding import Mark
from leakguard.core.similarity import Similarity
from leakguard.detectors.semantic.score_store import Scored, ScoreStore, digest_of
from leakguard.detectors.semantic.windows import has_no_words

UNSEEN = "it was not there when all of the data was surveyed: the input changed"


class SemanticDetector:
    """Answers from a survey: a hit on a text's best window where its p-value is within the rate, louder where it stands out.

    `marks[k]` are the marks of subject `k` for both, `limits[k]` the p-value up to which a text of subject `k` stands out.
    """

    name = "semantic"

    def __init__(self, store: ScoreStore, marks: tuple[tuple[Mark, Mark], ...], limits: tuple[float, ...], books: Similarity) -> None:
        self._store = store
        self._marks = marks
        self._limits = limits
        self.books = books

    def detect(self, batch: Batch) -> Detections:
        """Hits in order; texts without words have none, and texts that the survey could not look at are missed."""
        hits: list[Hit] = []
        missed: dict[int, str] = {}
        for index, text in enumerate(batch.texts):
            if has_no_words(text):
                continue
            found = self._store.of(digest_of(text))
            if found is None or isinstance(found, str):
                missed[index] = found or UNSEEN
                continue
            hits += sorted(self._hits(index, found), key=lambda hit: hit[:3])
        return Detections(self.name, Hits.of(hits), missed)

    def scored(self, text: str) -> list[Scored]:
        """The scores of a text for each subject; [] of a text without words, and of one that was missed."""
        found = [] if has_no_words(text) else self._store.of(digest_of(text))
        return found if isinstance(found, list) else []

    @property
    def subjects(self) -> tuple[str, ...]:
        """Ids of the traits, in the order of subjects."""
        return tuple(quiet.rule.value for quiet, _ in self._marks)

    def _hits(self, index: int, found: list[Scored]) -> list[Hit]:
        return [
            (index, one.start, one.stop, self._marks[one.subject][one.p <= self._limits[one.subject]])
            for one in found
            if one.p <= self.books.rate
        ]
