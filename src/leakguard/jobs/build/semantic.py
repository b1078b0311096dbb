"""A search by meaning, put together: model, traits, control and rate as the settings say."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from leakguard.core.batch import Batch, Detections
from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.ports import Embedder
from leakguard.core.rule import RulePack
from leakguard.detectors.semantic.fit import Control, SemanticLearner
from leakguard.detectors.semantic.score_store import ScoreStore
from leakguard.detectors.semantic.trait_scorer import TraitScorer, fit_traits, make_pack
from leakguard.jobs.build.traits import choose_traits
from leakguard.models.embedding.embedder import default_embedder, folder_embedder, hub_embedder
from leakguard.models.fakes.embedder import FakeEmbedder
from leakguard.rulebook.shipped import ordinary_texts, shipped_traits
from leakguard.rulebook.traits import read_neutral, read_traits
from leakguard.settings import Settings
from leakguard.settings.paths import is_file_name

Looked = Iterable[tuple[Batch, Sequence[Detections]]]
ORDINARY = "the shipped ordinary texts"
RATE = 0.05
TRAIT_LIMIT = 64 << 20


@dataclass(frozen=True, slots=True)
class Meaning:
    """Traits made ready, the model that reads for them, and the rate asked for."""

    subjects: tuple[TraitScorer, ...]
    embedder: Embedder
    rate: float

    @property
    def pack(self) -> RulePack:
        """The traits as reports list them."""
        return make_pack([one.trait for one in self.subjects])

    def surveyor(self, folder: Path, control: Control, on_windows: Callable[[int, int], None]) -> SemanticLearner:
        """What goes through the data; scores lie in `folder` as long as it is there. `on_windows` is told how far embedding has come."""
        return SemanticLearner(
            self.subjects, self.embedder, control, ScoreStore(folder / "scores.sqlite"), self.rate, on_windows=on_windows
        )


def build_search(settings: Settings, on_stage: Callable[[str], None] = lambda stage: None) -> Meaning | None:
    """The search that the settings ask for, or None; `on_stage` is told what takes long.

    Raises SettingsError, PackError, MissingExtra, UsageError.
    """
    if not settings.semantic:
        asked = {
            "scores": settings.scores,
            "semantic-model": settings.semantic_model,
            "semantic-download": settings.semantic_download or None,
            "fpr": settings.fpr,
        }
        for option, value in asked.items():
            if value is not None:
                raise SettingsError(f"--{option} belongs to a search by meaning: add --semantic")
        return None
    traits = choose_traits(settings).described
    if not traits:
        raise SettingsError("--semantic: no described trait is named; name one with --trait, such as owl, or describe it in a .toml file")
    rate = RATE if settings.fpr is None else settings.fpr
    on_stage("model")
    embedder = build_embedder(settings.semantic_model, download=settings.semantic_download)
    shelf = read_traits(shipped_traits().values())
    on_stage("traits")
    return Meaning(fit_traits(traits, read_neutral(ordinary_texts()), shelf, embedder), embedder, rate)


def build_embedder(name: str | None, *, download: bool) -> Embedder:
    """The shipped model, the fake one, a folder, or a hub id. Raises MissingExtra, UsageError."""
    if name is None:
        return default_embedder()
    if name == FakeEmbedder.name:
        return FakeEmbedder()
    if Path(name).is_dir():
        return folder_embedder(Path(name))
    if name.startswith((".", "/", "~", "fake:")) or "\\" in name or name.count("/") > 1:
        raise SettingsError(f"--semantic-model {name}: there is no such folder; give a model's folder or its hub id")
    return hub_embedder(name, download=download)


def list_described_packs(names: object) -> list[RulePack]:
    """The pack that a manifest names whose run was asked for these traits; none if they cannot be read any more.

    A manifest may have been made by hand: of the files that it names, only regular ones of ordinary size are opened.
    """
    if not isinstance(names, list) or not all(map(_readable, names)):
        return []
    with suppress(UsageError):
        return [make_pack(choose_traits(Settings(traits=tuple(map(str, names)))).described)]
    return []


def _readable(name: str) -> bool:
    return not is_file_name(name) or (os.path.isfile(name) and os.path.getsize(name) <= TRAIT_LIMIT)


@contextmanager
def open_scratch(needed: bool) -> Iterator[Path | None]:
    """A folder for scores, gone when the run ends."""
    if not needed:
        yield None
        return
    with TemporaryDirectory(prefix="leakguard-") as folder:
        yield Path(folder)
