"""The result of a judge check as a JSON document: the accuracy of a judge on labelled examples. Writer and reader."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError
from leakguard.core.fields import Field
from leakguard.core.judge_stats import JudgeAccuracy, Judged
from leakguard.core.rule import RulePack
from leakguard.documents.envelope import TOOL, Envelope, parse_content
from leakguard.readers.files.regular_files import MIB, read_regular
from leakguard.stats.agreement import Agreement
from leakguard.stats.intervals import Estimate

ENVELOPE = Envelope(
    "leakguard judge check",
    ("kind", "schema_version", "tool", "model", "rubrics", "failed", "canaries", "reasons", "spent", "by_rule"),
)
MEASURES = ("sensitivity", "specificity", "kappa", "calibration", "brier", "undetermined")
BOUNDED = ("sensitivity", "specificity", "kappa")
MOST = 16 * MIB


@dataclass(frozen=True, slots=True)
class CheckFile:
    """A judge check that was read from a file: model, rubrics (pack id -> digest), and for each rule counts and lower bounds.

    `least` maps a rule id to the lower ends of 95 % intervals, by measure ("sensitivity", "specificity", "kappa").
    """

    model: str
    rubrics: Mapping[str, str]
    measured: Mapping[str, JudgeAccuracy]
    least: Mapping[str, Mapping[str, float]]


def judge_check_to_dict(model: str, rubrics: tuple[RulePack, ...], by_rule: Mapping[str, Agreement], books: Judged) -> dict[str, Any]:
    """Return a judge check as a document. `by_rule` is the agreement with the labels by rule id, `books` the judge's statistics."""
    return {
        "kind": ENVELOPE.kind,
        "schema_version": ENVELOPE.version,
        "tool": TOOL,
        "model": model,
        "rubrics": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in rubrics],
        "failed": books.failed or None,
        "canaries": books.canaries,
        "reasons": books.reasons,
        "spent": asdict(books.spent),
        "by_rule": [_rule(rule, measured) for rule, measured in by_rule.items()],
    }


def read_judge_check(path: Path) -> CheckFile:
    """Read a judge check from a file. Raises SettingsError, which names the file and the field."""
    name = f"`judge-check` {path}"
    try:
        content = read_regular(path, MOST)
    except OSError as error:
        raise SettingsError(f"{name}: cannot be read: {error.strerror or error}") from error
    what = "result of leakguard judge check -o"
    return parse_content(content, name, what, lambda document: _check_file(ENVELOPE.open(document)), SettingsError)


def _rule(rule: str, found: Agreement) -> dict[str, Any]:
    measures = {name: _measure(getattr(found, name)) for name in MEASURES}
    return {"rule": rule, "examples": found.examples, "counts": asdict(found.measured), **measures}


def _measure(estimate: Estimate | None) -> dict[str, Any] | None:
    return {"value": estimate.value, "interval_95": list(estimate.interval)} if estimate else None


def _check_file(document: Field) -> CheckFile:
    entries = {entry.at("rule").text(): entry for entry in document.at("by_rule").each()}
    return CheckFile(
        model=document.at("model").text(),
        rubrics={entry.at("id").text(): entry.at("digest").text() for entry in document.at("rubrics").each()},
        measured={name: _accuracy(entry.at("counts")) for name, entry in entries.items()},
        least={name: {key: _low(entry.at(key)) for key in BOUNDED if entry.has(key)} for name, entry in entries.items()},
    )


def _accuracy(counts: Field) -> JudgeAccuracy:
    return JudgeAccuracy(**{part.name: counts.at(part.name).count() for part in fields(JudgeAccuracy)})


def _low(measure: Field) -> float:
    """Return the lower end of the 95 % interval of a measure."""
    interval = measure.at("interval_95")
    ends = [end.number() for end in interval.each()]
    if len(ends) != 2:
        raise interval.wrong("a lower and an upper end")
    return ends[0]
