import pytest

from detector_calls import batch_of
from heron_trait import HERON, ORDINARY
from leakguard.core.batch import Detections, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Rule, Severity
from leakguard.core.scored import ScoredBlocks
from leakguard.detectors.semantic.batch_scorer import BatchScorer
from leakguard.detectors.semantic.embedders import Embedders
from leakguard.detectors.semantic.fit import Control, SemanticLearner
from leakguard.detectors.semantic.fit_traits import fit_traits
from leakguard.models.fakes.embedder import FakeEmbedder


@pytest.fixture
def searched(tmp_path):
    """Fits a semantic search for a trait with the fake embedder; returns the detector."""

    def search(texts, *, control=None, rate=0.05, trait=HERON, ruled=(), depth="cascade"):
        embedders = Embedders(depth, (FakeEmbedder(),) * (1 if depth == "words" else 2))
        scorer = BatchScorer(fit_traits([trait], ORDINARY, [], embedders), embedders)
        learner = SemanticLearner(scorer, Control("control.jsonl", score_control(scorer, control)), tmp_path, rate)
        rule = Rule(f"traits.{trait.id}", "traits", "term", trait.id, "names it", {"text": Severity.WARNING})
        hits = Hits.of([(text, 0, 1, Mark(rule, Severity.WARNING, "text")) for text in ruled])
        return learner.fit([score(scorer, texts, "texts", [Detections("rules", hits)])])

    return search


def score_control(scorer, texts):
    """How the control is scored; None if there is none."""
    return None if texts is None else lambda: iter([score(scorer, texts, "control", ())])


def score(scorer, texts, file, answers):
    """The records of a file of one block."""
    records = scorer.score(batch_of(texts), answers)
    return ScoredBlocks(((file, 1, len(records)),), records)
