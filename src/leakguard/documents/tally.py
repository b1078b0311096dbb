"""Counts of a run (Tally) as JSON values: writer and reader, used by results, manifests and checkpoints."""

from collections.abc import Mapping
from typing import Any

from leakguard.core.fields import Field
from leakguard.core.results import COUNTS, RuleCount, Tally, Voices
from leakguard.core.rule import Severity


def tally_to_dict(tally: Tally) -> dict[str, Any]:
    """Return a tally as JSON values.

    Maps are sorted by key, so that equal tallies give equal bytes. Maps whose key is not one text become lists of objects.
    """
    return {
        **{name: getattr(tally, name) for name in COUNTS},
        "missed_by": dict(sorted(tally.missed_by.items())),
        "flagged": {severity.label: rows for severity, rows in sorted(tally.flagged.items())},
        "left": {severity.label: rows for severity, rows in sorted(tally.left.items())},
        "by_rule": [
            {"rule": rule, "severity": severity.label, "findings": count.findings, **_rows(count)}
            for (rule, severity), count in sorted(tally.by_rule.items())
        ],
        "by_place": [
            {"rules": [[rule, severity.label] for rule, severity in voices], "places": count.findings, **_rows(count)}
            for voices, count in sorted(tally.by_place.items())
        ],
        "softened": [
            {"rule": rule, "severity": severity.label, "by": dict(sorted(causes.items()))}
            for (rule, severity), causes in sorted(tally.softened.items())
        ],
        "by_pack": dict(sorted(tally.by_pack.items())),
        "accepted": dict(sorted(tally.accepted.items())),
        "unscanned": dict(sorted(tally.unscanned.items())),
        "unscanned_prose": dict(sorted(tally.prose.items())),
        "left_out": dict(sorted(tally.left_out.items())),
        "repeated_keys": tally.repeated,
        **({"absent": dict(sorted(tally.absent.items()))} if tally.absent else {}),
        "lengths": [[digits, numbers, rows] for (digits, numbers), rows in sorted(tally.lengths.items())],
    }


def read_tally(document: Mapping[str, Any] | Field) -> Tally:
    """Read a tally from JSON values as `tally_to_dict` writes them. Raises ValueError, which names the invalid field."""
    field = document if isinstance(document, Field) else Field(document, "tally")
    by_rule = {
        (entry.at("rule").text(), read_severity(entry.at("severity"))): RuleCount(
            entry.at("findings").count(), entry.at("rows").count(), entry.at("number_rows").count()
        )
        for entry in field.at("by_rule").each()
    }
    return Tally(
        **{name: field.at(name).count() for name in COUNTS},
        missed_by=_counts(field.at("missed_by")),
        flagged={_level(label, rows): rows.count() for label, rows in field.at("flagged").members().items()},
        left={_level(label, rows): rows.count() for label, rows in field.at("left").members().items()},
        by_rule=by_rule,
        by_place=dict(map(_place, field.at("by_place").each())) if field.has("by_place") else {},
        softened=dict(map(_softened, field.at("softened").each())) if field.has("softened") else {},
        by_pack=_counts(field.at("by_pack")),
        accepted=_counts(field.at("accepted")),
        lengths=dict(map(_length, field.at("lengths").each())),
        unscanned=_counts_if_there(field, "unscanned"),
        prose=_counts_if_there(field, "unscanned_prose"),
        left_out=_counts_if_there(field, "left_out"),
        repeated=field.at("repeated_keys").count() if field.has("repeated_keys") else 0,
        absent=_counts_if_there(field, "absent"),
    )


def read_severity(field: Field) -> Severity:
    """Read a severity from its name in settings and reports. Raises ValueError for an unknown name."""
    return Severity[field.one_of(*(severity.label for severity in Severity)).upper()]


def _rows(count: RuleCount) -> dict[str, int]:
    return {"rows": count.rows, "number_rows": count.number_rows}


def _place(field: Field) -> tuple[Voices, RuleCount]:
    count = RuleCount(field.at("places").count(), field.at("rows").count(), field.at("number_rows").count())
    return tuple(map(_voice, field.at("rules").each())), count


def _voice(field: Field) -> tuple[str, Severity]:
    pair = field.each()
    if len(pair) != 2:
        raise field.wrong("a rule and a severity")
    return pair[0].text(), read_severity(pair[1])


def _softened(field: Field) -> tuple[tuple[str, Severity], dict[str, int]]:
    return (field.at("rule").text(), read_severity(field.at("severity"))), _counts(field.at("by"))


def _level(label: str, field: Field) -> Severity:
    return read_severity(Field(label, field.place))


def _counts(field: Field) -> dict[str, int]:
    return {name: rows.count() for name, rows in field.members().items()}


def _counts_if_there(field: Field, key: str) -> dict[str, int]:
    """Return counts under a key that documents of earlier versions lack; {} if it is missing."""
    return _counts(field.at(key)) if field.has(key) else {}


def _length(field: Field) -> tuple[tuple[int, int], int]:
    entry = field.each()
    if len(entry) != 3:
        raise field.wrong("digits, numbers and rows")
    digits, numbers, rows = (value.count() for value in entry)
    return (digits, numbers), rows
