"""Counts of duplicates and of overlap with held-out data as a part of JSON documents: writer and reader."""

from typing import TYPE_CHECKING, Any

from leakguard.core.counting import Counting, Mode
from leakguard.core.fields import Field
from leakguard.core.suggest import spell

if TYPE_CHECKING:
    from leakguard.core.duplicates import Copies, Duplicates, Overlap, RowPlace


def duplicates_to_dict(found: "Duplicates") -> dict[str, Any]:
    """Return counts of duplicates as JSON values."""
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
    """Read counts of duplicates as `duplicates_to_dict` writes them. Raises ValueError, which names the field, for anything else."""
    from leakguard.core.duplicates import Copies, CopyGroup, Duplicates

    mode = Mode(field.at("checked").one_of(Mode.EXACT, Mode.NEAR))
    counting = Counting(mode, field.at("similarity").number()) if field.has("similarity") else Counting(mode)
    return Duplicates(
        counting,
        rows=field.at("rows").count(),
        exact=_read_copies(field.at("exact")),
        near=_read_copies(field.at("near")) if field.has("near") else Copies(),
        largest=tuple(
            CopyGroup(one.at("size").count(), tuple(map(_read_place, one.at("rows").each()))) for one in field.at("largest").each()
        ),
        against=tuple(map(_read_overlap, field.at("against").each())),
    )


def _copies(copies: "Copies", of: int) -> dict[str, Any]:
    return {"rows": copies.rows, "share": _share(copies.rows, of), "groups": copies.groups}


def _place(place: "RowPlace") -> dict[str, Any]:
    return {"file": spell(place.file), "row": place.row}


def _overlap(one: "Overlap", found: "Duplicates") -> dict[str, Any]:
    return {
        "file": spell(one.name),
        "rows": one.rows,
        "unreadable": one.unseen,
        "exact": one.exact,
        "near": one.near,
        "share": one.share,
        "data_exact": one.data_exact,
        "data_near": one.data_near,
        "data_share": _share(one.data_exact + one.data_near, found.rows),
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


def _share(rows: int, of: int) -> float:
    return rows / of if of else 0.0
