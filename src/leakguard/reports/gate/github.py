"""The result of a gate as annotations of GitHub Actions: one for the whole and one for each check that did not pass."""

from leakguard.core.gate import GateAnswer, GateCheck, GateResult
from leakguard.reports.gate.conclusion import conclude
from leakguard.reports.kit.github import settings_line, workflow_command
from leakguard.reports.kit.style import Style

# GitHub shows ten annotations of a kind for a step; the first is the conclusion.
ANNOTATIONS = 9


def render(result: GateResult, style: Style) -> str:
    """Return the workflow commands, a line each; the last line has the number of checks without an annotation."""
    failed = _list_failed(result)
    lines = [workflow_command("error" if result.exit_code else "notice", " ".join(conclude(result)), title="leakguard gate")]
    lines += [workflow_command("error", f"{check.answer}: {check.words}", title=check.what) for check in failed[:ANNOTATIONS]]
    more = len(failed) - ANNOTATIONS
    lines += settings_line(result.settings_file, style.root)
    return "\n".join([*lines, f"Not shown as annotations: {f'{more:,} checks' if more > 0 else 'nothing'}."]) + "\n"


def _list_failed(result: GateResult) -> list[GateCheck]:
    """Return the checks that did not pass, those that could not be made first."""
    failed = [check for check in result.checks if check.answer is not GateAnswer.PASSED]
    return sorted(failed, key=lambda check: check.answer is not GateAnswer.UNSEEN)
