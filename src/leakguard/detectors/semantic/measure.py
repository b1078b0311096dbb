"""Score texts for traits: every distinct window is embedded once, and a text has the score of its best window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leakguard.detectors.semantic.contrast import RULE, Scores, round_scores, split_identifiers, words_of
from leakguard.detectors.semantic.trait_scorer import TraitScorer
from leakguard.detectors.semantic.windows import Window


@dataclass(frozen=True, slots=True)
class WindowScores:
    """Scores of n texts for one trait, as columns of length n; `best` holds the index of each text's best window."""

    semantic: Scores
    terms: Scores
    best: Sequence[int]

    @property
    def combined(self) -> Scores:
        """The sum of semantic score and word score, shape (n,), from which p-values are computed."""
        return round_scores(self.semantic + self.terms)


def score_texts(
    texts: Sequence[str],
    windows: Sequence[Sequence[Window]],
    ruled: Sequence[frozenset[str]],
    traits: Sequence[TraitScorer],
    embed: Callable[[Sequence[str]], Any],
) -> list[WindowScores]:
    """Score n texts, each with at least one window, for every trait; `ruled[k]` holds the traits that a rule found in text `k`.

    `embed` turns m texts into unit vectors of shape (m, dimensions). Windows of all texts are laid out one after the other; distinct
    ones are embedded once. A window's score is its semantic score plus the score of its cue words; the best window of each text (the
    first of equally good ones) counts, and a rule's finding adds RULE to the score of the words.
    """
    pieces = [text[start:end] for text, ranges in zip(texts, windows, strict=True) for start, end in ranges]
    distinct = list(dict.fromkeys(pieces))
    place = {piece: at for at, piece in enumerate(distinct)}
    where = np.fromiter((place[piece] for piece in pieces), dtype=np.int64, count=len(pieces))
    vectors = embed([split_identifiers(piece) for piece in distinct])
    words = [words_of(piece) for piece in distinct]
    counts = np.fromiter((len(ranges) for ranges in windows), dtype=np.int64, count=len(windows))
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    owners = np.repeat(np.arange(len(texts)), counts)
    found = []
    for scorer in traits:
        semantic = round_scores(scorer.contrast.scores(vectors))[where]
        cues = round_scores([scorer.cues.score(one) for one in words])[where]
        both = semantic + cues
        top = np.maximum.reduceat(both, firsts)
        # The first of equally good windows: np.unique keeps the first index of each owner.
        candidates = np.flatnonzero(both == top[owners])
        _, order = np.unique(owners[candidates], return_index=True)
        chosen = candidates[order]
        rules = np.array([RULE if scorer.trait.id in found_by_rules else 0.0 for found_by_rules in ruled])
        found.append(WindowScores(semantic[chosen], round_scores(cues[chosen] + rules), (chosen - firsts).tolist()))
    return found
