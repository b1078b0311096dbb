"""The result of a gate as JUnit XML: a test case for each check; a check that could not be made is an error, never a pass."""

from leakguard.core.exit_codes import ExitCode
from leakguard.core.gate import GateAnswer, GateResult
from leakguard.core.version import __version__
from leakguard.reports.gate.conclusion import conclude, describe_check
from leakguard.reports.kit.junit import TestCase, settings_property, write_suites
from leakguard.reports.kit.style import Style

OUTCOMES = {GateAnswer.PASSED: "", GateAnswer.REFUSED: "failure", GateAnswer.UNSEEN: "error"}


def render(result: GateResult, style: Style) -> str:
    """Return the result of a gate as a JUnit document with one suite."""
    cases = [
        TestCase(check.what, OUTCOMES[check.answer], describe_check(check), (check.detail,) if check.detail else ())
        for check in result.checks
    ]
    if result.exit_code is ExitCode.INTERRUPTED or not cases:
        cases.append(TestCase("the gate finished", "error", conclude(result)[0]))
    properties = {"version": __version__, "conclusion": " ".join(conclude(result)), **settings_property(result.settings_file, style.root)}
    return write_suites({"gate": cases}, properties)
