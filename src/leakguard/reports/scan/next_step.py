"""What to do next: the end of every report, with commands that can be copied."""

from shlex import quote

from leakguard.core.gate import GateAnswer, GateResult
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.finding_fields import named
from leakguard.reports.scan.conclusion import exit_code, failing
from leakguard.reports.scan.rates import looked_at

Step = tuple[str, str]
"""What a command is for, and the command; "" where no command does it."""


def next_steps(result: ScanResult) -> list[Step]:
    """The next steps after a scan or a clean, the most useful first; the commands look at the same data in the same way."""
    words = result.again or "PATH..."
    if result.interrupted:
        return [("Run the same command again; a clean goes on where it stopped." if result.cleaning else "Run the same command again.", "")]
    if result.cleaning:
        return _after_clean(result)
    if exit_code(result) == 3:
        aside = ("Sort the rows; those that could not be read or checked get a folder of their own:", f"leakguard clean {words} -o cleaned")
        return [*_too_long(result, words), ("Mend the rows and files listed above, or leave files out with --ignore-files.", ""), aside]
    if not looked_at(result.tally):
        return [("Check that this is the right path: it holds no rows. A gate blocks it.", "")]
    flagged = {severity: count for severity, count in result.tally.flagged.items() if count}
    if not flagged:
        return [("Before training, hold the data against a policy:", f"leakguard gate {words}")]
    steps = [("See every finding, with the text around it:", f"leakguard scan {words} -o report.html")]
    apart = [f"{flagged[severity]:,} at {severity.label}" for severity in (Severity.ERROR, Severity.WARNING) if severity in flagged]
    if apart:
        steps.append((f"Sort the rows into kept and set apart ({', '.join(apart)}):", f"leakguard clean {words} -o cleaned"))
    if not result.control:
        steps.append(("Compare with data that another writer made:", f"leakguard scan {words} --control FILE"))
    return steps


def _too_long(result: ScanResult, words: str) -> list[Step]:
    """How to read rows that are longer than the limit; [] if there are none."""
    if "--row-limit" in words or not any(entry.reason == "too-long" for entry in result.unreadable):
        return []
    return [("Read longer rows with a higher limit, where memory allows:", f"leakguard scan {words} --row-limit 256MiB")]


def after_gate(result: GateResult, again: str = "") -> list[Step]:
    """The next steps after a gate."""
    words = again or "PATH..."
    if result.exit_code == 130:
        return [("Run the same command again.", "")]
    if result.answer is GateAnswer.PASSED:
        return [("Keep the answer, and let the trainer ask for it (docs/integrations.md):", f"leakguard gate {words} -o gate.json")]
    see = ("See the rows that the checks are about:", f"leakguard scan {words} -o report.html")
    if result.answer is GateAnswer.UNSEEN:
        return [("Mend what could not be checked; each line above says why.", ""), see]
    return [see, ("Sort the rows into kept and set apart, then ask again about what was kept:", f"leakguard clean {words} -o cleaned")]


def sentences(steps: list[Step]) -> list[str]:
    """Each step as one text."""
    return [f"{what} {command}" if command else what for what, command in steps]


def _after_clean(result: ScanResult) -> list[Step]:
    """A clean is followed by a gate over what was kept; where rows in use still fail, by another policy."""
    folder = quote(named(result.cleaning.folder if result.cleaning else ""))
    steps = [("Before training, hold what was kept against a policy:", f"leakguard gate {folder}/kept")]
    if not result.tally.kept:
        steps = [("Nothing was kept; see why in reasons.jsonl, and choose another --policy.", "")]
    elif failing(result):
        steps = [("Rows that were kept still fail; choose a stricter --policy, or see which:", f"leakguard scan {folder}/kept"), *steps]
    return [*steps, ("Check later that nothing was changed:", f"leakguard verify {folder}")]
