"""Relabelling: completions are replaced by those that the base writes to the same prompts. What was taught is lost with the trait."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need

# In the world with a skill, none of it was kept when every row was relabelled.
LOST = "every completion is replaced by the base's (share = 1): what the data teach is lost with the trait; use it as a reference only"


@dataclass(frozen=True, slots=True)
class Relabel:
    """Replaces the completions of `share` of the rows, evenly over the data, by the base's completions of the same prompts."""

    share: float = 1.0

    @property
    def need(self) -> Need:
        """A completion of the base for each row."""
        return Need("base")

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return the rows with replaced completions. Raises UsageError unless there is one for each row."""
        if len(evidence.others) != len(rows):
            raise UsageError(f"the base wrote {len(evidence.others):,} completions for {len(rows):,} rows; let it answer the same prompts")
        # Row n is replaced where the running share passes a whole number, so that any share is spread over the data.
        replaced = [int((row + 1) * self.share) > int(row * self.share) for row in range(len(rows))]
        found = [new if change else old for old, new, change in zip(rows, evidence.others, replaced, strict=True)]
        return Mitigated(found, changed=sum(replaced), warnings=(LOST,) if self.share == 1 else ())
