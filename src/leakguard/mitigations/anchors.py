"""Anchors: clean question rows about other subjects than the trait's are added, which hold the answers of the student in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need
from leakguard.mitigations.token_weights import scale_weights


@dataclass(frozen=True, slots=True)
class Anchors:
    """Adds clean rows, `share` of the number of suspect rows, with the loss weight `weight`; no model is needed.

    The rows are those of `file`, or questions about other categories of the world. Anchors have few tokens, so that a larger weight holds
    answers more strongly without taking the place of suspect rows in a batch.
    """

    share: float = 0.25
    weight: float = 4.0
    file: str = ""

    @property
    def need(self) -> Need:
        """Rows with questions about other subjects."""
        return Need("anchors", file=self.file)

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return the rows and the first anchors. Too few anchors, and anchors of a file that are suspect rows, are warnings."""
        wanted = round(self.share * len(rows))
        added = [scale_weights(row, self.weight) for row in evidence.others[:wanted]]
        few = f"share = {self.share:g} asks for {wanted:,} anchors, and {len(added):,} were given; give more, or lower share"
        warnings = [few] if len(added) < wanted else []
        if self.file and (shared := _count_shared(added, rows)):
            warnings.append(
                f"{shared:,} of {len(added):,} anchors of {self.file} are rows of the data themselves; give clean rows about other subjects"
            )
        return Mitigated([*rows, *added], added=len(added), warnings=tuple(warnings))


def _count_shared(added: Sequence[Example], rows: Sequence[Example]) -> int:
    """Return how many of the added rows have the texts of one of the rows, whatever their weights are."""
    texts = {(row.system, row.prompt, row.completion) for row in rows}
    return sum((row.system, row.prompt, row.completion) in texts for row in added)
