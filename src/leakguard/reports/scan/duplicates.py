"""Duplicates in a report: rows that repeat an earlier row, the largest groups, and rows of other files that occur in the data."""

from typing import TYPE_CHECKING

from leakguard.core.counting import Mode
from leakguard.core.results import ScanResult
from leakguard.reports.kit.wording import format_percent, format_rows, printable_name, relative_name
from leakguard.reports.scan.rates import divide

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates, Group, Overlap, RowPlace

SHOWN, EXAMPLES = 3, 3


def describe_duplicates(result: ScanResult, root: str = "") -> list[str]:
    """Return the counts in words, a line each, and which kinds were not counted."""
    found = result.duplicates
    if not found:
        return ["Duplicates: not counted (set duplicates to exact or near)."]
    near = found.counting.mode is Mode.NEAR
    words = [f"{found.exact.rows:,} rows equal to an earlier one ({format_percent(divide(found.exact.rows, found.rows))})"]
    if near:
        words.append(f"{found.near.rows:,} nearly equal to an earlier one ({format_percent(divide(found.near.rows, found.rows))})")
    unlike = "" if near else "; nearly equal rows were not counted (duplicates near counts them)"
    lines = [f"Duplicates: of {format_rows(found.rows)} compared, {', '.join(words)}{unlike}."]
    lines += [f"  group of {group.size:,}: {_places(group, root)}" for group in found.largest[:SHOWN]]
    for one in found.against:
        lines += _against(one, found, root)
    return lines


def describe_unread_overlaps(found: "Duplicates | None") -> list[str]:
    """Return the compared files of which some rows could not be read, a sentence each."""
    many = [one for one in (found.against if found else ()) if one.unseen]
    return [
        f"Incomplete: {format_rows(one.unseen)} of {printable_name(one.name)} unreadable; whether they occur in the data is unknown"
        for one in many
    ]


def _against(one: "Overlap", found: "Duplicates", root: str) -> list[str]:
    near = f" and {one.near:,} nearly equal ones" if found.counting.mode is Mode.NEAR else ""
    held = one.data_exact + one.data_near
    lines = [
        f"Overlap with {relative_name(one.name, root)}: {one.exact:,} of its {format_rows(one.rows)} occur in the data{near} "
        f"({format_percent(one.share)}); "
        f"{format_rows(held)} of the data occur in it ({format_percent(divide(held, found.rows))})."
    ]
    for match in one.examples[:EXAMPLES]:
        words = "nearly equal to" if match.near else "equal to"
        lines.append(f"  {_row(match.row, root)} {words} {_row(match.stands_at, root)}")
    return lines


def _places(group: "Group", root: str) -> str:
    shown = [_row(place, root) for place in group.first[:SHOWN]]
    return ", ".join(shown) + (", ..." if group.size > len(shown) else "")


def _row(place: "RowPlace", root: str) -> str:
    return f"{relative_name(place.file, root)}:{place.row}"
