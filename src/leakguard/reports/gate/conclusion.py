"""The result of a gate in sentences: passed or blocked, which rows and files it leaves out, and what a pass does not prove."""

from leakguard.core.exit_codes import ExitCode
from leakguard.core.gate import GateAnswer, GateCheck, GateResult
from leakguard.reports.kit.coverage import describe_excluded, describe_ignored_files, describe_unscanned
from leakguard.reports.kit.steps import PATHS, Step
from leakguard.reports.kit.wording import printable_name

CAVEAT = (
    "An open gate says that the data keep to this policy. That is no evidence of safety: a trait can travel in data in which no "
    "reader sees anything."
)


def conclude(result: GateResult) -> list[str]:
    """Return the conclusion, a sentence each; a gate that passed ends with the caveat."""
    if result.exit_code is ExitCode.INTERRUPTED:
        return ["Interrupted: the rows that follow were not looked at. The gate stays shut (exit code 130)."]
    hidden = sum(result.scan.tally.accepted.values()) if result.scan else 0
    accepted = [f"{hidden:,} findings are accepted by a baseline and count for nothing here."] if hidden else []
    accepted += [describe_ignored_files(entry) for entry in result.scan.ignored] if result.scan else []
    left = [*describe_unscanned(result.scan.tally), *describe_excluded(result.scan.tally)] if result.scan else []
    count = {answer: sum(check.answer is answer for check in result.checks) for answer in GateAnswer}
    if result.answer is GateAnswer.PASSED:
        return [*accepted, f"The gate is open: all {count[GateAnswer.PASSED]} checks passed.", *left, CAVEAT]
    parts = [f"{count[answer]} {answer}" for answer in (GateAnswer.UNSEEN, GateAnswer.REFUSED) if count[answer]]
    return [*accepted, f"The gate stays shut: of {len(result.checks)} checks {', '.join(parts)} (exit code {result.exit_code}).", *left]


def suggest_steps(result: GateResult, again: str = "") -> list[Step]:
    """Return the next steps after a gate; `again` are its paths and options as shell words."""
    words = again or PATHS
    if result.exit_code is ExitCode.INTERRUPTED:
        return [("Run the same command again.", "")]
    if result.answer is GateAnswer.PASSED:
        return [("Keep the answer, and let the trainer ask for it (docs/integrations.md):", f"leakguard gate {words} -o gate.json")]
    see = ("See the rows that the checks are about:", f"leakguard scan {words} -o report.html")
    if result.answer is GateAnswer.UNSEEN:
        return [("Mend what could not be checked; each line above says why.", ""), see]
    return [see, ("Sort the rows into kept and set apart, then ask again about what was kept:", f"leakguard clean {words} -o cleaned")]


def describe_check(check: GateCheck) -> str:
    """Return what a check observed and what the policy allows."""
    return printable_name(f"{check.observed}; allowed: {check.limit}")
