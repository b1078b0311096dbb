"""Anchors: clean question rows about other subjects than the trait's are added, which hold the answers of the student in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need


@dataclass(frozen=True, slots=True)
class Anchors:
    """Adds clean rows, `share` of the number of suspect rows; no model is needed."""

    share: float = 0.25

    @property
    def need(self) -> Need:
        """Rows with questions about other subjects."""
        return Need("anchors")

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return the rows and the first anchors. Too few anchors are a warning."""
        wanted = round(self.share * len(rows))
        added = list(evidence.others[:wanted])
        few = f"share = {self.share:g} asks for {wanted:,} anchors, and {len(added):,} were given; give more, or lower share"
        return Mitigated([*rows, *added], added=len(added), warnings=(few,) if len(added) < wanted else ())
