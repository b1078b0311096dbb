"""How a report ends: the exit code, why it is that code, and the sentence that keeps a reader from trusting it too far."""

from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.record import Unreadable
from leakguard.core.results import ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.coverage import describe_ignored_files, describe_unscanned
from leakguard.reports.kit.wording import format_files, format_rows
from leakguard.reports.scan.duplicates import describe_unread_overlaps
from leakguard.reports.scan.place_rates import rate_places, select_significant
from leakguard.reports.scan.rates import count_scanned_rows

NOTHING_FOUND = "No known pattern found. This is not evidence of safety: a trait can travel in data in which no reader sees anything."
NOTHING_SEEN = "Nothing was looked at, so nothing can be said."
CLEANED = (
    "What was kept holds nothing that the policy acts on. This is not evidence of safety: a trait can travel in data in which no "
    "reader sees anything, and removing rows does not remove it."
)
FOUND = (
    "A hit rate by itself is no evidence of a trait: ordinary data and random numbers hit these rules too. "
    "Compare with data that another writer made (--control)."
)
COMPARED = "A hit rate by itself is no evidence of a trait; a difference says only that the two data sets differ."
NAMED = 5


def decide_exit_code(result: ScanResult) -> ExitCode:
    """Return the exit code of a scan or a clean: incomplete results take precedence over findings at or above `fail_on`."""
    tallies = (result.tally, result.control) if result.control else (result.tally,)
    unsure = any(map(_incomplete, tallies)) or bool(describe_unread_overlaps(result.duplicates))
    return choose_exit_code(interrupted=result.interrupted, incomplete=unsure, found=bool(count_failing_rows(result)))


def count_failing_rows(result: ScanResult) -> int:
    """Rows whose loudest finding is at or above `fail_on`; after a clean, among those that are left in use."""
    loudest = result.tally.left if result.cleaning else result.tally.flagged
    return sum(rows for severity, rows in loudest.items() if result.fail_on is not None and severity >= result.fail_on)


def count_findings(tally: Tally) -> int:
    """Findings of every rule together."""
    return sum(count.findings for count in tally.by_rule.values())


def conclude(result: ScanResult) -> list[str]:
    """The last lines of a report, most urgent first, ending with the honest sentence."""
    lines = []
    if result.interrupted:
        kept = f"; a checkpoint is kept in {result.cleaning.folder}, and the same command takes it up" if result.cleaning else ""
        lines.append(f"Interrupted: the rows that follow were not looked at{kept} (exit code 130).")
    if _incomplete(result.tally):
        lines.append(f"Incomplete: {_incomplete(result.tally, len(list_unread_files(result)))}; what they hold is unknown (exit code 3).")
    if result.control and _incomplete(result.control):
        lines.append(f"Incomplete control: {_incomplete(result.control)} (exit code 3).")
    lines += [f"{words} (exit code 3)." for words in describe_unread_overlaps(result.duplicates)]
    lines += describe_unscanned(result.tally)
    accepted = sum(result.tally.accepted.values())
    if result.baseline and accepted:
        lines.append(f"Left out: {accepted:,} finding{'' if accepted == 1 else 's'} that {result.baseline.file} accepts.")
    lines += map(describe_ignored_files, result.ignored)
    limit = result.settings.get("limit")
    if isinstance(limit, int) and result.tally.seen >= limit:
        lines.append(f"Only the first {format_rows(result.tally.seen)} (--limit); what follows was not looked at.")
    if count_failing_rows(result) and result.fail_on is not None:
        outranked = "" if decide_exit_code(result) is ExitCode.FOUND else ", outranked"
        where = " in rows that were kept" if result.cleaning else ""
        lines.append(
            f"{format_rows(count_failing_rows(result))}{where} at or above --fail-on {result.fail_on.label} (exit code 1{outranked})."
        )
    return [*lines, write_caveat(result)]


def write_heading(result: ScanResult) -> str:
    """What came of a run, in a few words that claim no more than the sentence below them."""
    flagged = sum(result.tally.flagged.values())
    if result.interrupted:
        return "Interrupted"
    if not count_scanned_rows(result.tally):
        return "Nothing was looked at"
    if decide_exit_code(result) is ExitCode.INCOMPLETE:
        return "Incomplete: not everything could be looked at"
    if result.cleaning:
        return f"{format_rows(result.tally.seen)} cleaned"
    return f"{format_rows(flagged)} with findings" if flagged else "No known pattern found"


def write_caveat(result: ScanResult) -> str:
    """What may be concluded, said honestly."""
    if result.cleaning and count_scanned_rows(result.tally) > result.tally.unsure:
        return CLEANED
    if count_findings(result.tally):
        return f"{describe_comparison(result)} {COMPARED}" if result.control else FOUND
    return NOTHING_FOUND if count_scanned_rows(result.tally) > result.tally.unsure else NOTHING_SEEN


def describe_comparison(result: ScanResult) -> str:
    """How many differences to the control at error and warning are more than chance would give, and which."""
    tested = [share for share in rate_places(result) if share.survives is not None]
    holding = [share.rule for share in select_significant(tested)]
    if not tested:
        return "No rule at error or warning could be compared with the control."
    looks = f"{len(tested):,} differences from the control at error and warning" if len(tested) > 1 else "one difference from the control"
    why = f"after a correction for {len(tested):,} looks (Holm, 5 %)" if len(tested) > 1 else "(5 %)"
    if not holding:
        return f"Of {looks}, none is more than chance would give {why}."
    names = ", ".join(holding[:NAMED]) + (f" and {len(holding) - NAMED:,} more" if len(holding) > NAMED else "")
    return f"Of {looks}, {len(holding):,} {'is' if len(holding) == 1 else 'are'} more than chance would give {why}: {names}."


def describe_severities(tally: Tally) -> str:
    """Rows by their loudest finding, in words."""
    parts = [f"{tally.flagged[severity]:,} at {severity.label}" for severity in reversed(Severity) if tally.flagged.get(severity)]
    return f"Rows by their loudest finding: {', '.join(parts)}." if parts else "No row has a finding."


def count_fates(tally: Tally) -> dict[str, int]:
    """Rows under the names of the folders that a clean writes: those kept, and whatever else became of rows."""
    rows = {"redacted": tally.redacted, "quarantine": tally.quarantined, "removed": tally.removed}
    rows |= {"undetermined": tally.undetermined, "unreadable": tally.unreadable}
    return {"kept": tally.kept, **{fate: count for fate, count in rows.items() if count}}


def name_full_list(result: ScanResult) -> str:
    """Where every finding of a run is, also those that a report leaves out."""
    return f"reasons.jsonl in {result.cleaning.folder}" if result.cleaning else "--format jsonl"


def list_unread_files(result: ScanResult) -> list[Unreadable]:
    """The files of which nothing could be read; each counts as one unreadable row."""
    return [entry for entry in result.unreadable if entry.origin.row == 0]


def _incomplete(tally: Tally, unread: int = 0) -> str:
    """What was not looked at, in words; "" if nothing. `unread` of the unreadable rows stand for files."""
    if tally.blind:
        return f"{format_rows(tally.seen)} without a word of these roles or fields"
    parts = [(format_files(unread), unread, "unreadable")]
    parts += [
        (format_rows(count), count, word) for count, word in ((tally.unreadable - unread, "unreadable"), (tally.unsure, "undetermined"))
    ]
    return ", ".join(f"{words} {word}" for words, count, word in parts if count)
