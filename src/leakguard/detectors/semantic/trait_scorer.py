"""Fit traits: from the texts of each trait to a contrast of embeddings, cue words, and the scores of control texts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from leakguard.core.errors import MissingExtra
from leakguard.core.finding import Mark
from leakguard.core.ports import Embedder
from leakguard.core.rule import Rule, RulePack, Severity
from leakguard.core.trait import Trait
from leakguard.core.version import install
from leakguard.detectors.semantic.contrast import (
    Contrast,
    Cues,
    Scores,
    Vectors,
    fit_contrast,
    make_cues,
    round_scores,
    split_identifiers,
    words_of,
)
from leakguard.detectors.semantic.windows import has_no_words

PACK = "semantic"
INSTALL = f"a search by meaning needs packages that are not installed: {install('semantic')}"
_EVERY = 4


@dataclass(frozen=True, slots=True)
class TraitScorer:
    """A fitted trait. `ordinary` are the sorted scores of control texts that were not used in the fit.

    `marks` are the marks of a text with a p-value of at most the rate, and of a text that is significant among all texts.
    """

    trait: Trait
    contrast: Contrast = field(repr=False)
    cues: Cues
    ordinary: Scores = field(repr=False)
    rule: Rule
    marks: tuple[Mark, Mark]


def fit_traits(traits: Sequence[Trait], ordinary: Sequence[str], others: Sequence[Trait], embedder: Embedder) -> tuple[TraitScorer, ...]:
    """Fit every trait to its texts.

    Half of the ordinary texts, and of the texts about the traits `others`, are used in the fit; the other half are its control. A trait
    that is not in `others` may be the same as one of them under another name, so it is fitted against ordinary texts only. Raises
    MissingExtra without scikit-learn.
    """
    shelf = {other.id: other for other in others}
    known = CachedEmbedder(embedder)
    return tuple(_fit(trait, ordinary, list(shelf.values()) if shelf.get(trait.id) == trait else [], known) for trait in traits)


class CachedEmbedder:
    """An embedder with a cache in memory: traits share most of the texts that they are compared with."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of texts, an array of shape (texts, dimensions)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed([split_identifiers(text) for text in new]), strict=True))
        return np.stack([self._known[text] for text in texts])


def make_pack(traits: Sequence[Trait]) -> RulePack:
    """Return the traits as one pack for reports and manifests; its digest covers the digests of all trait files."""
    digest = sha256("".join(f"{trait.id} {trait.digest}\n" for trait in traits).encode()).hexdigest()
    return RulePack(PACK, "1.0.0", "Similarity to described traits", (), False, digest, tuple(map(_rule, traits)))


def _fit(trait: Trait, ordinary: Sequence[str], others: Sequence[Trait], known: CachedEmbedder) -> TraitScorer:
    # Ordinary texts and texts of other traits alternate between the fit (`far`) and the control.
    shown = [*trait.descriptions, *_shown(trait)]
    lookalikes = [*trait.lookalikes, *trait.neutral]
    far, control = list(ordinary[::2]), list(ordinary[1::2])
    for other in others:
        if other.id != trait.id:
            far += _shown(other)[::_EVERY]
            control += _shown(other)[_EVERY // 2 :: _EVERY]
    try:
        contrast = fit_contrast(known.vectors(shown), known.vectors(lookalikes), known.vectors(far))
    except ImportError as error:
        raise MissingExtra(INSTALL) from error
    rule = _rule(trait)
    marks = Mark(rule, Severity.NOTE, "text"), Mark(rule, Severity.WARNING, "text")
    pointers = make_cues(trait.cues)
    single = [text for text in control if not has_no_words(text)]
    terms = round_scores([pointers.score(words_of(text)) for text in single])
    return TraitScorer(
        trait, contrast, pointers, np.sort(round_scores(round_scores(contrast.scores(known.vectors(single))) + terms)), rule, marks
    )


def _rule(trait: Trait) -> Rule:
    meaning = f"closer to the trait '{trait.title}' than control texts are"
    return Rule(f"{PACK}.{trait.id}", PACK, "semantic", trait.id, meaning, {"text": Severity.WARNING})


def _shown(trait: Trait) -> list[str]:
    return [text for texts in trait.examples.values() for text in texts]
