"""The report for people: what fired, how that compares, what nobody could look at, and what may be concluded."""

from itertools import groupby

from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.core.version import __version__
from leakguard.reports.kit.finding_fields import located, loudest, named, quoted, row_count
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.conclusion import closing, exit_code, fates, files, flagged, unread
from leakguard.reports.scan.duplicates import duplicates_lines
from leakguard.reports.scan.next_step import next_steps
from leakguard.reports.scan.places import also, by_place
from leakguard.reports.scan.rates import looked_at, part, percent
from leakguard.reports.scan.rates_table import COLORS, print_rates
from leakguard.reports.scan.statistics import statistics_lines
from leakguard.reports.scan.unscanned import left_out

EXAMPLES, LISTED, DETAIL = 5, 20, 200


def table(result: ScanResult, style: Style, *, redact: str) -> str:
    """The whole report as text; a verbose one gives every line of the table its own. It ends with the next step."""
    page = Page(width=style.width, color=style.color)
    _opening(page, result, style.root)
    print_rates(page, result, verbose=style.verbose)
    _packs(page, result)
    _examples(page, result, redact)
    _unreadable(page, result)
    _undetermined(page, result)
    _fates(page, result)
    _books(page, result)
    _repeats(page, result, style.verbose, style.root)
    _baseline(page, result)
    page.line()
    *urgent, honest = closing(result)
    for line in urgent:
        page.line(line, COLORS[Severity.ERROR] if exit_code(result) else "")
    page.line(honest, "bold")
    page.steps(next_steps(result))
    return page.text


def _opening(page: Page, result: ScanResult, root: str) -> None:
    tally, settings = result.tally, result.settings
    read = named(result.files[0]) if len(result.files) == 1 else files(len(result.files))
    page.line(f"leakguard {__version__}: {read}, {row_count(tally.seen)}", "bold")
    page.line(flagged(tally), "bold")
    fields = settings.get("field")
    shape = f"fields {_listed(fields)}" if fields else f"shape {settings.get('schema', 'auto')}"
    columns = settings.get("map")
    if isinstance(columns, dict):
        shape += "".join(f", {_listed(column)} as {name}" for name, column in columns.items())
    page.line(f"Looked at: {shape}, words of {_listed(settings.get('roles', 'trained'))}; {_rules(result)}.")
    if result.settings_file:
        page.line(f"Settings: {located(result.settings_file, root)}")
    for line in left_out(tally):
        page.line(line, "dim")
    if tally.number_rows:
        page.line(f"Bare number lists: {row_count(tally.number_rows)}, judged by the numbers profile.")
    if result.control and result.control_file:
        page.line(f"Control: {result.control_file}, {row_count(result.control.seen)}.")


def _rules(result: ScanResult) -> str:
    rules = f"{len(result.rules):,} rule{'s' if len(result.rules) != 1 else ''}"
    packs = ", ".join(f"{pack.id} {pack.version}" for pack in result.packs)
    return f"{rules} ({packs})" if packs else rules


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _packs(page: Page, result: ScanResult) -> None:
    """Rows by pack: a row with findings of two packs counts for both."""
    by_pack = sorted(result.tally.by_pack.items(), key=lambda entry: (-entry[1], entry[0]))
    if by_pack:
        seen = looked_at(result.tally)
        page.line(f"Rows by pack: {', '.join(f'{pack} {hit:,} ({percent(part(hit, seen))})' for pack, hit in by_pack)}.", "dim")


def _examples(page: Page, result: ScanResult, redact: str) -> None:
    firsts: dict[str, list[Finding]] = {}
    for place in by_place(loudest(result.findings)):
        firsts.setdefault(place[0].mark.rule.id, place)
    if not firsts:
        return
    page.line()
    page.line("Examples" if redact == "none" else f"Examples ({redact}: --redact none shows what was written)", "bold")
    for place in list(firsts.values())[:EXAMPLES]:
        first, others = place[0], also(place)
        where = f"{named(first.file)}:{first.row}  {first.mark.rule.id}  {quoted(first, redact)}"
        page.hanging(f"{where}  {first.mark.message}{f' ({others})' if others else ''}", 2)


def _unreadable(page: Page, result: ScanResult) -> None:
    """Files of which nothing could be read, a line each; then rows, under their files."""
    whole = unread(result)
    if whole:
        page.line()
        page.line(f"Not read: {files(len(whole))}", "bold")
        for entry in whole[:LISTED]:
            page.hanging(f"{named(entry.origin.file)}: {entry.detail[:DETAIL] or entry.reason}", 2)
        _more(page, len(whole) - LISTED)
    total = result.tally.unreadable - len(whole)
    if not total:
        return
    page.line()
    page.line(f"Unreadable: {row_count(total)}", "bold")
    listed = [entry for entry in result.unreadable if entry.origin.row > 0][:LISTED]
    for file, entries in groupby(listed, key=lambda entry: entry.origin.file):
        page.line(f"  {named(file)}")
        for entry in entries:
            detail = f": {entry.detail[:DETAIL]}" if entry.detail else ""
            page.hanging(f"row {entry.origin.row}, byte {entry.origin.offset}: {entry.reason}{detail}", 4)
    _more(page, total - len(listed))


def _undetermined(page: Page, result: ScanResult) -> None:
    total = result.tally.unsure
    if not total:
        return
    page.line()
    page.line(f"Undetermined: {row_count(total)}", "bold")
    for file, entries in groupby(result.missed[:LISTED], key=lambda entry: entry.file):
        page.line(f"  {file}")
        for entry in entries:
            page.line(f"    row {entry.row}: {entry.detector}: {entry.reason[:DETAIL]}")
    listed = {(entry.file, entry.row) for entry in result.missed[:LISTED]}
    _more(page, total - len(listed))


def _fates(page: Page, result: ScanResult) -> None:
    """What a clean did with the rows."""
    cleaning = result.cleaning
    if not cleaning:
        return
    page.line()
    page.line(f"Cleaned into {cleaning.folder}{': ' + cleaning.before if cleaning.before else ''}", "bold")
    for fate, count in fates(result.tally).items():
        page.line(f"  {fate + '/':<14} {count:,}")
    if cleaning.outputs:
        page.line("  reasons.jsonl says why; manifest.json holds every hash (leakguard verify)")


def _books(page: Page, result: ScanResult) -> None:
    """Statistics of detectors, such as the semantic search and the judge."""
    for lines in statistics_lines(result.statistics):
        if lines:
            page.line()
        for line in lines:
            page.line(line)


def _repeats(page: Page, result: ScanResult, verbose: bool, root: str) -> None:
    """Rows that repeat others; that they were not counted is said with `verbose`."""
    if result.duplicates or verbose:
        page.line()
        for line in duplicates_lines(result, root):
            page.line(line)


def _baseline(page: Page, result: ScanResult) -> None:
    """What was accepted, and which entries hid nothing."""
    use = result.baseline
    if not use:
        return
    page.line()
    found = sum(result.tally.accepted.values())
    page.line(f"Baseline {use.file}: {found:,} finding{'' if found == 1 else 's'} accepted", "bold")
    for entry in use.unused[:LISTED]:
        page.line(f"  unused: {entry.rule} {entry.version} {entry.fingerprint}: {entry.reason[:DETAIL]}")
    _more(page, len(use.unused) - LISTED)
    if use.unused:
        page.line("  nothing was found that these stand for; leakguard baseline prune takes them out")


def _more(page: Page, count: int) -> None:
    if count > 0:
        page.line(f"    ... and {count:,} more")
