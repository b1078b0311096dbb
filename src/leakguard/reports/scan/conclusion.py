"""The conclusion of a scan or a clean: exit code, reasons for it, and the caveat."""

from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.record import Unreadable
from leakguard.core.results import ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.coverage import UNKNOWN, describe_ignored_files, describe_unscanned
from leakguard.reports.kit.wording import HIDDEN_TRAITS, format_files, format_findings, format_rows
from leakguard.reports.scan.duplicates import describe_unread_overlaps
from leakguard.reports.scan.place_rates import rate_places, select_significant
from leakguard.reports.scan.rates import count_scanned_rows

NOTHING_FOUND = f"No known pattern found. This is not evidence of safety: {HIDDEN_TRAITS}."
NOTHING_SCANNED = "No row was scanned, so there is no result."
CLEANED = (
    "Kept rows contain no finding that the policy removes, quarantines or redacts. This is not evidence of safety: "
    f"{HIDDEN_TRAITS}, and removing rows does not change that."
)
FOUND = (
    "A match rate alone is not evidence of a trait: ordinary text and random numbers match these rules too. "
    "Compare with control data that another model wrote (setting control)."
)
COMPARED = "A match rate alone is not evidence of a trait, and a significant difference shows only that the two data sets differ."
NAMED = 5


def decide_exit_code(result: ScanResult) -> ExitCode:
    """Return the exit code of a scan or a clean: incomplete results take precedence over findings at or above `fail_on`."""
    tallies = (result.tally, result.control) if result.control else (result.tally,)
    unsure = any(map(_is_unchecked, tallies)) or bool(describe_unread_overlaps(result.duplicates))
    return choose_exit_code(interrupted=result.interrupted, incomplete=unsure, found=bool(count_failing_rows(result)))


def count_failing_rows(result: ScanResult) -> int:
    """Return the number of rows whose highest severity is at or above `fail_on`; after a clean, of rows that are kept in use."""
    rows = result.tally.left if result.cleaning else result.tally.flagged
    return sum(count for severity, count in rows.items() if result.fail_on is not None and severity >= result.fail_on)


def count_findings(tally: Tally) -> int:
    """Return the number of findings of all rules."""
    return sum(count.findings for count in tally.by_rule.values())


def conclude(result: ScanResult) -> list[str]:
    """Return the conclusion, a sentence each: why the exit code is not 0, what was not scanned, and last the caveat."""
    return [*describe_incomplete(result), *_describe_limits(result), *_describe_failing(result), write_caveat(result)]


def describe_incomplete(result: ScanResult) -> list[str]:
    """Return why a run is incomplete: interrupted, or rows and files that could not be checked."""
    lines = []
    if result.interrupted:
        kept = f" A checkpoint is kept in {result.cleaning.folder}: run the same command again to continue." if result.cleaning else ""
        lines.append(f"Interrupted: the remaining rows were not scanned (exit code 130).{kept}")
    if _is_unchecked(result.tally) and (result.tally.seen or not result.interrupted):
        unknown = f"; {UNKNOWN}" if result.tally.seen else ""
        lines.append(f"Incomplete: {_describe_unchecked(result.tally, len(list_unread_files(result)))}{unknown} (exit code 3).")
    if result.control and _is_unchecked(result.control):
        lines.append(f"Incomplete control: {_describe_unchecked(result.control)} (exit code 3).")
    return [*lines, *(f"{words} (exit code 3)." for words in describe_unread_overlaps(result.duplicates))]


def _describe_limits(result: ScanResult) -> list[str]:
    """Return sentences about rows, findings and files that were left out by the row shape, a baseline, `ignore-files` or a limit."""
    lines = describe_unscanned(result.tally)
    accepted = sum(result.tally.accepted.values())
    if result.baseline and accepted:
        lines.append(f"Not counted: {format_findings(accepted)} that the baseline {result.baseline.file} accepts.")
    lines += map(describe_ignored_files, result.ignored)
    limit = result.settings.get("limit")
    if isinstance(limit, int) and result.tally.seen >= limit:
        lines.append(
            f"Only the first {format_rows(result.tally.seen)} {'was' if result.tally.seen == 1 else 'were'} scanned (limit {limit})."
        )
    return lines


def _describe_failing(result: ScanResult) -> list[str]:
    """Return how many rows are at or above `fail_on`, and the exit code for them."""
    rows, code = count_failing_rows(result), decide_exit_code(result)
    if not rows or result.fail_on is None:
        return []
    kept = "kept " if result.cleaning else ""
    exit_words = {1: "exit code 1", 3: "would be exit code 1; incomplete takes precedence"}
    why = exit_words.get(code, "would be exit code 1; interrupted takes precedence")
    return [f"{rows:,} {kept}row{'' if rows == 1 else 's'} with a finding at or above fail-on {result.fail_on.label} ({why})."]


def write_heading(result: ScanResult) -> str:
    """Return the outcome of a run in a few words that claim no more than its caveat."""
    flagged = sum(result.tally.flagged.values())
    if result.interrupted:
        return "Interrupted"
    if not count_scanned_rows(result.tally):
        return "No row was scanned"
    if decide_exit_code(result) is ExitCode.INCOMPLETE:
        return "Incomplete: some rows or files could not be checked"
    if result.cleaning:
        return f"{format_rows(result.tally.seen)} cleaned"
    return f"{format_rows(flagged)} with findings" if flagged else "No known pattern found"


def write_caveat(result: ScanResult) -> str:
    """Return the caveat: what may be concluded from a result, and what it does not prove."""
    if result.cleaning and count_scanned_rows(result.tally) > result.tally.unsure:
        return CLEANED
    if count_findings(result.tally):
        return f"{describe_comparison(result)} {COMPARED}" if result.control else FOUND
    return NOTHING_FOUND if count_scanned_rows(result.tally) > result.tally.unsure else NOTHING_SCANNED


def describe_comparison(result: ScanResult) -> str:
    """Return how many match rates of errors and warnings differ significantly from the control, and of which rules."""
    tested = [rate for rate in rate_places(result) if rate.significant is not None]
    names = [rate.rule for rate in select_significant(tested)]
    if not tested:
        return "No rule of severity error or warning matched, so no difference from the control was tested."
    rates = (
        f"{len(tested):,} match rates of severity error or warning were"
        if len(tested) > 1
        else "One match rate of severity error or warning was"
    )
    correction = f", Holm correction for {len(tested):,} tests" if len(tested) > 1 else ""
    test = f"(Fisher's exact test, 5 %{correction})"
    if not names:
        return f"{rates} compared with the control; {'none differs' if len(tested) > 1 else 'it does not differ'} significantly {test}."
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
    return f"{rates} compared with the control; {len(names):,} {'differs' if len(names) == 1 else 'differ'} significantly {test}: {listed}."


def describe_severities(tally: Tally) -> str:
    """Return the number of rows by their highest severity, in words."""
    parts = [f"{tally.flagged[severity]:,} {severity.label}" for severity in reversed(Severity) if tally.flagged.get(severity)]
    nothing = "No row has a finding." if count_scanned_rows(tally) else "No row was scanned."
    return f"Rows by highest severity: {', '.join(parts)}." if parts else nothing


def count_fates(tally: Tally) -> dict[str, int]:
    """Return the number of rows in each folder that a clean writes; folders without rows are left out, but for "kept"."""
    rows = {"redacted": tally.redacted, "quarantine": tally.quarantined, "removed": tally.removed}
    rows |= {"undetermined": tally.undetermined, "unreadable": tally.unreadable}
    return {"kept": tally.kept, **{fate: count for fate, count in rows.items() if count}}


def name_full_list(result: ScanResult) -> str:
    """Return the name of the output that lists every finding of a run."""
    return f"reasons.jsonl in {result.cleaning.folder}" if result.cleaning else "the jsonl format"


def list_unread_files(result: ScanResult) -> list[Unreadable]:
    """Return the files that could not be read at all; each counts as one unreadable row, with number 0."""
    return [entry for entry in result.unreadable if entry.origin.row == 0]


def _is_unchecked(tally: Tally) -> bool:
    """Return whether rows could not be read or checked, or there was no row with a text of the selected roles or fields."""
    return tally.blind or tally.unseen > 0


def _describe_unchecked(tally: Tally, files: int = 0) -> str:
    """Return the numbers of unchecked rows and of unread files as text; `files` of the unreadable rows represent whole files."""
    if not tally.seen:
        return "there are no rows"
    if tally.blind:
        return f"{format_rows(tally.seen)} without any text of the selected roles or fields"
    rows = tally.unreadable - files
    parts = [(format_files(files), files, "unreadable"), (format_rows(rows), rows, "unreadable")]
    parts.append((format_rows(tally.unsure), tally.unsure, "undetermined"))
    return ", ".join(f"{words} {word}" for words, count, word in parts if count)
