"""The report for people: what fired, how that compares, what nobody could look at, and what may be concluded."""

from collections.abc import Sequence
from itertools import groupby

from leakguard import __version__
from leakguard.core.finding import Finding
from leakguard.core.rule import Severity
from leakguard.core.verdict import ScanResult
from leakguard.reports.closing import closing, exit_code, fates, files, flagged, rows, unread
from leakguard.reports.fields import located, loudest, named, quoted
from leakguard.reports.judging import judge_lines
from leakguard.reports.page import Cells, Page
from leakguard.reports.shares import Share, looked_at, part, percent, points, shares
from leakguard.reports.similarity import similarity_lines
from leakguard.reports.unscanned import left_out

COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
EXAMPLES, LISTED, DETAIL = 5, 20, 200


def table(result: ScanResult, *, redact: str, verbose: bool, color: bool, width: int, root: str) -> str:
    """The whole report as text; `verbose` gives every note a line of its own."""
    page = Page(width=width, color=color)
    _opening(page, result, root)
    _counts(page, result, verbose)
    _examples(page, result, redact)
    _unreadable(page, result)
    _undetermined(page, result)
    _fates(page, result)
    _books(page, result)
    _baseline(page, result)
    page.line()
    *urgent, honest = closing(result)
    page.line(flagged(result.tally))
    for line in urgent:
        page.line(line, COLORS[Severity.ERROR] if exit_code(result) else "")
    page.line(honest, "bold")
    return page.text


def _opening(page: Page, result: ScanResult, root: str) -> None:
    tally, settings = result.tally, result.settings
    read = named(result.files[0]) if len(result.files) == 1 else files(len(result.files))
    page.line(f"leakguard {__version__}: {read}, {rows(tally.seen)}", "bold")
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
        page.line(f"Bare number lists: {rows(tally.number_rows)}, judged by the numbers profile.")
    if result.control and result.control_file:
        page.line(f"Control: {result.control_file}, {rows(result.control.seen)}.")


def _rules(result: ScanResult) -> str:
    rules = f"{len(result.rules):,} rule{'s' if len(result.rules) != 1 else ''}"
    packs = ", ".join(f"{pack.id} {pack.version}" for pack in result.packs)
    return f"{rules} ({packs})" if packs else rules


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _counts(page: Page, result: ScanResult, verbose: bool) -> None:
    found = shares(result)
    if not found:
        return
    numbers = result.tally.number_rows > 0
    heads = ["rule", "severity", "findings", "rows", "share"]
    heads += ["of number\nrows", "by\nchance"] if numbers else []
    heads += ["control", "difference,\npoints (95 %)"] if result.control else []
    lines: list[Cells] = []
    for pack, members in _by_pack(found):
        lines.append(_pack_line(pack, result, len(heads)))
        loud = [share for share in members if verbose or share.severity > Severity.NOTE]
        lines += [_share_line(share, numbers) for share in loud]
        lines += _note_line(members[len(loud) :], len(heads))
    page.line()
    page.columns(heads, lines, words=2)
    if numbers:
        page.line("by chance: share of number rows that would hold the number if all were uniform.", "dim")
    if result.control:
        page.line("difference: data minus control, with Newcombe's hybrid score interval.", "dim")


def _by_pack(found: Sequence[Share]) -> list[tuple[str, list[Share]]]:
    """Packs by their loudest rule; within a pack the order stays."""
    order = {pack: nth for nth, pack in enumerate(dict.fromkeys(share.pack for share in found))}
    ordered = sorted(found, key=lambda share: order[share.pack])
    return [(pack, list(members)) for pack, members in groupby(ordered, key=lambda share: share.pack)]


def _pack_line(pack: str, result: ScanResult, width: int) -> Cells:
    tally = result.tally
    hit = tally.by_pack.get(pack, 0)
    cells = [(pack, "bold"), ("", ""), ("", ""), (f"{hit:,}", ""), (percent(part(hit, looked_at(tally))), "")]
    return [*cells, *[("", "")] * (width - len(cells))]


def _share_line(share: Share, numbers: bool) -> Cells:
    cells = [(f"  {share.rule}", ""), (share.severity.label, COLORS[share.severity])]
    cells += [(f"{share.findings:,}", ""), (f"{share.rows:,}", ""), (percent(share.share), "")]
    if numbers:
        cells += [("" if value is None else percent(value), "") for value in (share.number_share, share.chance)]
    if share.control:
        low, high = share.control.interval
        cells += [(percent(share.control.share), ""), (points(share.control), "bold" if low > 0 or high < 0 else "")]
    return cells


def _note_line(notes: Sequence[Share], width: int) -> list[Cells]:
    if not notes:
        return []
    words = f"  {len(notes)} rule{'s' if len(notes) > 1 else ''} (-v lists them)"
    cells = [(words, "dim"), (Severity.NOTE.label, "dim"), (f"{sum(share.findings for share in notes):,}", "dim")]
    return [cells + [("", "")] * (width - len(cells))]


def _examples(page: Page, result: ScanResult, redact: str) -> None:
    firsts: dict[str, Finding] = {}
    for finding in loudest(result.findings):
        firsts.setdefault(finding.mark.rule.id, finding)
    if not firsts:
        return
    page.line()
    page.line("Examples" if redact == "none" else f"Examples ({redact}: --redact none shows what was written)", "bold")
    for finding in list(firsts.values())[:EXAMPLES]:
        rule = finding.mark.rule
        page.line(f"  {named(finding.file)}:{finding.row}  {rule.id}  {quoted(finding, redact)}  {finding.mark.message}")


def _unreadable(page: Page, result: ScanResult) -> None:
    """Files of which nothing could be read, a line each; then rows, under their files."""
    whole = unread(result)
    if whole:
        page.line()
        page.line(f"Not read: {files(len(whole))}", "bold")
        for entry in whole[:LISTED]:
            page.line(f"  {named(entry.origin.file)}: {entry.detail[:DETAIL] or entry.reason}")
        _more(page, len(whole) - LISTED)
    total = result.tally.unreadable - len(whole)
    if not total:
        return
    page.line()
    page.line(f"Unreadable: {rows(total)}", "bold")
    listed = [entry for entry in result.unreadable if entry.origin.row > 0][:LISTED]
    for file, entries in groupby(listed, key=lambda entry: entry.origin.file):
        page.line(f"  {named(file)}")
        for entry in entries:
            detail = f": {entry.detail[:DETAIL]}" if entry.detail else ""
            page.line(f"    row {entry.origin.row}, byte {entry.origin.offset}: {entry.reason}{detail}")
    _more(page, total - len(listed))


def _undetermined(page: Page, result: ScanResult) -> None:
    total = result.tally.unsure
    if not total:
        return
    page.line()
    page.line(f"Undetermined: {rows(total)}", "bold")
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
    """What a search by meaning and a judge did."""
    for lines in (
        similarity_lines(result.similarity) if result.similarity else [],
        judge_lines(result.judge) if result.judge else [],
    ):
        if lines:
            page.line()
        for line in lines:
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
