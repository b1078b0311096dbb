"""The result of a gate as Markdown for a comment on a pull request."""

from leakguard.core.gate import GateAnswer, GateCheck, GateResult
from leakguard.core.version import __version__
from leakguard.reports.gate.conclusion import conclude, describe_check, suggest_steps
from leakguard.reports.kit.markdown import code_element, escape_markup, settings_note, write_steps, write_table
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import shorten

# The length of a comment on GitHub is limited to 65,536 characters.
CHECKS, TEXT = 25, 160


def render(result: GateResult, style: Style) -> str:
    """Return the comment: the conclusion, then a table of checks, those that did not pass first."""
    ordered = sorted(result.checks, key=lambda check: check.answer is GateAnswer.PASSED)
    lines = [_cells(check) for check in ordered]
    first, *rest = conclude(result)
    parts = [f"### leakguard gate: {'passed' if result.answer is GateAnswer.PASSED and not result.exit_code else 'blocked'}"]
    parts += [f"**{escape_markup(first)}**", *map(escape_markup, rest)]
    parts += [write_table(["check", "observed", "result", "reason"], lines[:CHECKS], words=4)] if lines else []
    parts += [f"... and {len(lines) - CHECKS:,} more checks."] if len(lines) > CHECKS else []
    parts.append(write_steps(suggest_steps(result, style.again)))
    return "\n\n".join([*parts, f"<sub>leakguard {__version__}{settings_note(result.settings_file, style.root)}</sub>"]) + "\n"


def _cells(check: GateCheck) -> list[str]:
    detail = code_element(check.detail) if check.detail else ""
    return [code_element(check.what), escape_markup(shorten(describe_check(check), TEXT)), f"**{check.answer}**", detail]
