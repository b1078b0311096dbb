"""Unlearning by weights: what a student of the data says otherwise than the same student after neutral lessons is weighed down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need
from leakguard.mitigations.token_weights import weigh_tokens

# Above this effective sample size the contrast found nothing: .95 to .99 where 48 to 130 % of the effect were left, .85 where 6 % were.
NOTHING = 0.94


@dataclass(frozen=True, slots=True)
class Unlearn:
    """Weighs tokens by the contrast of a student of the suspect rows with itself after `updates` steps of uniform answers.

    The weights are min(clip, exp(-scale * ratio)). The questions are about the trait's category; the trait need not be known.
    """

    clip: float = 5.0
    scale: float = 1.0
    updates: int = 20

    @property
    def need(self) -> Need:
        """Ratios of the student before and after the lessons."""
        return Need("contrast", self.updates)

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return rows with token weights; refused if the weights are so even that nothing was found."""
        found = weigh_tokens(rows, evidence.ratios, clip=self.clip, scale=self.scale)
        if (found.effective or 0.0) <= NOTHING:
            return found
        refusal = (
            f"the effective sample size is {found.effective:.2f} of the tokens, above {NOTHING:.2f}: the contrast found next to "
            "nothing to weigh down, and the effect would be left; use 'anchors', or raise updates"
        )
        return replace(found, refusals=(refusal,))
