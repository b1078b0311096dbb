"""Print the table of match rates: places, rows and shares by rule, with the rates by chance and in the control."""

from collections.abc import Iterable, Sequence

from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.page import Cells, Page, TableColumn
from leakguard.reports.kit.wording import format_percent
from leakguard.reports.scan.place_rates import PlaceRate, rate_places, select_significant
from leakguard.reports.scan.rates import format_points_short

COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
LISTED = {Severity.ERROR: 20, Severity.WARNING: 10, Severity.NOTE: 3}
RULE, PLACES, ROWS, SHARE, NUMBER_SHARE, CHANCE, CONTROL, DIFFERENCE, MEANING = range(9)
COLUMNS = (
    TableColumn("rule", ("rule",), numeric=False),
    TableColumn("places", ("places",), need=6),
    TableColumn("rows", ("rows",)),
    TableColumn("% of rows", ("% of", "rows"), need=2),
    TableColumn("% of number rows", ("% of", "number", "rows"), need=8),
    TableColumn("% expected by chance", ("%", "expected", "by chance"), need=4),
    TableColumn("control", ("% of", "control"), need=3),
    TableColumn("difference", ("difference,", "points [95 %]"), need=1),
    TableColumn("meaning", ("meaning",), need=9, numeric=False, stretch=True),
)


def print_rates(page: Page, result: ScanResult, *, verbose: bool, notes: bool = False) -> None:
    """Print the table. Errors come first; rules beyond the first few of a severity are only counted unless `verbose`.

    `notes` lists all rules that only make notes.
    """
    found = rate_places(result)
    if not found:
        return
    numbers, compared = result.tally.number_rows > 0, bool(result.control)
    wanted = [at for at in range(len(COLUMNS)) if numbers or at not in (NUMBER_SHARE, CHANCE)]
    wanted = [at for at in wanted if compared or at not in (CONTROL, DIFFERENCE)]
    lines: list[Cells | str] = []
    for severity in reversed(Severity):
        members = [share for share in found if share.severity is severity]
        if members:
            lines.append([(severity.label, COLORS[severity]), *[("", "")] * (len(wanted) - 1)])
            lines += _section(members, result, found, wanted, whole=verbose or (notes and severity is Severity.NOTE))
    page.line()
    left = page.grid([COLUMNS[at] for at in wanted], lines)
    _explain(page, result, found, left)


def _section(
    members: Sequence[PlaceRate], result: ScanResult, found: Sequence[PlaceRate], wanted: Sequence[int], *, whole: bool
) -> Iterable[Cells | str]:
    """Yield the lines of one severity, then the number of further rules; significant rates and unmatched traits are always listed."""
    # Without `whole`, each severity lists at most LISTED rules; the others are summed up in one line.
    unmatched = [share for share in members if not share.places and not (share.control and share.control.rows)]
    matched = [share for share in members if share.places]
    shown = list(members) if whole else [*matched[: LISTED[members[0].severity]], *unmatched]
    shown += [share for share in select_significant(members) if share not in shown]
    for share in shown:
        cells = _cells(share, result)
        yield [cells[at] for at in wanted]
        if others := [rule if severity is share.severity else f"{rule} ({severity.label})" for rule, severity in share.rules[1:]]:
            yield f"    also {', '.join(others)}"
        if lowered := _lowered(share, found):
            yield f"    {lowered}"
    more = [share for share in matched if share not in shown]
    control_only = [share for share in members if not share.places and share not in shown]
    how = "set notes to list them" if members[0].severity is Severity.NOTE else "-v lists them"
    if more:
        places = sum(share.places for share in more)
        rules = f"{len(more):,}{' more' if shown else ''} rule{'s' if len(more) > 1 else ''}"
        yield f"  {rules}, {places:,} place{'s' if places > 1 else ''} ({how})"
    if control_only:
        yield f"  {len(control_only):,} more that match only the control (-v lists them)"


def _cells(share: PlaceRate, result: ScanResult) -> Cells:
    rule = result.rules.get(share.rule)
    lists, chance = (_plain(value) for value in (share.number_share, share.chance))
    control = _plain(share.control.share if share.control else None)
    difference = format_points_short(share.control) if share.control and (share.rows or share.control.rows) else ""
    return [
        (f"{'* ' if share.significant else '  '}{share.rule}", "bold" if share.significant else ""),
        (f"{share.places:,}", ""),
        (f"{share.rows:,}", ""),
        (_plain(share.share), ""),
        (lists, ""),
        (chance, ""),
        (control, ""),
        (difference, "bold" if share.significant else ""),
        (rule.meaning if rule else "", "dim"),
    ]


def _plain(share: float | None) -> str:
    return "" if share is None else format_percent(share).removesuffix(" %")


def _lowered(share: PlaceRate, found: Sequence[PlaceRate]) -> str:
    """Return why a rule is listed again at a lower severity; "" if it is not."""
    higher = any(other.rule == share.rule and other.severity > share.severity and other.places for other in found)
    if not higher or not share.lowered:
        return ""
    return f"lowered to {share.severity.label}: " + ", ".join(f"{cause} ({count:,})" for cause, count in share.lowered)


def _explain(page: Page, result: ScanResult, found: Sequence[PlaceRate], left: Sequence[str]) -> None:
    """Print the meaning of the columns, and the names of columns that were left out."""
    if "places" not in left:
        page.line("places: spans of text with a match; a span that several rules match counts once.", "dim")
    if result.tally.number_rows and COLUMNS[CHANCE].name not in left:
        page.line("expected by chance: % of number rows (only numbers) that match if all numbers are uniformly random.", "dim")
    if result.control:
        page.line("difference: data minus control in percentage points, with 95 % interval (Newcombe).", "dim")
        tested = [share for share in found if share.significant is not None]
        if select_significant(tested):
            page.line(
                f"*: differs significantly from the control (5 %, Holm correction for {len(tested):,} tests of errors and warnings).", "dim"
            )
    if left:
        page.line(f"Columns left out: {', '.join(left)}. A wider terminal (up to 160 columns) or -o report.html shows them.", "dim")
