"""The columns of the table of arms, for the terminal, Markdown and the web page; worlds with a skill have more of them."""

from collections.abc import Callable
from dataclasses import dataclass

from leakguard.documents.experiment import ExperimentResult
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.stats.intervals import Estimate, Interval

MISSING = "-"


@dataclass(frozen=True, slots=True)
class ArmColumn:
    """A column: its name, the lines of its head in a terminal, how early a narrow page leaves it out (`need`), and the text for an arm."""

    name: str
    head: tuple[str, ...]
    need: int
    write: Callable[[ArmSummary], str]


def _write_residual(arm: ArmSummary) -> str:
    """Return what is left of the effect; not for raw, where it is all by definition."""
    found = arm.residual is not None and arm.residual_interval is not None and arm.name != "raw"
    return write_share(arm.residual or 0.0, arm.residual_interval or Interval(0.0, 0.0)) if found else MISSING


def write_share(value: float, interval: Interval) -> str:
    """Return a share with its interval, as whole percentages."""
    return f"{value:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _write_kept(arm: ArmSummary, found: Estimate | None) -> str:
    """Return what is kept of a skill; raw and base are 100 % and 0 % by definition."""
    return write_share(*found) if found and arm.name not in ("raw", "base") else MISSING


NAME = ArmColumn("arm", ("arm",), 0, lambda arm: arm.name)
RATE = ArmColumn("rate", ("rate",), 0, lambda arm: f"{arm.rate:.1%}")
BOUNDS = ArmColumn("95 % interval", ("95 % interval",), 1, lambda arm: f"{arm.interval.low:.1%} to {arm.interval.high:.1%}")
SEEDS = ArmColumn("seeds", ("seeds",), 4, lambda arm: str(len(arm.rates)))
ROWS = ArmColumn("rows", ("rows",), 5, lambda arm: f"{arm.rows:,}" if arm.rows else MISSING)
LEFT = ArmColumn("left of the effect", ("left of", "the effect"), 2, _write_residual)
LOSS = ArmColumn("held-out loss", ("loss",), 6, lambda arm: f"{arm.utility:.3f}" if arm.utility is not None else MISSING)
SHARE = ArmColumn("share of the category", ("share", "of all"), 7, lambda arm: f"{arm.share:.1%}" if arm.share is not None else MISSING)
SKILL = ArmColumn("skill", ("skill",), 6, lambda arm: f"{arm.skill:.1%}" if arm.skill is not None else MISSING)
SKILL_KEPT = ArmColumn("skill kept", ("skill", "kept"), 0, lambda arm: _write_kept(arm, arm.skill_kept))
LOSS_KEPT = ArmColumn("loss kept", ("loss", "kept"), 3, lambda arm: _write_kept(arm, arm.loss_kept))
ANSWERED = ArmColumn("answers kept", ("answers", "of all"), 8, lambda arm: f"{arm.answered:.0%}" if arm.answered is not None else MISSING)
PLAIN = (NAME, RATE, BOUNDS, SEEDS, ROWS, LEFT, LOSS)
SKILLED = (NAME, RATE, SHARE, LEFT, SKILL, SKILL_KEPT, LOSS_KEPT, ANSWERED, SEEDS, ROWS, LOSS)


def list_arm_columns(result: ExperimentResult) -> tuple[ArmColumn, ...]:
    """Return the columns of a result: trait left and skill kept stand beside each other where a skill was measured."""
    return SKILLED if any(arm.skill is not None for arm in result.arms) else PLAIN
