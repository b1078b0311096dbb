"""The result of an audit as a JSON document: written by the audit, read by reports and by gates that require it."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from leakguard.core.audit import (
    AuditResult,
    Comparability,
    ComparedFigure,
    ContentSettings,
    DetectableEffect,
    LeakVerdict,
    ReadableFeature,
)
from leakguard.core.dataset_audit import AuditedData, DatasetAudit
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.gate import GatedFile
from leakguard.core.suggest import spell
from leakguard.documents.envelope import TOOL, Envelope, parse_content
from leakguard.documents.trait_panel import panel_to_dict, read_panel
from leakguard.readers.files.regular_files import MIB, read_regular

ENVELOPE = Envelope(
    "audit",
    (
        *("digest", "schema_version", "kind", "tool", "verdict", "exit_code", "p_value", "content_p_value"),
        *(
            "effect",
            "interval",
            "minimal_detectable_effect",
            "rows",
            "comparability",
            "features",
            "detectable",
            "rows_needed",
            "components",
            "statistic",
        ),
        *("null", "row_kind", "test", "data", "control", "control2", "controls", "cluster", "panel", "settings", "unread"),
        *("closing", "next"),
    ),
    digest=True,
)
MOST = 64 * MIB
_RESULT = ("p_value", "content_p_value", "effect", "interval", "minimal_detectable_effect")


def audit_to_dict(audit: DatasetAudit, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit as a document. `words` are the sentences of the report under "closing" and "next"."""
    result = _result_to_dict(audit.result)
    return ENVELOPE.seal(
        {
            "tool": TOOL,
            "verdict": str(audit.verdict),
            "exit_code": int(audit.exit_code),
            **{key: result.pop(key) for key in _RESULT},
            **{key: value for key, value in result.items() if key != "verdict"},
            "data": _files_to_list(audit.data),
            "control": _files_to_list(audit.control),
            "control2": _files_to_list(audit.control2) if audit.control2 else None,
            "controls": _result_to_dict(audit.controls) if audit.controls else None,
            "cluster": audit.cluster,
            "panel": panel_to_dict(audit.panel) if audit.panel else None,
            "settings": asdict(audit.settings),
            "unread": {name: _unread_to_dict(one) for name, one in _datasets(audit).items()},
            **words,
        }
    )


def read_audit(path: Path) -> DatasetAudit:
    """Read the audit in a file. Raises UsageError that names the file and the field."""
    try:
        return read_content(read_regular(path, MOST), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_content(content: bytes, name: str) -> DatasetAudit:
    """Read the audit in the bytes of a file. Raises UsageError that names the file and the field."""
    return parse_content(content, name, "result of leakguard audit", parse_audit)


def parse_audit(document: object) -> DatasetAudit:
    """Return the audit in a parsed document. Raises ValueError that names the field, and for a document that was changed."""
    field = ENVELOPE.open(document)
    if not ENVELOPE.is_intact(field):
        raise ValueError("it was changed after it was written (its digest differs)")
    unread = field.at("unread")
    controls = field.at("controls") if field.has("controls") else None
    return DatasetAudit(
        result=_read_result(field),
        data=_read_data(field.at("data"), unread.at("data")),
        control=_read_data(field.at("control"), unread.at("control")),
        settings=_read_settings(field.at("settings")),
        control2=_read_data(field.at("control2"), unread.at("control2")) if field.has("control2") else None,
        controls=_read_result(controls) if controls else None,
        cluster=field.at("cluster").expect(str),
        panel=read_panel(field.at("panel")) if field.has("panel") else None,
    )


def _datasets(audit: DatasetAudit) -> dict[str, AuditedData]:
    named = {"data": audit.data, "control": audit.control, "control2": audit.control2}
    return {name: one for name, one in named.items() if one}


def _result_to_dict(result: AuditResult) -> dict[str, Any]:
    """Return the result of one test; `kind` becomes `row_kind`, because the document has a kind of its own."""
    plain = asdict(result)
    data, control = plain.pop("rows")
    row_kind, _ = plain.pop("kind"), plain.pop("seed")
    return {**plain, "verdict": str(result.verdict), "rows": {"data": data, "control": control}, "row_kind": row_kind}


def _files_to_list(data: AuditedData) -> list[dict[str, Any]]:
    return [{"name": spell(one.name), "sha256": one.sha256, "bytes": one.bytes} for one in data.files]


def _unread_to_dict(data: AuditedData) -> dict[str, Any]:
    return {"rows": data.unreadable, "first": data.first_unreadable, "wordless": data.wordless}


def _read_settings(field: Field) -> ContentSettings:
    """Return the settings of the test; whole numbers stay whole."""
    values = {one.name: field.at(one.name) for one in fields(ContentSettings)}
    return ContentSettings(**{name: one.count() if isinstance(one.value, int) else one.number() for name, one in values.items()})  # type: ignore[arg-type]


def _read_data(files: Field, unread: Field) -> AuditedData:
    hashed = tuple(GatedFile(one.at("name").text(), one.at("sha256").text(), one.at("bytes").count()) for one in files.each())
    return AuditedData(hashed, unread.at("rows").count(), unread.at("first").expect(str), unread.at("wordless").count())


def _read_result(field: Field) -> AuditResult:
    """Return the result of one test. The seed is in the settings of the document and not repeated."""
    # Fields are read in the order of the values that they make; each reader names the field that is wrong.
    low, high = (one.number() for one in field.at("interval").each())
    rows = field.at("rows")
    return AuditResult(
        verdict=LeakVerdict(field.at("verdict").one_of(*LeakVerdict)),
        statistic=field.at("statistic").number(),
        p_value=field.at("p_value").share(),
        content_p_value=field.at("content_p_value").share(),
        effect=field.at("effect").number(),
        interval=(low, high),
        minimal_detectable_effect=_number_or_none(field, "minimal_detectable_effect"),
        detectable=tuple(_read_detectable(one) for one in field.at("detectable").each()),
        rows=(rows.at("data").count(), rows.at("control").count()),
        rows_needed=field.at("rows_needed").count() if field.has("rows_needed") else None,
        comparability=_read_comparability(field.at("comparability")),
        features=tuple(_read_feature(one) for one in field.at("features").each()),
        components={name: one.number() for name, one in field.at("components").members().items()},
        null=tuple(one.number() for one in field.at("null").each()),
        kind=field.at("row_kind").text(),
        seed=0,
        test=field.at("test").text(),
    )


def _read_detectable(field: Field) -> DetectableEffect:
    rows = field.at("rows").count() if field.has("rows") else None
    # Documents of version 0.1 before this field have no simulated effects.
    pairs = [tuple(value.number() for value in one.each()) for one in field.at("tried").each()] if field.has("tried") else []
    tried = tuple((auroc, share) for auroc, share in pairs)
    return DetectableEffect(field.at("kind").text(), _number_or_none(field, "auroc"), rows, tried)


def _read_comparability(field: Field) -> Comparability:
    return Comparability(
        figures=tuple(_read_figure(one) for one in field.at("figures").each()),
        nuisance_auroc=field.at("nuisance_auroc").number(),
        nuisance_low=field.at("nuisance_low").number(),
        overlap=field.at("overlap").number(),
        reasons=field.at("reasons").texts(),
        notes=field.at("notes").texts(),
    )


def _read_figure(field: Field) -> ComparedFigure:
    values = _number_or_none(field, "data"), _number_or_none(field, "control")
    return ComparedFigure(field.at("name").text(), *values, _number_or_none(field, "p_value"), field.at("differs").flag())


def _read_feature(field: Field) -> ReadableFeature:
    values = field.at("data").number(), field.at("control").number(), field.at("p_value").share()
    return ReadableFeature(field.at("text").text(), *values, field.at("is_share").flag())


def _number_or_none(field: Field, key: str) -> float | None:
    return field.at(key).number() if field.has(key) else None
