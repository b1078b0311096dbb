"""Scores of texts: every distinct window is embedded once, and the best window speaks for its text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leakguard.detectors.semantic.contrast import RULE, Scores, round_scores, split_identifiers, words_of
from leakguard.detectors.semantic.trait_scorer import TraitScorer
from leakguard.detectors.semantic.windows import Window


@dataclass(frozen=True, slots=True)
class WindowScores:
    """Scores of some texts for one subject: columns with an entry a text. `best` is the index of each text's best window."""

    semantic: Scores
    terms: Scores
    best: Sequence[int]

    @property
    def combined(self) -> Scores:
        """What p-values are made of."""
        return round_scores(self.semantic + self.terms)


def score_texts(
    texts: Sequence[str],
    windows: Sequence[Sequence[Window]],
    ruled: Sequence[frozenset[str]],
    subjects: Sequence[TraitScorer],
    embed: Callable[[Sequence[str]], Any],
) -> list[WindowScores]:
    """Score texts that have at least one window each; `ruled[k]` are the traits that a rule found in text `k`.

    `embed` turns texts into unit vectors, a row each.
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
    for subject in subjects:
        semantic = round_scores(subject.contrast.scores(vectors))[where]
        cues = round_scores([subject.cues.score(one) for one in words])[where]
        both = semantic + cues
        top = np.maximum.reduceat(both, firsts)
        # The first of equally good windows: np.unique keeps the first index of each owner.
        candidates = np.flatnonzero(both == top[owners])
        _, order = np.unique(owners[candidates], return_index=True)
        chosen = candidates[order]
        rules = np.array([RULE if subject.trait.id in traits else 0.0 for traits in ruled])
        found.append(WindowScores(semantic[chosen], round_scores(cues[chosen] + rules), (chosen - firsts).tolist()))
    return found
