"""The checks of a manifest, a line each or as one JSON document."""

from collections.abc import Sequence

from leakguard.core.check import Check, CheckStatus
from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.json_text import write_json

SCHEMA_VERSION = 1


def list_checks(checks: Sequence[Check], note: str = "", *, quiet: bool = False) -> str:
    """Return a line for each check, then how many passed and failed, and a note; `quiet` leaves out checks that passed."""
    shown = [check for check in checks if not (quiet and check.verdict is CheckStatus.HOLDS)]
    lines = [escape_text(f"{check.verdict:<20}  {check.what}{': ' + check.detail if check.detail else ''}") for check in shown]
    counts = {status: sum(check.verdict is status for check in checks) for status in CheckStatus}
    parts = [f"{count} {status}" for status, count in counts.items() if count or status is CheckStatus.HOLDS]
    return "\n".join([*lines, f"{len(checks)} checks: {', '.join(parts)}", *([note] if note else [])]) + "\n"


def checks_to_json(checks: Sequence[Check], note: str = "") -> str:
    """Return the checks as a JSON document, with a note if there is one."""
    entries = [{"what": check.what, "verdict": check.verdict.name.lower(), "detail": check.detail} for check in checks]
    return write_json({"schema_version": SCHEMA_VERSION, "checks": entries, **({"note": note} if note else {})})


def decide_exit_code(checks: Sequence[Check]) -> ExitCode:
    """Return the exit code of these checks: a check that could not be made takes precedence over one that failed."""
    verdicts = {check.verdict for check in checks}
    return choose_exit_code(incomplete=CheckStatus.UNSEEN in verdicts, found=CheckStatus.DIFFERS in verdicts)
