"""Duplicates in a report: rows that repeat an earlier row, the largest groups, and rows of other files that occur in the data."""

from typing import TYPE_CHECKING, Any

from leakguard.core.counting import Counting, Mode
from leakguard.core.fields import Field
from leakguard.core.results import ScanResult
from leakguard.reports.kit.wording import format_percent, format_rows, printable_name, relative_name
from leakguard.reports.scan.rates import divide

if TYPE_CHECKING:
    from leakguard.core.duplicates import Copies, Duplicates, Group, Overlap, RowPlace

SHOWN, EXAMPLES = 3, 3


def duplicates_to_dict(found: "Duplicates") -> dict[str, Any]:
    """Return the counts as plain values."""
    return {
        "checked": found.counting.mode.value,
        "similarity": found.counting.similarity if found.counting.mode is Mode.NEAR else None,
        "rows": found.rows,
        "share": found.share,
        "exact": _copies(found.exact, found.rows),
        "near": _copies(found.near, found.rows) if found.counting.mode is Mode.NEAR else None,
        "largest": [{"size": group.size, "rows": [*map(_place, group.first)]} for group in found.largest],
        "against": [_overlap(one, found) for one in found.against],
    }


def read_duplicates(field: Field) -> "Duplicates":
    """The counts that `duplicates_document` wrote. Raises ValueError, which names the field, for anything else."""
    from leakguard.core.duplicates import Copies, Duplicates, Group

    mode = Mode(field.at("checked").one_of(Mode.EXACT, Mode.NEAR))
    counting = Counting(mode, _number(field.at("similarity"))) if field.has("similarity") else Counting(mode)
    return Duplicates(
        counting,
        rows=field.at("rows").count(),
        exact=_read_copies(field.at("exact")),
        near=_read_copies(field.at("near")) if field.has("near") else Copies(),
        largest=tuple(Group(one.at("size").count(), tuple(map(_read_place, one.at("rows").each()))) for one in field.at("largest").each()),
        against=tuple(map(_read_overlap, field.at("against").each())),
    )


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


def _copies(copies: "Copies", of: int) -> dict[str, Any]:
    return {"rows": copies.rows, "share": divide(copies.rows, of), "groups": copies.groups}


def _place(place: "RowPlace") -> dict[str, Any]:
    return {"file": printable_name(place.file), "row": place.row}


def _overlap(one: "Overlap", found: "Duplicates") -> dict[str, Any]:
    return {
        "file": printable_name(one.name),
        "rows": one.rows,
        "unreadable": one.unseen,
        "exact": one.exact,
        "near": one.near,
        "share": one.share,
        "data_exact": one.data_exact,
        "data_near": one.data_near,
        "data_share": divide(one.data_exact + one.data_near, found.rows),
        "examples": [{"row": _place(match.row), "data": _place(match.stands_at), "near": match.near} for match in one.examples],
    }


def _read_copies(field: Field) -> "Copies":
    from leakguard.core.duplicates import Copies

    return Copies(field.at("rows").count(), field.at("groups").count())


def _read_place(field: Field) -> "RowPlace":
    from leakguard.core.duplicates import RowPlace

    return RowPlace(field.at("file").text(), field.at("row").count())


def _read_overlap(field: Field) -> "Overlap":
    from leakguard.core.duplicates import Match, Overlap

    counts = {key: field.at(key).count() for key in ("rows", "exact", "near", "data_exact", "data_near")}
    examples = tuple(
        Match(_read_place(one.at("row")), _read_place(one.at("data")), one.at("near").flag()) for one in field.at("examples").each()
    )
    return Overlap(field.at("file").text(), unseen=field.at("unreadable").count(), examples=examples, **counts)


def _number(field: Field) -> float:
    if isinstance(field.value, bool) or not isinstance(field.value, (int, float)):
        raise field.wrong("a number")
    return float(field.value)
