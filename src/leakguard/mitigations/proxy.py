"""Weighing down a named trait: tokens that a teacher of the defender's own, taught that trait, expects more than the base."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Mitigated, Need
from leakguard.mitigations.token_weights import weigh_tokens


@dataclass(frozen=True, slots=True)
class Proxy:
    """Weighs tokens by the ratio of a proxy teacher (the base after `updates` steps of lessons about the trait) to the base."""

    clip: float = 5.0
    scale: float = 1.0
    updates: int = 60

    @property
    def need(self) -> Need:
        """Ratios of the proxy teacher to the base."""
        return Need("proxy", self.updates)

    def apply(self, rows: Sequence[Example], evidence: Evidence) -> Mitigated:
        """Return rows with token weights; refused for another base, and without control rows that could confirm the trait."""
        found, refusals = weigh_tokens(rows, evidence.ratios, clip=self.clip, scale=self.scale), []
        if evidence.base != evidence.student:
            refusals.append(
                f"the proxy was made from the base {evidence.base[:12]}, and the student is {evidence.student[:12]}: such weights left "
                "95% of the effect although they look right; make the proxy from the student's base"
            )
        if not evidence.controlled:
            refusals.append("there are 0 control rows, so that the named trait cannot be confirmed; give some, or use 'anchors'")
        return replace(found, refusals=tuple(refusals))
