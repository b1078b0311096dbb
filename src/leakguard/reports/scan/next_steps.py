"""What to do next: the end of every report, with commands that can be copied."""

from shlex import quote

from leakguard.core.exit_codes import ExitCode
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.steps import PATHS, Step
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.scan.conclusion import count_failing_rows, decide_exit_code
from leakguard.reports.scan.rates import count_scanned_rows


def suggest_steps(result: ScanResult) -> list[Step]:
    """The next steps after a scan or a clean, the most useful first; the commands look at the same data in the same way."""
    words = result.again or PATHS
    if result.interrupted:
        return [("Run the same command again; a clean goes on where it stopped." if result.cleaning else "Run the same command again.", "")]
    if result.cleaning:
        return _after_clean(result)
    if decide_exit_code(result) is ExitCode.INCOMPLETE:
        aside = ("Sort the rows; those that could not be read or checked get a folder of their own:", f"leakguard clean {words} -o cleaned")
        return [*_too_long(result, words), ("Mend the rows and files listed above, or leave files out with --ignore-files.", ""), aside]
    if not count_scanned_rows(result.tally):
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


def _after_clean(result: ScanResult) -> list[Step]:
    """A clean is followed by a gate over what was kept; where rows in use still fail, by another policy."""
    folder = quote(printable_name(result.cleaning.folder if result.cleaning else ""))
    steps = [("Before training, hold what was kept against a policy:", f"leakguard gate {folder}/kept")]
    if not result.tally.kept:
        steps = [("Nothing was kept; see why in reasons.jsonl, and choose another --policy.", "")]
    elif count_failing_rows(result):
        steps = [("Rows that were kept still fail; choose a stricter --policy, or see which:", f"leakguard scan {folder}/kept"), *steps]
    return [*steps, ("Check later that nothing was changed:", f"leakguard verify {folder}")]
