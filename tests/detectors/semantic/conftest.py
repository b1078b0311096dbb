import pytest

from detector_calls import batch_of
from heron_trait import HERON, ORDINARY
from leakguard.core.batch import Detections, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Rule, Severity
from leakguard.detectors.semantic.fit import Control, SemanticLearner
from leakguard.detectors.semantic.score_store import ScoreStore
from leakguard.detectors.semantic.trait_scorer import fit_traits
from leakguard.models.fakes.embedder import FakeEmbedder


@pytest.fixture
def searched(tmp_path):
    """Fits a semantic search for a trait with the fake embedder; returns the detector."""

    def search(texts, *, control=None, rate=0.05, trait=HERON, ruled=()):
        embedder = FakeEmbedder()
        found = fit_traits([trait], ORDINARY, [], embedder)
        looked = (lambda: [(batch_of(control), ())]) if control is not None else None
        learner = SemanticLearner(found, embedder, Control("control.jsonl", looked), ScoreStore(tmp_path / "scores.sqlite"), rate)
        rule = Rule(f"traits.{trait.id}", "traits", "term", trait.id, "names it", {"text": Severity.WARNING})
        hits = Hits.of([(text, 0, 1, Mark(rule, Severity.WARNING, "text")) for text in ruled])
        return learner.fit([(batch_of(texts), [Detections("rules", hits)])])

    return search
