"""Checks as lines for people and as a document for machines."""

import json
from collections.abc import Sequence

from leakguard.core.check import Check, CheckStatus
from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.reports.kit.escape import escape_json, escape_text

SCHEMA_VERSION = 1


def list_checks(checks: Sequence[Check], *, quiet: bool = False) -> str:
    """A line for each check, then how many hold; `quiet` leaves out those that do."""
    shown = [check for check in checks if not (quiet and check.verdict is CheckStatus.HOLDS)]
    lines = [escape_text(f"{check.verdict:<20}  {check.what}{': ' + check.detail if check.detail else ''}") for check in shown]
    counts = {verdict: sum(check.verdict is verdict for check in checks) for verdict in CheckStatus}
    return (
        "\n".join([*lines, ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count or verdict is CheckStatus.HOLDS)])
        + "\n"
    )


def checks_to_json(checks: Sequence[Check]) -> str:
    """One JSON document."""
    entries = [{"what": check.what, "verdict": check.verdict.name.lower(), "detail": check.detail} for check in checks]
    return escape_json(json.dumps({"schema_version": SCHEMA_VERSION, "checks": entries}, ensure_ascii=False, indent=2)) + "\n"


def decide_exit_code(checks: Sequence[Check]) -> ExitCode:
    """Return the exit code of these checks: a check that could not be made takes precedence over one that failed."""
    verdicts = {check.verdict for check in checks}
    return choose_exit_code(incomplete=CheckStatus.UNSEEN in verdicts, found=CheckStatus.DIFFERS in verdicts)
