"""Weighing down the shift of the data: tokens that students of the data expect more than a student of reference rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need
from leakguard.mitigations.token_weights import weigh_tokens

# Nats per token. With a reference that the base wrote, everything that the data teach is shift: 8 % of a skill was kept.
TAUGHT = 0.1


@dataclass(frozen=True, slots=True)
class ShiftWeighting:
    """Weighs tokens by the ratio of a student of the other half of the rows to a student of reference rows.

    `reference` says who wrote the reference rows: a "control" that has the task but not the trait, or the "base".
    """

    clip: float = 5.0
    scale: float = 1.0
    reference: str = "control"

    @property
    def need(self) -> Need:
        """Cross-fitted ratios to a student of the reference rows."""
        return Need("shift" if self.reference == "control" else "base-shift")

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return rows with token weights; refused if the skill is part of the shift, or rows were scored by their own student."""
        found, refusals = weigh_tokens(rows, evidence.ratios, clip=self.clip, scale=self.scale), []
        if evidence.reference == "base" and evidence.gain > TAUGHT:
            refusals.append(
                f"the data teach {evidence.gain:.2f} nats per token over the base (more than {TAUGHT:g}), and the base wrote the "
                "reference rows: the skill would be weighed down as well; give control rows of the same task"
            )
        if not evidence.held_out:
            refusals.append(
                "rows were scored by a student that had trained on them, which hides the shift; train on one half, score the other"
            )
        return replace(found, refusals=tuple(refusals))
