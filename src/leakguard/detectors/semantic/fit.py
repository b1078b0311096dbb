"""The semantic pass over all data: score the control, then every text, and calibrate the scores of the data with those of the control."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leakguard.core.errors import SettingsError
from leakguard.core.scored import ScoredBlocks
from leakguard.core.similarity import Similarity, TraitMatches
from leakguard.detectors.semantic import SemanticDetector
from leakguard.detectors.semantic.batch_scorer import BatchScorer
from leakguard.detectors.semantic.contrast import Units
from leakguard.detectors.semantic.ranking import Ranking
from leakguard.detectors.semantic.records import RecordFile
from leakguard.stats.conformal import count_needed_controls
from leakguard.stats.multiple_testing import benjamini_hochberg


@dataclass(frozen=True, slots=True)
class Control:
    """The control texts of the calibration: other data, or (`score` is None) each trait's ordinary texts. `words` describes them."""

    words: str
    score: Callable[[], Iterator[ScoredBlocks]] | None = None


@dataclass(frozen=True, slots=True)
class SemanticLearner:
    """Calibrates the scores of all texts, and returns a detector. `rate` is the expected share of control texts that are flagged.

    `scorer` scores batches; `folder` gets the records of data and control.
    """

    scorer: BatchScorer
    control: Control
    folder: Path
    rate: float
    name: str = SemanticDetector.name

    def fit(self, scored: Iterable[ScoredBlocks]) -> SemanticDetector:
        """Read the records of control and data, and return a detector that looks up the scores.

        Raises SettingsError for a control that is too small for the rate.
        """
        traits = self.scorer.traits
        data, control = (RecordFile(self.folder / f"scores-{name}", len(traits)) for name in ("data", "control"))
        if self.control.score:
            control.write(self.control.score())
            controls = self._collect_control(control)
        else:
            controls = tuple(one.ordinary for one in traits)
        self._check_size(controls)
        data.write(scored)
        ranking = Ranking(controls, corrected=self.control.score is None)
        texts, wordless, counts = self._count(data, ranking)
        limits = tuple(benjamini_hochberg(found.items(), self.rate) for found in counts)
        statistics = Similarity(
            model=self.scorer.embedders.models[0].name,
            digest=self.scorer.embedders.models[0].digest,
            depth=self.scorer.embedders.depth,
            precision=self.scorer.embedders.precision,
            rate=self.rate,
            control=self.control.words,
            control_texts=min(map(len, controls)),
            texts=texts,
            wordless=wordless,
            traits=tuple(
                TraitMatches(one.trait.id, _count_within(found, self.rate), _count_within(found, min(limit, self.rate)))
                for one, found, limit in zip(traits, counts, limits, strict=True)
            ),
        )
        return SemanticDetector((data, control), ranking, tuple(one.marks for one in traits), limits, statistics)

    def _collect_control(self, control: RecordFile) -> tuple[Units, ...]:
        """Return the sorted scores of the distinct control texts for each trait."""
        # An array of shape (texts, traits): each column is sorted by itself.
        parts = [records["entry"]["traits"][records["entry"]["windows"] > 0] for records in control.distinct()]
        scores = np.concatenate([part["semantic"].astype(np.int64) + part["terms"] for part in parts])
        return tuple(np.sort(scores[:, nth]) for nth in range(scores.shape[1]))

    def _check_size(self, controls: tuple[Units, ...]) -> None:
        there, needed = min(map(len, controls)), count_needed_controls(self.rate)
        if there < needed:
            raise SettingsError(
                f"`control`: {self.control.words} has {there:,} distinct texts with words, and a false-positive rate of {self.rate:g} "
                f"takes at least {needed:,}: give more control data, or a higher `fpr`"
            )

    def _count(self, data: RecordFile, ranking: Ranking) -> tuple[int, int, list[Counter[float]]]:
        """Return the numbers of distinct texts with and without words, and for each trait how many texts have each p-value."""
        texts = wordless = 0
        counts: list[Counter[float]] = [Counter() for _ in self.scorer.traits]
        for records in data.distinct():
            entries = records["entry"]
            wordless += int((entries["windows"] == 0).sum())
            texts += int((entries["windows"] != 0).sum())
            for nth, found in enumerate(counts):
                p, numbers = np.unique(ranking.rank(entries[entries["windows"] > 0], nth), return_counts=True)
                found.update(dict(zip(p.tolist(), numbers.tolist(), strict=True)))
        return texts, wordless, counts


def _count_within(counts: Counter[float], limit: float) -> int:
    return sum(count for p, count in counts.items() if p <= limit)
