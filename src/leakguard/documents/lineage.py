"""The relation of two models as a JSON document. Writer and reader."""

from dataclasses import asdict
from typing import Any

from leakguard.core.fields import Field
from leakguard.core.lineage import ComparedModel, Lineage, Relation, UnitCount
from leakguard.core.suggest import spell
from leakguard.documents.envelope import TOOL, Envelope, parse_content

ENVELOPE = Envelope(
    "leakguard lineage",
    (
        *("digest", "schema_version", "kind", "tool", "verdict", "teacher", "student", "matched", "reordered"),
        *("matrices", "identical", "reason"),
    ),
    digest=True,
)


def lineage_to_dict(found: Lineage) -> dict[str, Any]:
    """Return the document."""
    return ENVELOPE.seal(
        {
            "tool": TOOL,
            "verdict": str(found.relation),
            "teacher": _model_to_dict(found.teacher),
            "student": _model_to_dict(found.student),
            "matched": asdict(found.matched) if found.matched else None,
            "reordered": asdict(found.reordered) if found.reordered else None,
            "matrices": found.matrices,
            "identical": found.identical,
            "reason": found.reason,
        }
    )


def read_content(content: bytes, name: str) -> Lineage:
    """Read the document in the bytes of a file. Raises UsageError that names the file and the field."""
    return parse_content(content, name, "result of leakguard lineage", parse_lineage)


def parse_lineage(document: object) -> Lineage:
    """Return the lineage in a parsed document. Raises ValueError that names the field, and for a document that was changed."""
    field = ENVELOPE.open(document)
    if not ENVELOPE.is_intact(field):
        raise ValueError("it was changed after it was written (its digest differs)")
    return Lineage(
        teacher=_read_model(field.at("teacher")),
        student=_read_model(field.at("student")),
        relation=Relation(field.at("verdict").one_of(*map(str, Relation))),
        matched=_read_count(field.at("matched")) if field.has("matched") else None,
        reordered=_read_count(field.at("reordered")) if field.has("reordered") else None,
        matrices=field.at("matrices").count(),
        identical=field.at("identical").count(),
        reason=field.at("reason").expect(str),
    )


def _model_to_dict(model: ComparedModel) -> dict[str, Any]:
    return {"name": spell(model.name), "base": spell(model.base), "digest": model.digest}


def _read_model(field: Field) -> ComparedModel:
    return ComparedModel(field.at("name").text(), field.at("base").expect(str), field.at("digest").expect(str))


def _read_count(field: Field) -> UnitCount:
    return UnitCount(field.at("layers").count(), field.at("units").count(), field.at("equal").count(), field.at("p_value").number())
