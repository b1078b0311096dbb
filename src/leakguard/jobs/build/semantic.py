"""Build the semantic search: embedding models, fitted traits, control data and false-positive rate."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.ports import Detector
from leakguard.core.rule import Rule, RulePack
from leakguard.core.scored import ScoredBlocks
from leakguard.core.similarity import Depth
from leakguard.core.trait import Trait
from leakguard.detectors.semantic import SemanticDetector
from leakguard.detectors.semantic.batch_scorer import BatchScorer
from leakguard.detectors.semantic.embedders import Embedders
from leakguard.detectors.semantic.fit import Control, SemanticLearner
from leakguard.detectors.semantic.fit_traits import fit_traits
from leakguard.detectors.semantic.trait_scorer import make_pack
from leakguard.jobs.build.pack_cache import open_vector_cache
from leakguard.jobs.build.traits import choose_traits
from leakguard.jobs.guard import Fitted, GuardPart, Hide, RunContext, RunData
from leakguard.models.embedding.embedder import check_model, find_default_model, find_hub_model, load_embedder
from leakguard.models.embedding.word_table import WordTableEmbedder, has_word_table
from leakguard.models.fakes.embedder import FakeEmbedder
from leakguard.pipeline.passes import ScorePass, score_blocks
from leakguard.pipeline.scan import Renderer
from leakguard.reports.scan.scores import ScoreLines
from leakguard.rulebook.shipped import find_ordinary_texts, list_traits
from leakguard.rulebook.traits import read_neutral, read_traits
from leakguard.settings.paths import is_file_name
from leakguard.settings.plan import MeaningPlan
from leakguard.stats.single_thread import use_one_thread

ORDINARY = "the shipped ordinary texts"
TRAIT_LIMIT = 64 << 20
"""Largest trait file, in bytes, that is opened because a manifest names it."""
BLOCKS: dict[Depth, int] = {"words": 1 << 19, "cascade": 1 << 21, "full": 1 << 18}
"""Bytes of the blocks that a process scores at once: seconds of work, and enough windows to fill the batches of the model."""


@dataclass(frozen=True, slots=True)
class SemanticFactory:
    """Fits the search to the data of a run: what scores texts, the detectors of rules that name its traits, and the false-positive rate."""

    scorer: BatchScorer
    named: tuple[Detector, ...]
    rate: float
    name: str = SemanticDetector.name
    reads_control: bool = True

    @property
    def rules(self) -> tuple[Rule, ...]:
        """A rule for each trait."""
        return tuple(one.rule for one in self.scorer.traits)

    @property
    def packs(self) -> tuple[RulePack, ...]:
        """The traits as one pack."""
        return (make_pack([one.trait for one in self.scorer.traits]),)

    def learn(self, data: RunData, before: Sequence[Detector], context: RunContext, hide: Hide) -> SemanticDetector:
        """Score control and data, with scores in the folder of the run. Raises ValueError for a run without a folder."""
        if not context.folder:
            raise ValueError("a semantic search needs a folder for its scores")
        control = Control(ORDINARY)
        if context.control:
            control = Control(context.control.name, partial(self._score, context.control.data, context, hide, "control"))
        learner = SemanticLearner(self.scorer, control, context.folder, self.rate)
        return learner.fit(self._score(data, context, hide, self.name))

    def describe(self, control: Mapping[str, str]) -> dict[str, Any]:
        """Return the model, the hash of its weights, and the hashes of the control files."""
        model = self.scorer.embedders.models[0]
        return {"meaning": {"model": model.name, "digest": model.digest, "control": dict(control)}}

    def _score(self, data: RunData, context: RunContext, hide: Hide, stage: str) -> Iterator[ScoredBlocks]:
        """Return an iterator of the scores of all rows, which worker processes compute."""
        assert context.folder
        blocks, workers = data.blocks(BLOCKS[self.scorer.embedders.depth])
        how = ScorePass(data.parser, hide(self.named), self.scorer, workers, context.folder, stage)
        return score_blocks(how, blocks, context.on_progress)


def build_semantic(
    plan: MeaningPlan, traits: Sequence[Trait], named: tuple[Detector, ...] = (), on_stage: Any = lambda stage: None
) -> GuardPart:
    """Read the embedding model and fit the traits. `named` are detectors of the rules that name them; `on_stage` is called with "model"
    and "traits", which may take seconds.

    Raises SettingsError without a described trait, and PackError, MissingExtra or UsageError if the model cannot be loaded.
    """
    if not traits:
        raise SettingsError("`semantic`: no described trait is named; name one with `traits`, such as owl, or describe it in a .toml file")
    on_stage("model")
    embedders = build_embedders(plan.model, plan.depth, download=plan.download)
    shelf = read_traits(list_traits().values())
    on_stage("traits")
    with use_one_thread():
        found = fit_traits(traits, read_neutral(find_ordinary_texts()), shelf, embedders, open_vector_cache())
    factory = SemanticFactory(BatchScorer(found, embedders), named, plan.false_positive_rate)
    return GuardPart(learners=(factory,), rules=factory.rules, packs=factory.packs)


def build_embedders(name: str | None, depth: Depth, *, download: bool) -> Embedders:
    """Return the embedding models that a depth needs: of the default model (None), the fake, a folder, or a model of the Hugging Face hub.

    A model without word pieces can be used at full depth only. Raises SettingsError for a folder that does not exist, MissingExtra, and
    UsageError for a model that cannot be loaded.
    """
    if name == FakeEmbedder.name:
        return Embedders(depth, (FakeEmbedder(),) if depth == "words" else (FakeEmbedder(), FakeEmbedder()))
    if name is None:
        files = find_default_model()
    elif Path(name).is_dir():
        files = check_model(Path(name))
    elif name.startswith((".", "/", "~", "fake:")) or "\\" in name or name.count("/") > 1:
        raise SettingsError(f"`semantic-model` {name}: there is no such folder; give a model's folder or its hub id")
    else:
        files = find_hub_model(name, download=download)
    words = (WordTableEmbedder(files),) if depth != "full" or has_word_table(files) else ()
    return Embedders(depth, words if depth == "words" else (*words, load_embedder(files)))


def build_score_renderer(fitted: Fitted) -> Renderer | None:
    """Return the renderer of the scores of all rows, or None without a semantic search."""
    searches = [one for one in fitted.learned.values() if isinstance(one, SemanticDetector)]
    return ScoreLines(searches[0]) if searches else None


def list_described_packs(names: object) -> list[RulePack]:
    """Return the pack of the traits that a manifest names; none if they cannot be read any more.

    A manifest may have been forged: only regular files of at most TRAIT_LIMIT bytes are opened.
    """
    if not isinstance(names, list) or not all(map(_is_readable, names)):
        return []
    with suppress(UsageError):
        return [make_pack(choose_traits(tuple(map(str, names))).described)]
    return []


def _is_readable(name: str) -> bool:
    """Return whether a trait is named by its id, or by the path of a regular file of at most TRAIT_LIMIT bytes."""
    return not is_file_name(name) or (os.path.isfile(name) and os.path.getsize(name) <= TRAIT_LIMIT)
