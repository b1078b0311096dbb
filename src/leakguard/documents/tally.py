"""The tally as JSON and back: results, manifests and checkpoints keep the same books."""

from collections.abc import Mapping
from typing import Any

from leakguard.core.fields import Said
from leakguard.core.results import COUNTS, RuleCount, Tally, Voices
from leakguard.core.rule import Severity


def tally_document(tally: Tally) -> dict[str, Any]:
    """The whole tally, sorted."""
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


def read_tally(document: Mapping[str, Any] | Said) -> Tally:
    """The tally that `tally_document` wrote. Raises ValueError, which names the field, for anything else."""
    said = document if isinstance(document, Said) else Said(document, "tally")
    by_rule = {
        (entry.at("rule").text(), read_severity(entry.at("severity"))): RuleCount(
            entry.at("findings").count(), entry.at("rows").count(), entry.at("number_rows").count()
        )
        for entry in said.at("by_rule").each()
    }
    return Tally(
        **{name: said.at(name).count() for name in COUNTS},
        missed_by=_counts(said.at("missed_by")),
        flagged={_level(label, rows): rows.count() for label, rows in said.at("flagged").members().items()},
        left={_level(label, rows): rows.count() for label, rows in said.at("left").members().items()},
        by_rule=by_rule,
        by_place=dict(map(_place, said.at("by_place").each())) if said.has("by_place") else {},
        softened=dict(map(_softened, said.at("softened").each())) if said.has("softened") else {},
        by_pack=_counts(said.at("by_pack")),
        accepted=_counts(said.at("accepted")),
        lengths=dict(map(_length, said.at("lengths").each())),
        unscanned=_counts_if_there(said, "unscanned"),
        prose=_counts_if_there(said, "unscanned_prose"),
        left_out=_counts_if_there(said, "left_out"),
        repeated=said.at("repeated_keys").count() if said.has("repeated_keys") else 0,
        absent=_counts_if_there(said, "absent"),
    )


def read_severity(said: Said) -> Severity:
    """A severity under the word that settings and reports use. Raises ValueError."""
    return Severity[said.one_of(*(severity.label for severity in Severity)).upper()]


def _rows(count: RuleCount) -> dict[str, int]:
    return {"rows": count.rows, "number_rows": count.number_rows}


def _place(said: Said) -> tuple[Voices, RuleCount]:
    count = RuleCount(said.at("places").count(), said.at("rows").count(), said.at("number_rows").count())
    return tuple(map(_voice, said.at("rules").each())), count


def _voice(said: Said) -> tuple[str, Severity]:
    pair = said.each()
    if len(pair) != 2:
        raise said.wrong("a rule and a severity")
    return pair[0].text(), read_severity(pair[1])


def _softened(said: Said) -> tuple[tuple[str, Severity], dict[str, int]]:
    return (said.at("rule").text(), read_severity(said.at("severity"))), _counts(said.at("by"))


def _level(label: str, said: Said) -> Severity:
    return read_severity(Said(label, said.place))


def _counts(said: Said) -> dict[str, int]:
    return {name: rows.count() for name, rows in said.members().items()}


def _counts_if_there(said: Said, key: str) -> dict[str, int]:
    """Counts that documents of earlier versions do not have."""
    return _counts(said.at(key)) if said.has(key) else {}


def _length(said: Said) -> tuple[tuple[int, int], int]:
    entry = said.each()
    if len(entry) != 3:
        raise said.wrong("digits, numbers and rows")
    digits, numbers, rows = (value.count() for value in entry)
    return (digits, numbers), rows
