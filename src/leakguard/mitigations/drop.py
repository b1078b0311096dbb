"""Dropping: the rows that speak most for the trait are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.example import Example, add_up
from leakguard.core.mitigation import Evidence, Mitigated, Need


@dataclass(frozen=True, slots=True)
class Drop:
    """Drops `share` of the rows, those with the highest log-likelihood ratio of the evidence `by`: "contrast", "shift" or "proxy"."""

    share: float = 0.5
    by: str = "contrast"
    updates: int = 20

    @property
    def need(self) -> Need:
        """The ratios that rank the rows."""
        return Need(self.by, self.updates)

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return the rows with the lower scores, in their order; of equal scores the first rows are kept."""
        scores = [add_up(ratios) for ratios in evidence.ratios]
        ranked = sorted(range(len(rows)), key=lambda row: (scores[row], row))
        kept = sorted(ranked[: len(rows) - round(self.share * len(rows))])
        return Mitigated([rows[at] for at in kept], dropped=len(rows) - len(kept))
