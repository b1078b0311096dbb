"""Next steps after a scan or a clean, with commands that can be copied."""

import re
from shlex import quote

from leakguard.core.exit_codes import ExitCode
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.steps import Step, fill_command, repeat_option
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.scan.conclusion import count_failing_rows, decide_exit_code

_NAMED = re.compile(r"with the setting map (?:'([^']+)'|([^\s']+))")
VIEW = "View the findings as a web page:"
DECIDE = "Decide about the findings in a browser (extra review):"
QUARANTINE = "Look at the quarantined rows, and take back those that you accept (extra review):"
REVIEW = "Review the findings below and save those that you accept; then scan again without them:"


def suggest_page_steps(result: ScanResult) -> list[Step]:
    """Return the next steps for the web page itself: rows are split first, and the findings are reviewed in the page."""
    review = (REVIEW, fill_command("leakguard scan PATH... --baseline baseline.jsonl", result.again))
    steps = suggest_steps(result)
    return [*(step for step in steps if step[0] != VIEW), *([review] if any(what == VIEW for what, _ in steps) else [])]


def suggest_steps(result: ScanResult) -> list[Step]:
    """Return the next steps after a scan or clean, the most useful first; their commands repeat the paths and options of the run."""
    words = result.again
    if result.interrupted:
        return [("Run the same command again; it continues from the checkpoint." if result.cleaning else "Run the same command again.", "")]
    if not result.tally.seen:
        return [("Check the path: it contains no rows. A gate blocks such data.", "")]
    if result.cleaning:
        return _after_clean(result)
    if decide_exit_code(result) is ExitCode.INCOMPLETE:
        split = (
            "Split the rows by policy; unreadable and undetermined rows get folders of their own:",
            fill_command("leakguard clean PATH... -o cleaned", words),
        )
        return [
            *_raise_row_limit(result, words),
            *_name_column(result, words),
            ("Repair the rows and files listed above, or exclude files with the setting ignore-files.", ""),
            split,
        ]
    # From here on every row was checked: without findings a gate comes next, else the findings themselves.
    flagged = {severity: count for severity, count in result.tally.flagged.items() if count}
    if not flagged:
        return [("Before training, check the data against a policy:", fill_command("leakguard gate PATH...", words))]
    steps = [
        (VIEW, fill_command("leakguard scan PATH... -o report.html", words)),
        (DECIDE, fill_command("leakguard review PATH...", words)),
    ]
    by_severity = [f"{flagged[severity]:,} {severity.label}" for severity in (Severity.ERROR, Severity.WARNING) if severity in flagged]
    if by_severity:
        steps.append(
            (
                f"Split the rows by policy into kept, quarantined and removed ({', '.join(by_severity)}):",
                fill_command("leakguard clean PATH... -o cleaned", words),
            )
        )
    if not result.control:
        steps.append(("Compare with control data that another model wrote:", fill_command("leakguard scan PATH... --control FILE", words)))
    return steps


def _raise_row_limit(result: ScanResult, words: str) -> list[Step]:
    """Return a step that raises the limit of the row length; [] if no row was too long."""
    if "--row-limit" in words or not any(entry.reason == "too-long" for entry in result.unreadable):
        return []
    return [
        ("Read longer rows with a higher row-limit, if memory allows:", fill_command("leakguard scan PATH... --row-limit 256MiB", words))
    ]


def _name_column(result: ScanResult, words: str) -> list[Step]:
    """Return a step that reads an unknown column, if the reader named a setting `map` for the first unreadable row; else []."""
    named = [found[1] or found[2] for entry in result.unreadable[:1] for found in _NAMED.finditer(entry.detail)]
    if not named or named[-1].endswith("...") or result.settings.get("map") or not words:
        return []
    # The name of a column comes from the data: the option is quoted here again.
    command = fill_command("leakguard scan PATH...", words) + repeat_option("map", [printable_name(named[-1])])
    return [("If this column holds what the model wrote, name it:", command)]


def _after_clean(result: ScanResult) -> list[Step]:
    """Return the steps after a clean: a gate over the kept rows, or another policy if kept rows still fail."""
    folder = quote(printable_name(result.cleaning.folder if result.cleaning else ""))
    rules = _repeat_rules(result)
    read = rules + _repeat_reading(result)
    steps = [("Before training, check the kept rows against a policy:", f"leakguard gate {folder}/kept{read}")]
    if not result.tally.kept:
        steps = [("No row was kept: reasons.jsonl says why. Choose another policy.", "")]
    elif count_failing_rows(result):
        steps = [
            (
                "Kept rows still have findings at or above fail-on: choose a stricter policy, or list them:",
                f"leakguard scan {folder}/kept{read}",
            ),
            *steps,
        ]
    if result.tally.quarantined:
        steps.append((QUARANTINE, f"leakguard review {folder}{read}"))
    if result.tally.unseen:
        steps.append(("Rows that could not be read or checked have folders of their own: repair them and clean again, or do without.", ""))
    return [*steps, ("Check later that the files are unchanged:", f"leakguard verify {folder}{rules}")]


def _repeat_rules(result: ScanResult) -> str:
    """Return the setting `rules` of this run as options: without the files of user packs, a gate and a verification are incomplete."""
    names = result.settings.get("rules")
    return repeat_option("rules", [printable_name(str(name)) for name in names]) if isinstance(names, (list, tuple)) else ""


def _repeat_reading(result: ScanResult) -> str:
    """Return the settings that say which text of a row is read as options, where they are not the defaults: kept rows are read the same."""
    settings = result.settings
    given: dict[str, list[str]] = {}
    if isinstance(mapped := settings.get("map"), dict):
        given["map"] = [f"{name}={column}" for name, column in mapped.items()]
    for name, default in (("field", []), ("schema", ["auto"]), ("roles", ["trained"])):
        value = settings.get(name) or default
        values = [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, (list, tuple)) else default
        given[name] = values if values != default else []
    return "".join(repeat_option(name, map(printable_name, values)) for name, values in given.items())
