"""P-values of scored texts: their rank among the scores of control texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.detectors.semantic.contrast import Units
from leakguard.detectors.semantic.records import Records
from leakguard.stats.conformal import rank_controls, rank_scores
from leakguard.stats.multiple_testing import bonferroni


@dataclass(frozen=True, slots=True)
class Ranking:
    """The sorted scores of control texts for each trait.

    `corrected`: the control texts have one window each, so the p-value of a text is multiplied by the number of its windows.
    """

    controls: tuple[Units, ...]
    corrected: bool

    def rank(self, entries: Records, trait: int, *, is_control: bool = False) -> NDArray[np.float64]:
        """Return the p-value of each entry with windows for trait number `trait`. A control text is ranked among all the others."""
        scores = entries["traits"][:, trait]
        combined = scores["semantic"].astype(np.int64) + scores["terms"]
        if is_control:
            return rank_controls(self.controls[trait], combined)
        p = rank_scores(self.controls[trait], combined)
        return bonferroni(p, entries["windows"].astype(np.float64)) if self.corrected else p
