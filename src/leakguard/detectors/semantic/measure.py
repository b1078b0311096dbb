"""Score texts for traits: every distinct window is embedded once, and a text has the score of its best window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.detectors.semantic.contrast import RULE, UNIT, Units, split_identifiers, to_units, words_of
from leakguard.detectors.semantic.embedders import Embedders
from leakguard.detectors.semantic.trait_scorer import TraitScorer
from leakguard.detectors.semantic.windows import Window

SKIPPED = 100 * UNIT
"""What a window that the model of a cascade does not read loses: more than any two scores differ, so it ranks below all that were read."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WindowScores:
    """Scores of n texts for one trait, as columns of length n; `best` holds the index of each text's best window."""

    semantic: Units
    terms: Units
    best: Ints

    @property
    def combined(self) -> Units:
        """The sum of semantic score and word score, shape (n,), from which p-values are computed."""
        return self.semantic + self.terms


@dataclass(frozen=True, slots=True)
class _Layout:
    """The windows of texts one after the other: the text and the distinct piece of each, the first window of each text, distinct pieces."""

    owners: Ints
    pieces: Ints
    firsts: Ints
    distinct: Sequence[str]


def score_texts(
    texts: Sequence[str],
    windows: Sequence[Sequence[Window]],
    ruled: Sequence[frozenset[str]],
    traits: Sequence[TraitScorer],
    embedders: Embedders,
) -> list[WindowScores]:
    """Score n texts, each with at least one window, for every trait; `ruled[k]` holds the traits that a rule found in text `k`.

    A window's score is its semantic score plus the score of its cue words; the best window of each text (the first of equally good ones)
    counts, and a rule's finding adds RULE to the score of the words. The semantic score is the sum of the contrasts of word pieces and
    of the whole model. In a cascade the model reads only the windows that pass the gate of a trait, and all of texts in which a
    rule found it; the others keep the score of the word pieces, less SKIPPED.
    """
    layout = _lay_out(texts, windows)
    inputs = [split_identifiers(piece) for piece in layout.distinct]
    words = [words_of(piece) for piece in layout.distinct]
    cues = [to_units([one.cues.score(said) for said in words])[layout.pieces] for one in traits]
    rules = [to_units([RULE if one.trait.id in found else 0.0 for found in ruled]) for one in traits]
    semantic = [np.zeros(len(layout.owners), dtype=np.int64) for _ in traits]
    for stage, embedder in enumerate(embedders.models):
        read = [np.ones(len(layout.owners), dtype=bool) for _ in traits]
        if stage and embedders.depth == "cascade":
            read = [score + cue >= one.gate for one, score, cue in zip(traits, semantic, cues, strict=True)]
            read = [here | (rule > 0)[layout.owners] for here, rule in zip(read, rules, strict=True)]
        # Each distinct piece is embedded once, if any of its windows is read for any trait.
        for score, here in zip(semantic, read, strict=True):
            score[~here] -= SKIPPED
        wanted = np.unique(layout.pieces[np.logical_or.reduce(read)])
        if not len(wanted):
            continue
        vectors = embedder.embed([inputs[piece] for piece in wanted.tolist()])
        where = np.searchsorted(wanted, layout.pieces)
        for score, here, one in zip(semantic, read, traits, strict=True):
            score[here] += to_units(one.contrasts[stage].scores(vectors))[where[here]]
    return [_choose_best(layout, *scores) for scores in zip(semantic, cues, rules, strict=True)]


def _lay_out(texts: Sequence[str], windows: Sequence[Sequence[Window]]) -> _Layout:
    # Equal pieces get the same number, in the order of their first windows.
    pieces = [text[start:end] for text, ranges in zip(texts, windows, strict=True) for start, end in ranges]
    place: dict[str, int] = {}
    numbers = np.fromiter((place.setdefault(piece, len(place)) for piece in pieces), dtype=np.int64, count=len(pieces))
    counts = np.fromiter(map(len, windows), dtype=np.int64, count=len(windows))
    return _Layout(np.repeat(np.arange(len(texts)), counts), numbers, np.cumsum(counts) - counts, list(place))


def _choose_best(layout: _Layout, semantic: Units, cues: Units, rules: Units) -> WindowScores:
    """Return the scores of each text's best window; of equally good windows the first."""
    both = semantic + cues
    top = np.maximum.reduceat(both, layout.firsts)
    candidates = np.flatnonzero(both == top[layout.owners])
    # np.unique keeps the first index of each owner.
    _, order = np.unique(layout.owners[candidates], return_index=True)
    chosen = candidates[order]
    return WindowScores(semantic[chosen], cues[chosen] + rules, chosen - layout.firsts)
