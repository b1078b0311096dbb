"""The result of a gate in sentences: passed or blocked, rows and files that were not checked, and the caveat of a pass."""

from leakguard.core.exit_codes import ExitCode
from leakguard.core.gate import GateAnswer, GateCheck, GateResult
from leakguard.reports.kit.coverage import describe_excluded, describe_ignored_files, describe_unscanned
from leakguard.reports.kit.steps import Step, fill_command
from leakguard.reports.kit.wording import HIDDEN_TRAITS, format_findings, printable_name

CAVEAT = f"A passed gate means that the data meet this policy. This is not evidence of safety: {HIDDEN_TRAITS}."


def conclude(result: GateResult) -> list[str]:
    """Return the conclusion, a sentence each; a gate that passed ends with the caveat."""
    if result.exit_code is ExitCode.INTERRUPTED:
        return ["Interrupted: the remaining rows were not scanned. The gate is blocked (exit code 130)."]
    hidden = sum(result.scan.tally.accepted.values()) if result.scan else 0
    accepted = [f"Not counted: {format_findings(hidden)} that the baseline accepts."] if hidden else []
    accepted += [describe_ignored_files(entry) for entry in result.scan.ignored] if result.scan else []
    accepted += result.unverified
    left = [*describe_unscanned(result.scan.tally), *describe_excluded(result.scan.tally)] if result.scan else []
    count = {answer: sum(check.answer is answer for check in result.checks) for answer in GateAnswer}
    if result.answer is GateAnswer.PASSED:
        return [*accepted, f"Gate passed: all {count[GateAnswer.PASSED]} checks passed.", *left, CAVEAT]
    parts = [f"{count[answer]} {answer}" for answer in (GateAnswer.UNSEEN, GateAnswer.REFUSED) if count[answer]]
    return [*accepted, f"Gate blocked: of {len(result.checks)} checks, {', '.join(parts)} (exit code {result.exit_code}).", *left]


def suggest_steps(result: GateResult, again: str = "") -> list[Step]:
    """Return the next steps after a gate; `again` are its paths and options as shell words."""
    # Checks that could not be made come before failed ones, because another run may fail more checks.
    if result.exit_code is ExitCode.INTERRUPTED:
        return [("Run the same command again.", "")]
    if result.answer is GateAnswer.PASSED:
        return [
            (
                "Save the result, so that a trainer can require it (docs/integrations.md):",
                fill_command("leakguard gate PATH... -o gate.json", again),
            )
        ]
    left = {check.kind for check in result.checks if check.answer is not GateAnswer.PASSED}
    if left == {"certificate"}:
        certify = "leakguard experiment certify DATA --mitigated DIR --control FILE --trait NAME"
        return [("Everything passed but the certificate; see the reasons above, and certify the data (docs/mitigate.md):", certify)]
    if left == {"signature"}:
        sign = "leakguard attest sign RESULT --key key.pem -o NAME.dsse.json"
        return [("Everything passed but the signatures: verify what was made, then sign it (docs/attest.md):", sign)]
    see = ("View the findings as a web page:", fill_command("leakguard scan PATH... -o report.html", again))
    if result.answer is GateAnswer.UNSEEN:
        return [("Fix what could not be checked; the reasons are above.", ""), see]
    if "manifest" in left:
        return [("Only rows that a clean kept, unchanged since, can pass: restore them or clean again; the reasons are above.", ""), see]
    if "rate" not in left:
        return [see]
    if any(check.kind == "manifest" for check in result.checks):
        return [see, ("These rows are the output of a clean: clean its input again with a stricter policy.", "")]
    return [
        see,
        ("Split the rows by policy, then run the gate on the kept rows:", fill_command("leakguard clean PATH... -o cleaned", again)),
    ]


def describe_check(check: GateCheck) -> str:
    """Return the observed value and the limit of a check as text."""
    return printable_name(f"{check.observed}; allowed: {check.limit}")
