"""Checks of a gate on repeated rows: duplicates within the data, and rows of held-out files that are in the data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leakguard.core.counting import Mode
from leakguard.core.gate import GateAnswer, GateCheck, GatePolicy

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates, Overlap


def format_percent(share: float) -> str:
    """Return a share in percent with three significant digits; a share above 0 is never shown as 0."""
    return "0 %" if share == 0 else f"{100 * share:.3g} %"


def check_duplicates(policy: GatePolicy, found: "Duplicates | None") -> Iterator[GateCheck]:
    """Yield a check for each limit of the policy and for everything that was counted. What was not counted is UNSEEN, never a pass."""
    if found or policy.max_duplicates < 1:
        yield _duplicates(policy.max_duplicates, found)
    if found and found.against:
        yield from (_overlap(policy.max_overlap, one) for one in found.against)
    elif policy.max_overlap < 1:
        why = "name held-out files with the setting against"
        yield GateCheck("overlap", "rows of other files", "not compared", format_percent(policy.max_overlap), GateAnswer.UNSEEN, why)


def _duplicates(limit: float, found: "Duplicates | None") -> GateCheck:
    """Check the share of duplicates; all rows are counted, so the share itself is compared with the limit."""
    if not found or not found.rows:
        return GateCheck("duplicates", "duplicate rows", "not counted", format_percent(limit), GateAnswer.UNSEEN, "no row to compare")
    kinds = "equal and nearly equal" if found.counting.mode is Mode.NEAR else "equal"
    rows = found.exact.rows + found.near.rows
    observed = f"{rows:,} of {found.rows:,} rows ({format_percent(found.share)})"
    answer = GateAnswer.PASSED if found.share <= limit else GateAnswer.REFUSED
    return GateCheck("duplicates", f"duplicate rows ({kinds})", observed, format_percent(limit), answer)


def _overlap(limit: float, one: "Overlap") -> GateCheck:
    what, observed = f"rows of {one.name} in the data", f"{one.exact + one.near:,} of {one.rows:,} rows ({format_percent(one.share)})"
    if one.share > limit:
        return GateCheck("overlap", what, observed, format_percent(limit), GateAnswer.REFUSED)
    if one.unseen or not one.rows:
        why = f"{one.unseen:,} of its rows could not be read" if one.unseen else "it has no row to compare"
        return GateCheck("overlap", what, observed, format_percent(limit), GateAnswer.UNSEEN, why)
    return GateCheck("overlap", what, observed, format_percent(limit), GateAnswer.PASSED)
