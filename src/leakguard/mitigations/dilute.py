"""Dilution: the suspect rows are mixed with other rows, of a control or written by the base."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need


@dataclass(frozen=True, slots=True)
class Dilute:
    """Adds rows until they are `share` of all: rows of a control ("control"), or written by the base to the same prompts ("base")."""

    share: float = 0.5
    rows: str = "control"

    @property
    def need(self) -> Need:
        """The rows to add."""
        return Need(self.rows)

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return the rows and the added rows. Too few of them are a warning."""
        wanted = round(len(rows) * self.share / (1 - self.share)) if self.share < 1 else len(evidence.others)
        added = list(evidence.others[:wanted])
        few = f"share = {self.share:g} asks for {wanted:,} rows to mix in, and {len(added):,} were given; give more, or lower share"
        return Mitigated([*rows, *added], added=len(added), warnings=(few,) if len(added) < wanted else ())
