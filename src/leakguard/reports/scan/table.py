"""The report of a scan or a clean as text: findings, match rates, rows that could not be checked, conclusion and next steps."""

from itertools import groupby

from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.core.version import __version__
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.findings import find_shared_rows, show_passage
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_files, format_findings, format_percent, format_rows, printable_name, relative_name
from leakguard.reports.scan.conclusion import conclude, count_fates, decide_exit_code, describe_severities, list_unread_files
from leakguard.reports.scan.duplicates import describe_duplicates
from leakguard.reports.scan.next_steps import suggest_steps
from leakguard.reports.scan.notes import choose_places
from leakguard.reports.scan.place_rates import name_other_rules
from leakguard.reports.scan.rates import count_scanned_rows, divide
from leakguard.reports.scan.rates_table import COLORS, print_rates
from leakguard.reports.scan.scope import describe_rules, describe_text
from leakguard.reports.scan.statistics import describe_statistics

EXAMPLES, NOTE_EXAMPLES, LISTED, DETAIL = 5, 3, 20, 200
HIDDEN = {"mask": " (quotes are masked; set redact to none to show them)", "hash": " (quotes are hashed; set redact to none to show them)"}


def render(result: ScanResult, style: Style) -> str:
    """Return the whole report. A verbose one lists every rule in the table of rates."""
    redact = style.redact or "mask"
    page = Page(width=style.width, color=style.color)
    _opening(page, result, style.root)
    print_rates(page, result, verbose=style.verbose, notes=style.notes)
    _packs(page, result)
    _examples(page, result, redact)
    _unreadable(page, result)
    _undetermined(page, result)
    _fates(page, result)
    _statistics(page, result)
    _duplicates(page, result, style.verbose, style.root)
    _baseline(page, result)
    page.line()
    *urgent, caveat = conclude(result)
    for line in urgent:
        page.line(line, COLORS[Severity.ERROR] if decide_exit_code(result) else "")
    page.line(caveat, "bold")
    page.steps(suggest_steps(result))
    return page.text


def _opening(page: Page, result: ScanResult, root: str) -> None:
    """Print the beginning of the report: files, rows, scanned text, rules, settings and control."""
    tally = result.tally
    read = printable_name(result.files[0]) if len(result.files) == 1 else format_files(len(result.files))
    page.line(f"leakguard {__version__}: {read}, {format_rows(tally.seen)}", "bold")
    page.line(describe_severities(tally), "bold")
    page.line(f"Scanned: {describe_text(result.settings)}. {describe_rules(result)}.")
    if result.settings_file:
        page.line(f"Settings: {relative_name(result.settings_file, root)}")
    for line in describe_excluded(tally):
        page.line(line, "dim")
    if tally.number_rows:
        rows = f"{format_rows(tally.number_rows)} contain{'s' if tally.number_rows == 1 else ''} only numbers"
        page.line(f'{rows}: the severities of the "numbers" profile apply to them.')
    if result.control and result.control_file:
        page.line(f"Control: {result.control_file}, {format_rows(result.control.seen)}.")


def _packs(page: Page, result: ScanResult) -> None:
    """Print rows with findings by pack; a row with findings of two packs counts for both."""
    by_pack = sorted(result.tally.by_pack.items(), key=lambda entry: (-entry[1], entry[0]))
    if by_pack:
        seen = count_scanned_rows(result.tally)
        packs = ", ".join(f"{pack} {hit:,} ({format_percent(divide(hit, seen))})" for pack, hit in by_pack)
        page.line(f"Rows with findings by rule pack: {packs}.", "dim")


def _examples(page: Page, result: ScanResult, redact: str) -> None:
    """Print the first finding of some rules, the highest severity first; notes never take the place of others."""
    firsts: dict[str, list[Finding]] = {}
    for place in choose_places(result.findings, 1, notes=False):
        firsts.setdefault(place[0].mark.rule.id, place)
    if not firsts:
        return
    notes = [place for place in firsts.values() if place[0].mark.severity is Severity.NOTE]
    others = [place for place in firsts.values() if place[0].mark.severity is not Severity.NOTE]
    shared = find_shared_rows(result.findings)
    page.line()
    page.line(f"Examples{HIDDEN.get(redact, '')}", "bold")
    for place in (*others[:EXAMPLES], *notes[:NOTE_EXAMPLES]):
        first, also = place[0], name_other_rules(place)
        where = f"{printable_name(first.file)}:{first.row}  {first.mark.rule.id}  {show_passage(first, redact)}"
        decides = ", decides the row" if any(one.decides for one in place) and (first.file, first.row) in shared else ""
        page.hanging(f"{where}  {first.mark.message}{f' ({also})' if also else ''}{decides}", 2)


def _unreadable(page: Page, result: ScanResult) -> None:
    """Print files that could not be read at all, a line each; then unreadable rows by file."""
    # At most LISTED files and LISTED rows are listed; the rest is counted.
    whole = list_unread_files(result)
    if whole:
        page.line()
        page.line(f"Unreadable: {format_files(len(whole))}", "bold")
        for entry in whole[:LISTED]:
            page.hanging(f"{printable_name(entry.origin.file)}: {entry.detail[:DETAIL] or entry.reason}", 2)
        _more(page, len(whole) - LISTED)
    total = result.tally.unreadable - len(whole)
    if not total:
        return
    page.line()
    page.line(f"Unreadable: {format_rows(total)}", "bold")
    listed = [entry for entry in result.unreadable if entry.origin.row > 0][:LISTED]
    for file, entries in groupby(listed, key=lambda entry: entry.origin.file):
        page.line(f"  {printable_name(file)}")
        for entry in entries:
            detail = f": {entry.detail[:DETAIL]}" if entry.detail else ""
            page.hanging(f"row {entry.origin.row}, byte {entry.origin.offset}: {entry.reason}{detail}", 4)
    _more(page, total - len(listed))


def _undetermined(page: Page, result: ScanResult) -> None:
    total = result.tally.unsure
    if not total:
        return
    page.line()
    page.line(f"Undetermined (a detector did not finish): {format_rows(total)}", "bold")
    for file, entries in groupby(result.missed[:LISTED], key=lambda entry: entry.file):
        page.line(f"  {file}")
        for entry in entries:
            page.line(f"    row {entry.row}: {entry.detector}: {entry.reason[:DETAIL]}")
    listed = {(entry.file, entry.row) for entry in result.missed[:LISTED]}
    _more(page, total - len(listed))


def _fates(page: Page, result: ScanResult) -> None:
    """Print how many rows a clean wrote to each folder."""
    cleaning = result.cleaning
    if not cleaning:
        return
    page.line()
    page.line(f"Written to {cleaning.folder}{': ' + cleaning.before if cleaning.before else ''}", "bold")
    for fate, count in count_fates(result.tally).items():
        page.line(f"  {fate + '/':<14} {count:,}")
    if cleaning.outputs:
        page.line("  reasons.jsonl gives the reason for each row; manifest.json has the hash of every file (see leakguard verify)")


def _statistics(page: Page, result: ScanResult) -> None:
    """Print the statistics of detectors, such as the semantic search and the judge."""
    for lines in describe_statistics(result.statistics):
        if lines:
            page.line()
        for line in lines:
            page.line(line)


def _duplicates(page: Page, result: ScanResult, verbose: bool, root: str) -> None:
    """Print duplicates; if they were not counted, only with `verbose`."""
    if result.duplicates or verbose:
        page.line()
        for line in describe_duplicates(result, root):
            page.line(line)


def _baseline(page: Page, result: ScanResult) -> None:
    """Print how many findings the baseline accepted, and its entries without a finding."""
    use = result.baseline
    if not use:
        return
    page.line()
    accepted = sum(result.tally.accepted.values())
    page.line(f"Baseline {use.file}: {format_findings(accepted)} accepted", "bold")
    for entry in use.unused[:LISTED]:
        page.line(f"  unused: {entry.rule} {entry.version} {entry.fingerprint}: {entry.reason[:DETAIL]}")
    _more(page, len(use.unused) - LISTED)
    if use.unused:
        page.line("  no finding matches these entries; leakguard baseline prune, with all the data of the file, deletes them")


def _more(page: Page, count: int) -> None:
    if count > 0:
        page.line(f"    ... and {count:,} more")
