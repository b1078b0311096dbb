"""The manifest of a mitigation as a JSON document: method, settings, hashes of inputs and outputs, counts. Writer and reader."""

from dataclasses import asdict
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.gate import GatedFile
from leakguard.core.mitigated_data import MitigatedCounts, MitigatedData
from leakguard.core.suggest import spell
from leakguard.documents.envelope import TOOL, Envelope, parse_content, read_kind
from leakguard.readers.files.places import ResultPlace, read_document
from leakguard.readers.files.regular_files import MIB

ENVELOPE = Envelope(
    "leakguard mitigate",
    (
        *("digest", "schema_version", "kind", "tool", "verdict", "method", "settings", "model", "subject", "rows", "effective"),
        *("refusals", "warnings", "unreadable", "inputs", "others", "data"),
    ),
    digest=True,
)
MOST = 16 * MIB
NOT_VERIFIED = "not verified"
"""The verdict of every mitigation by itself: whether it stops the trait is known after students were trained."""


def mitigation_to_dict(result: MitigatedData) -> dict[str, Any]:
    """Return the document. Its member "data" lists the written files, as results that a gate requires do."""
    model = {"path": spell(result.model[0]), "digest": result.model[1]} if result.model else None
    return ENVELOPE.seal(
        {
            "tool": TOOL,
            "verdict": NOT_VERIFIED,
            "method": result.method,
            "settings": {name: dict(values) for name, values in result.settings.items()},
            "model": model,
            "subject": dict(result.subject),
            "rows": asdict(result.counts),
            "effective": result.effective,
            "refusals": list(result.refusals),
            "warnings": list(result.warnings),
            "unreadable": result.first_unreadable,
            "inputs": [_file_to_dict(one) for one in result.inputs],
            "others": {name: _file_to_dict(one) for name, one in result.others.items()},
            "data": [_file_to_dict(one) for one in result.outputs],
        }
    )


def read_mitigation(path: ResultPlace) -> MitigatedData:
    """Read the manifest of a mitigation. Raises UsageError that names the file and the field."""
    try:
        return read_content(read_document(path, MOST), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_content(content: bytes, name: str) -> MitigatedData:
    """Read the manifest in the bytes of a file. Raises UsageError that names the file and the field."""
    return parse_content(content, name, "manifest of leakguard mitigate", parse_mitigation)


def parse_mitigation(document: object) -> MitigatedData:
    """Return the mitigation in a parsed document. Raises ValueError that names the field, and for a document that was changed."""
    field = ENVELOPE.open(document)
    if not ENVELOPE.is_intact(field):
        raise ValueError("it was changed after it was written (its digest differs)")
    model = field.at("model") if field.has("model") else None
    return MitigatedData(
        method=field.at("method").text(),
        settings={name: dict(values.expect(dict)) for name, values in field.at("settings").members().items()},
        counts=MitigatedCounts(**{name: value.count() for name, value in field.at("rows").members().items()}),
        inputs=tuple(map(_read_file, field.at("inputs").each())),
        outputs=tuple(map(_read_file, field.at("data").each())),
        others={name: _read_file(one) for name, one in field.at("others").members().items()},
        model=(model.at("path").text(), model.at("digest").text()) if model else None,
        subject={name: value.value for name, value in field.at("subject").members().items()},
        effective=field.at("effective").number() if field.has("effective") else None,
        refusals=field.at("refusals").texts(),
        warnings=field.at("warnings").texts(),
        first_unreadable=field.at("unreadable").expect(str),
    )


def is_mitigation(path: ResultPlace) -> bool:
    """Return whether a file is a JSON object that says it is the manifest of a mitigation, whole or not."""
    try:
        return read_kind(read_document(path, MOST)) == ENVELOPE.kind
    except OSError:
        return False


def _file_to_dict(file: GatedFile) -> dict[str, Any]:
    return {"name": spell(file.name), "sha256": file.sha256, "bytes": file.bytes}


def _read_file(field: Field) -> GatedFile:
    return GatedFile(field.at("name").text(), field.at("sha256").text(), field.at("bytes").count())
