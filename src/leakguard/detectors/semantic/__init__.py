"""The semantic detector: finds texts that are closer in meaning to a trait's descriptions than control texts are."""

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.finding import Mark
from leakguard.core.similarity import Similarity
from leakguard.detectors.semantic.score_store import Scored, ScoreStore, digest_of
from leakguard.detectors.semantic.windows import has_no_words

UNSEEN = "it was not there when all of the data was surveyed: the input changed"


class SemanticDetector:
    """Looks up scores that a pass over all data computed. A text whose p-value is at most the rate is a hit at its best window.

    `marks[k]` are the marks of trait `k` for a text within the rate and for one that stands out among all texts; `limits[k]` is the
    largest p-value of a text that stands out. `statistics` are those of the pass.
    """

    name = "semantic"

    def __init__(self, store: ScoreStore, marks: tuple[tuple[Mark, Mark], ...], limits: tuple[float, ...], statistics: Similarity) -> None:
        self._store = store
        self._marks = marks
        self._limits = limits
        self.statistics = statistics

    def detect(self, batch: Batch) -> Detections:
        """Return the flagged texts of a batch as hits. Texts without words have none; texts that the pass could not score are missed."""
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

    def scores_of(self, text: str) -> list[Scored]:
        """Return the scores of a text, one per trait; [] for a text without words or one that was missed."""
        found = [] if has_no_words(text) else self._store.of(digest_of(text))
        return found if isinstance(found, list) else []

    @property
    def traits(self) -> tuple[str, ...]:
        """Ids of the traits, in the order of their numbers."""
        return tuple(quiet.rule.value for quiet, _ in self._marks)

    def _hits(self, index: int, found: list[Scored]) -> list[Hit]:
        return [
            (index, one.start, one.stop, self._marks[one.trait][one.p <= self._limits[one.trait]])
            for one in found
            if one.p <= self.statistics.rate
        ]
