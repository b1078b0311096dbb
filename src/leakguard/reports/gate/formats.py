"""What a gate answered, for test viewers, build logs and pull requests: a check that could not look is an error, never a pass."""

from leakguard.core.gate import GateAnswer, GateCheck, GateResult
from leakguard.core.version import __version__
from leakguard.reports.gate.table import closing
from leakguard.reports.kit.finding_fields import named, shortened
from leakguard.reports.scan.github import command
from leakguard.reports.scan.github import settings as settings_line
from leakguard.reports.scan.junit import Case, xml
from leakguard.reports.scan.junit import settings as settings_property
from leakguard.reports.scan.markdown import code, plain, settings, steps, table
from leakguard.reports.scan.next_step import after_gate

OUTCOMES = {GateAnswer.PASSED: "", GateAnswer.REFUSED: "failure", GateAnswer.UNSEEN: "error"}
# GitHub shows ten annotations of a kind for a step, a comment there holds 65,536 characters.
ANNOTATIONS, CHECKS, TEXT = 9, 25, 160


def junit(result: GateResult, *, root: str = "") -> str:
    """One suite, with a case for each check."""
    cases = [Case(check.what, OUTCOMES[check.answer], _words(check), (check.detail,) if check.detail else ()) for check in result.checks]
    if result.exit_code == 130 or not cases:
        cases.append(Case("the gate came to an answer", "error", closing(result)[0]))
    said = {"version": __version__, "conclusion": " ".join(closing(result)), **settings_property(result.settings_file, root)}
    return xml({"gate": cases}, said)


def github(result: GateResult, *, root: str = "") -> str:
    """An annotation for the whole and for each check that did not pass; the last line says how many more there are."""
    shut = _shut(result)
    lines = [command("error" if result.exit_code else "notice", " ".join(closing(result)), title="leakguard gate")]
    lines += [command("error", f"{check.answer}: {check.words}", title=check.what) for check in shut[:ANNOTATIONS]]
    more = len(shut) - ANNOTATIONS
    lines += settings_line(result.settings_file, root)
    return "\n".join([*lines, f"Not shown as annotations: {f'{more:,} checks' if more > 0 else 'nothing'}."]) + "\n"


def markdown(result: GateResult, *, root: str = "", again: str = "") -> str:
    """What comes of it, then each check with what was observed and what is allowed; those that did not pass come first."""
    ordered = sorted(result.checks, key=lambda check: check.answer is GateAnswer.PASSED)
    lines = [_line(check) for check in ordered]
    first, *rest = closing(result)
    parts = [f"### leakguard gate: {'open' if result.answer is GateAnswer.PASSED and not result.exit_code else 'shut'}"]
    parts += [f"**{plain(first)}**", *map(plain, rest)]
    parts += [table(["check", "observed", "answer", "why"], lines[:CHECKS], words=4)] if lines else []
    parts += [f"... and {len(lines) - CHECKS:,} more checks."] if len(lines) > CHECKS else []
    parts.append(steps(after_gate(result, again)))
    return "\n\n".join([*parts, f"<sub>leakguard {__version__}{settings(result.settings_file, root)}</sub>"]) + "\n"


def _shut(result: GateResult) -> list[GateCheck]:
    """Checks that did not pass, those that could not look first."""
    shut = [check for check in result.checks if check.answer is not GateAnswer.PASSED]
    return sorted(shut, key=lambda check: check.answer is not GateAnswer.UNSEEN)


def _line(check: GateCheck) -> list[str]:
    why = code(check.detail) if check.detail else ""
    return [code(check.what), plain(shortened(_words(check), TEXT)), f"**{check.answer}**", why]


def _words(check: GateCheck) -> str:
    return named(f"{check.observed}; allowed: {check.limit}")
