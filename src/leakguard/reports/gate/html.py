"""The result of a gate as a web page: passed or blocked, each check, and the findings of the scan to review."""

from dataclasses import replace

from leakguard.core.exit_codes import ExitCode
from leakguard.core.gate import GateAnswer, GateResult
from leakguard.reports.gate.conclusion import CAVEAT, conclude, suggest_steps
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import Head, render_page
from leakguard.reports.kit.wording import format_files, relative_name
from leakguard.reports.scan.groups import group_by_rule
from leakguard.reports.scan.html import list_findings
from leakguard.reports.scan.next_steps import VIEW

STATES = {ExitCode.PASSED: "quiet", ExitCode.FOUND: "found"}
LEVELS = {GateAnswer.PASSED: "", GateAnswer.REFUSED: "error", GateAnswer.UNSEEN: "warning"}


def render(result: GateResult, style: Style) -> str:
    """Return the page; checks that did not pass come first. Quotes are hidden until their rule is opened."""
    passed = result.answer is GateAnswer.PASSED and not result.exit_code
    files = relative_name(result.data[0].name, style.root) if len(result.data) == 1 else format_files(len(result.data))
    groups = group_by_rule(result.scan, style.redact or "none", notes=style.notes) if result.scan else []
    head = Head(
        heading="The gate passed" if passed else "The gate is blocked",
        caveat=CAVEAT,
        state=STATES.get(result.exit_code, "incomplete"),
        urgent=[line for line in conclude(result) if line != CAVEAT],
        steps=[step for step in suggest_steps(result, style.again) if not groups or step[0] != VIEW],
        about=files,
        date=style.date,
    )
    checks = sorted(result.checks, key=lambda check: check.answer is GateAnswer.PASSED)
    values = {
        "checks": [(check, LEVELS[check.answer]) for check in checks],
        "settings_file": relative_name(result.settings_file, style.root) if result.settings_file else "",
        **(list_findings(replace(result.scan, again=style.again), groups) if result.scan else {"groups": groups}),
    }
    return render_page("gate.html", head, values, script="review.js", style="review.css")
