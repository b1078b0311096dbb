"""Warnings about mitigated arms that only training can give: an overshoot, a lost answer format, a loss worse than a random drop's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leakguard.documents.experiment_arm import ArmSummary, MitigationSummary

# The trait may be below the base's rate by this share of it: measured overshoots were 2 % against 5 %.
BELOW = 0.5
# Answers to questions must be in the trait's category at least this share as often as the base's.
FORMAT = 0.8
# The held-out loss may be worse than a random drop's by this share of what the raw student gained over the base.
LOSS = 0.05


def check_arms(arms: Sequence[ArmSummary], mitigations: Mapping[str, MitigationSummary]) -> tuple[ArmSummary, ...]:
    """Return the arms, the mitigated ones with what was done to their rows and with the warnings that the other arms give."""
    by_name = {arm.name: arm for arm in arms}
    return tuple(_check_arm(arm, mitigations[arm.name], by_name) if arm.name in mitigations else arm for arm in arms)


def _check_arm(arm: ArmSummary, said: MitigationSummary, arms: Mapping[str, ArmSummary]) -> ArmSummary:
    """Return a mitigated arm with its warnings."""
    found = [*_warn_of_overshoot(arm, arms.get("base")), *_warn_of_format(arm, arms.get("base")), *_warn_of_loss(arm, arms)]
    return replace(arm, mitigation=replace(said, warnings=(*said.warnings, *found)))


def _warn_of_overshoot(arm: ArmSummary, base: ArmSummary | None) -> list[str]:
    """Return a warning if the trait is far below the base's own."""
    if base is None or arm.share is None or base.share is None or arm.share >= BELOW * base.share:
        return []
    return [f"the trait is at {arm.share:.1%} of its category, below half of the base's {base.share:.1%}: lower scale"]


def _warn_of_format(arm: ArmSummary, base: ArmSummary | None) -> list[str]:
    """Return a warning if answers to questions have left the trait's category."""
    if base is None or not arm.answered or not base.answered or arm.answered >= FORMAT * base.answered:
        return []
    return [
        f"{arm.answered:.0%} of the answers are in the trait's category, and {base.answered:.0%} of the base's: the format "
        "of answers is lost, and the plain rate misleads; compare shares"
    ]


def _warn_of_loss(arm: ArmSummary, arms: Mapping[str, ArmSummary]) -> list[str]:
    """Return a warning if the held-out loss is worse than a random drop's by more than LOSS of the gain of raw over base."""
    losses = [arms[name].utility if name in arms else None for name in ("base", "raw", "random-drop")]
    base, raw, drop = losses
    if arm.utility is None or base is None or raw is None or drop is None or base <= raw:
        return []
    worse = (arm.utility - drop) / (base - raw)
    if worse <= LOSS:
        return []
    return [f"the held-out loss is worse than the random drop's by {worse:.0%} of what raw gained over base; use 'anchors'"]
