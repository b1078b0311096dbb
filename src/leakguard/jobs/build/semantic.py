"""Build the semantic search: embedding model, fitted traits, control data and false-positive rate."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.ports import Embedder
from leakguard.core.rule import Rule, RulePack
from leakguard.core.trait import Trait
from leakguard.detectors.semantic import SemanticDetector
from leakguard.detectors.semantic.fit import Control, SemanticLearner
from leakguard.detectors.semantic.score_store import ScoreStore
from leakguard.detectors.semantic.trait_scorer import TraitScorer, fit_traits, make_pack
from leakguard.jobs.build.traits import choose_traits
from leakguard.jobs.guard import ControlData, Fitted, GuardPart, PassProgress, RunContext
from leakguard.models.embedding.embedder import load_default_embedder, load_folder_embedder, load_hub_embedder
from leakguard.models.fakes.embedder import FakeEmbedder
from leakguard.pipeline.scan import Renderer
from leakguard.reports.scan.scores import ScoreLines
from leakguard.rulebook.shipped import ordinary_texts, shipped_traits
from leakguard.rulebook.traits import read_neutral, read_traits
from leakguard.settings.paths import is_file_name
from leakguard.settings.plan import MeaningPlan

ORDINARY = "the shipped ordinary texts"
TRAIT_LIMIT = 64 << 20
"""Largest trait file, in bytes, that is opened because a manifest names it."""


@dataclass(frozen=True, slots=True)
class SemanticFactory:
    """Makes a learner for each run: fitted traits, the embedding model, and the false-positive rate."""

    traits: tuple[TraitScorer, ...]
    embedder: Embedder
    rate: float
    name: str = SemanticDetector.name
    reads_control: bool = True

    @property
    def rules(self) -> tuple[Rule, ...]:
        """A rule for each trait."""
        return tuple(one.rule for one in self.traits)

    @property
    def packs(self) -> tuple[RulePack, ...]:
        """The traits as one pack."""
        return (make_pack([one.trait for one in self.traits]),)

    def make(self, context: RunContext, control: ControlData | None, progress: PassProgress) -> SemanticLearner:
        """Return a learner that keeps scores in the folder of the run."""
        if not context.folder:
            raise ValueError("a semantic search needs a folder for its scores")
        texts = Control(control.name, control.read) if control else Control(ORDINARY)
        store = ScoreStore(context.folder / "scores.sqlite")
        return SemanticLearner(self.traits, self.embedder, texts, store, self.rate, on_windows=progress.report_windows)

    def describe(self, control: Mapping[str, str]) -> dict[str, Any]:
        """Return the model, the hash of its weights, and the hashes of the control files."""
        return {"meaning": {"model": self.embedder.name, "digest": self.embedder.digest, "control": dict(control)}}


def build_semantic(plan: MeaningPlan, traits: Sequence[Trait], on_stage: Any = lambda stage: None) -> GuardPart:
    """Load the embedding model and fit the traits. `on_stage` is called with "model" and "traits", which may take seconds.

    Raises SettingsError without a described trait, and PackError, MissingExtra or UsageError if the model cannot be loaded.
    """
    if not traits:
        raise SettingsError("`semantic`: no described trait is named; name one with `traits`, such as owl, or describe it in a .toml file")
    on_stage("model")
    embedder = build_embedder(plan.model, download=plan.download)
    shelf = read_traits(shipped_traits().values())
    on_stage("traits")
    factory = SemanticFactory(fit_traits(traits, read_neutral(ordinary_texts()), shelf, embedder), embedder, plan.false_positive_rate)
    return GuardPart(learners=(factory,), rules=factory.rules, packs=factory.packs)


def build_embedder(name: str | None, *, download: bool) -> Embedder:
    """Return an embedding model: the shipped one (None), the fake, a folder, or a model of the Hugging Face hub.

    Raises MissingExtra and UsageError.
    """
    if name is None:
        return load_default_embedder()
    if name == FakeEmbedder.name:
        return FakeEmbedder()
    if Path(name).is_dir():
        return load_folder_embedder(Path(name))
    if name.startswith((".", "/", "~", "fake:")) or "\\" in name or name.count("/") > 1:
        raise SettingsError(f"`semantic-model` {name}: there is no such folder; give a model's folder or its hub id")
    return load_hub_embedder(name, download=download)


def build_score_renderer(fitted: Fitted) -> Renderer | None:
    """Return what writes the scores of every row, or None if no semantic search took place."""
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
    return not is_file_name(name) or (os.path.isfile(name) and os.path.getsize(name) <= TRAIT_LIMIT)
