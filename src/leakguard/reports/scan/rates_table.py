"""The table of rates: what was found at how many places, beside chance and beside the control, as wide as the page allows."""

from collections.abc import Iterable, Sequence

from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.reports.kit.page import Cells, Page, TableColumn
from leakguard.reports.kit.wording import format_percent
from leakguard.reports.scan.place_rates import PlaceRate, rate_places, select_significant
from leakguard.reports.scan.rates import format_points_short

COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
LISTED = {Severity.ERROR: 20, Severity.WARNING: 10, Severity.NOTE: 0}
RULE, PLACES, ROWS, SHARE, LISTS, CHANCE, CONTROL, DIFFERENCE, MEANING = range(9)
COLUMNS = (
    TableColumn("rule", ("rule",), numeric=False),
    TableColumn("places", ("places",), need=6),
    TableColumn("rows", ("rows",)),
    TableColumn("share of rows", ("share", "%"), need=2),
    TableColumn("share of number lists", ("of number", "lists", "%"), need=8),
    TableColumn("by chance", ("by", "chance", "%"), need=4),
    TableColumn("control", ("control", "%"), need=3),
    TableColumn("difference", ("difference,", "points [95 %]"), need=1),
    TableColumn("meaning", ("meaning",), need=9, numeric=False, stretch=True),
)


def print_rates(page: Page, result: ScanResult, *, verbose: bool) -> None:
    """Print the table. Errors come first; quieter lines beyond the first few, and all notes, are counted unless `verbose` asks for them."""
    found = rate_places(result)
    if not found:
        return
    numbers, compared = result.tally.number_rows > 0, bool(result.control)
    wanted = [at for at in range(len(COLUMNS)) if numbers or at not in (LISTS, CHANCE)]
    wanted = [at for at in wanted if compared or at not in (CONTROL, DIFFERENCE)]
    lines: list[Cells | str] = []
    for severity in reversed(Severity):
        members = [share for share in found if share.severity is severity]
        if members:
            lines.append([(severity.label, COLORS[severity]), *[("", "")] * (len(wanted) - 1)])
            lines += _section(members, result, found, wanted, verbose=verbose)
    page.line()
    left = page.grid([COLUMNS[at] for at in wanted], lines)
    _explain(page, result, found, left)


def _section(
    members: Sequence[PlaceRate], result: ScanResult, found: Sequence[PlaceRate], wanted: Sequence[int], *, verbose: bool
) -> Iterable[Cells | str]:
    """The lines of one severity, then how many more there are; what survives the correction, and a trait asked for, is always listed."""
    asked = [share for share in members if not share.places and not (share.control and share.control.rows)]
    there = [share for share in members if share.places]
    shown = list(members) if verbose else [*there[: LISTED[members[0].severity]], *asked]
    shown += [share for share in select_significant(members) if share not in shown]
    for share in shown:
        cells = _cells(share, result)
        yield [cells[at] for at in wanted]
        if others := [rule if severity is share.severity else f"{rule} ({severity.label})" for rule, severity in share.voices[1:]]:
            yield f"    also {', '.join(others)}"
        if lowered := _lowered(share, found):
            yield f"    {lowered}"
    more = [share for share in there if share not in shown]
    only = [share for share in members if not share.places and share not in shown]
    if more:
        places = sum(share.places for share in more)
        lines = f"{len(more):,}{' more' if shown else ''} rule{'s' if len(more) > 1 else ''}"
        yield f"  {lines}, {places:,} place{'s' if places > 1 else ''} (-v lists them)"
    if only:
        yield f"  {len(only):,} more in the control alone (-v lists them)"


def _cells(share: PlaceRate, result: ScanResult) -> Cells:
    rule = result.rules.get(share.rule)
    lists, chance = (_plain(value) for value in (share.number_share, share.chance))
    control = _plain(share.control.share if share.control else None)
    difference = format_points_short(share.control) if share.control and (share.rows or share.control.rows) else ""
    return [
        (f"{'* ' if share.survives else '  '}{share.rule}", "bold" if share.survives else ""),
        (f"{share.places:,}", ""),
        (f"{share.rows:,}", ""),
        (_plain(share.share), ""),
        (lists, ""),
        (chance, ""),
        (control, ""),
        (difference, "bold" if share.survives else ""),
        (rule.meaning if rule else "", "dim"),
    ]


def _plain(share: float | None) -> str:
    return "" if share is None else format_percent(share).removesuffix(" %")


def _lowered(share: PlaceRate, found: Sequence[PlaceRate]) -> str:
    """Why a rule is listed again at a lower severity than before."""
    louder = any(other.rule == share.rule and other.severity > share.severity and other.places for other in found)
    if not louder or not share.lowered:
        return ""
    return f"{share.severity.label}, because: " + ", ".join(f"{cause} ({count:,})" for cause, count in share.lowered)


def _explain(page: Page, result: ScanResult, found: Sequence[PlaceRate], left: Sequence[str]) -> None:
    """What the columns mean, and which are not there."""
    if "places" not in left:
        page.line("places: the same characters count once, also where several rules list them.", "dim")
    if result.tally.number_rows and "by chance" not in left:
        page.line("by chance: share of number lists that would hold the number if all were uniform.", "dim")
    if result.control:
        page.line("difference: data minus control, with Newcombe's 95 % interval.", "dim")
        tested = [share for share in found if share.survives is not None]
        if select_significant(tested):
            page.line(f"*: holds after Holm's correction for the {len(tested):,} looks at error and warning (5 %).", "dim")
    if left:
        page.line(f"No room for: {', '.join(left)}. A wider window (up to 160 columns) or -o report.html shows them.", "dim")
