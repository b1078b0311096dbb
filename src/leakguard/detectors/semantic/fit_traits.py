"""Fit traits: from the texts of each trait to contrasts of embeddings, cue words, and the scores of control texts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leakguard.core.ports import Cache
from leakguard.core.trait import Trait
from leakguard.detectors.semantic.contrast import fit_contrast, make_cues, split_identifiers
from leakguard.detectors.semantic.embedders import CachedEmbedder, Embedders
from leakguard.detectors.semantic.measure import score_texts
from leakguard.detectors.semantic.trait_scorer import TraitScorer, make_marks
from leakguard.detectors.semantic.windows import has_no_words

LOOKED = 0.1
"""In a cascade the model reads about this share of windows: those with a higher word score than the rest of the shipped control texts."""
_EVERY = 4


def fit_traits(
    traits: Sequence[Trait], ordinary: Sequence[str], others: Sequence[Trait], embedders: Embedders, cache: Cache | None = None
) -> tuple[TraitScorer, ...]:
    """Fit every trait to its texts.

    Half of the ordinary texts, and of the texts about the traits `others`, are used in the fit; the other half are its control. A trait
    that is not in `others` may be the same as one of them under another name, so it is fitted against ordinary texts only. `cache` keeps
    the vectors of these texts.
    """
    shelf = {other.id: other for other in others}
    groups = _list_groups(traits, ordinary, others)
    known = replace(embedders, models=tuple(CachedEmbedder(one, cache, groups) for one in embedders.models))
    return tuple(_fit(trait, ordinary, list(shelf.values()) if shelf.get(trait.id) == trait else [], known) for trait in traits)


def _list_groups(traits: Sequence[Trait], ordinary: Sequence[str], others: Sequence[Trait]) -> list[list[str]]:
    """Return the texts that a fit uses, in groups that other fits use too: the ordinary ones, and those of each trait."""
    groups = [list(ordinary), *([*_list_shown(trait), *trait.lookalikes, *trait.neutral] for trait in traits)]
    groups += [[*_list_examples(other)[:: _EVERY // 2]] for other in others]
    return [[split_identifiers(text) for text in group] for group in groups]


def _fit(trait: Trait, ordinary: Sequence[str], others: Sequence[Trait], known: Embedders) -> TraitScorer:
    """Fit one trait. Ordinary texts and texts of other traits alternate between the fit (`far`) and the control."""
    far, control = list(ordinary[::2]), list(ordinary[1::2])
    for other in others:
        if other.id != trait.id:
            far += _list_examples(other)[::_EVERY]
            control += _list_examples(other)[_EVERY // 2 :: _EVERY]
    sides = (_list_shown(trait), [*trait.lookalikes, *trait.neutral], far)
    inputs = [[split_identifiers(text) for text in side] for side in sides]
    contrasts = tuple(fit_contrast(*map(embedder.embed, inputs)) for embedder in known.models)
    scorer = TraitScorer(trait, contrasts, make_cues(trait.cues), make_marks(trait))
    texts = [text for text in control if not has_no_words(text)]
    whole, ruled = [[(0, len(text))] for text in texts], [frozenset[str]()] * len(texts)
    if known.depth == "cascade":
        # The gate is a quantile of the scores that the words alone give to the control texts.
        (cheap,) = score_texts(texts, whole, ruled, [scorer], Embedders("words", known.models[:1]))
        scorer = replace(scorer, gate=int(np.quantile(cheap.combined, 1 - LOOKED, method="higher")))
    (found,) = score_texts(texts, whole, ruled, [scorer], known)
    return replace(scorer, ordinary=np.sort(found.combined))


def _list_shown(trait: Trait) -> list[str]:
    """Return the texts that show a trait: descriptions and examples."""
    return [*trait.descriptions, *_list_examples(trait)]


def _list_examples(trait: Trait) -> list[str]:
    return [text for texts in trait.examples.values() for text in texts]
