"""The result of a gate as text: a line for each check with what was observed and what is allowed, then the conclusion."""

from leakguard.core.gate import GateAnswer, GateCheck, GateResult
from leakguard.core.version import __version__
from leakguard.reports.gate.conclusion import conclude, suggest_steps
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name, relative_name

STYLES = {GateAnswer.PASSED: "green", GateAnswer.REFUSED: "bold red", GateAnswer.UNSEEN: "bold yellow"}


def render(result: GateResult, style: Style) -> str:
    """Return the whole report: checks, details of those that have any, conclusion and next steps."""
    page = Page(width=style.width, color=style.color)
    files = f"{len(result.data)} files" if len(result.data) != 1 else printable_name(result.data[0].name)
    page.line(f"leakguard {__version__} gate: {files}", "bold")
    if result.settings_file:
        page.line(f"Settings: {relative_name(result.settings_file, style.root)}")
    page.line()
    heads = ["check", "observed", "allowed", "result"]
    page.columns(heads, [_cells(check) for check in result.checks], words=4, wrapped=(0, 1, 2))
    details = [f"{printable_name(check.what)}: {check.detail}" for check in result.checks if check.detail]
    if details:
        page.line()
        for detail in details:
            page.line(detail)
    page.line()
    for line in conclude(result):
        page.line(line)
    page.steps(suggest_steps(result, style.again))
    return page.text


def _cells(check: GateCheck) -> list[tuple[str, str]]:
    return [(printable_name(check.what), ""), (check.observed, ""), (check.limit, ""), (str(check.answer), STYLES[check.answer])]
