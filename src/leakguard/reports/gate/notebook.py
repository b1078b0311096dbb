"""The report of a gate as a short piece of HTML for a notebook's cell."""

from leakguard.core.gate import GateAnswer, GateResult
from leakguard.reports.gate.conclusion import conclude
from leakguard.reports.kit.fragment import MOST_ROWS, Fragment, render_fragment
from leakguard.reports.kit.style import Style

COLUMNS = ("answer", "check", "observed", "allowed", "reason")


def render(result: GateResult, style: Style) -> str:
    """Return the answer, the checks (those that did not pass first) and the conclusion."""
    checks = sorted(result.checks, key=lambda check: check.answer is GateAnswer.PASSED)
    rows = [(check.answer, check.what, check.observed, check.limit, check.detail) for check in checks]
    heading = "Gate passed" if result.ok else "Gate blocked"
    more = f"{len(rows) - MOST_ROWS:,} more checks." if len(rows) > MOST_ROWS else ""
    return render_fragment(Fragment(heading, conclude(result), COLUMNS, rows, more))
