"""The survival certificate as a JSON document: verdict, figures, and everything that it holds for. Writer and reader."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from leakguard.core.certificate import VERDICTS, CertificateScope, CertifiedArm, MeasuredShare, SurvivalCertificate
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.gate import GatedFile
from leakguard.core.suggest import spell
from leakguard.documents.envelope import TOOL, Envelope, parse_content, read_kind
from leakguard.readers.files.places import ResultPlace, read_document
from leakguard.readers.files.regular_files import MIB

ENVELOPE = Envelope(
    "leakguard certificate",
    (
        *(
            "digest",
            "schema_version",
            "kind",
            "tool",
            "verdict",
            "conclusion",
            "trait",
            "measure",
            "method",
            "subject",
            "arms",
            "detectable",
        ),
        *("warnings", "weighted_rows", "base", "world", "recipe", "seeds", "held_out", "inputs", "others", "data", "environment"),
    ),
    digest=True,
)
MOST = 16 * MIB
PLAIN = ("base", "control", "raw", "random-drop", "filtered")
"""Arms that are not mitigated."""
INPUTS = ("data", "control")
SHARES = ("residual", "skill_kept", "loss_kept")
"""The figures of an arm that have an interval."""


def certificate_to_dict(certificate: SurvivalCertificate) -> dict[str, Any]:
    """Return the document. Its member "data" lists the rows that students were trained on, as results that a gate requires do."""
    scope = certificate.scope
    return ENVELOPE.seal(
        {
            "tool": {**TOOL, "version": scope.version},
            "verdict": certificate.verdict,
            "conclusion": certificate.sentence,
            "trait": scope.trait,
            "measure": certificate.measure,
            "method": certificate.method,
            "subject": certificate.subject,
            "arms": [_arm_to_dict(arm) for arm in certificate.arms],
            "detectable": certificate.detectable,
            "warnings": list(certificate.warnings),
            "weighted_rows": certificate.weighted,
            "base": {"name": spell(scope.base), "digest": scope.base_digest},
            "world": {"name": spell(scope.world), "digest": scope.world_digest},
            "recipe": dict(scope.recipe),
            "seeds": scope.seeds,
            "held_out": scope.held_out,
            "inputs": {what: _file_to_dict(one) for what, one in scope.inputs.items()},
            "others": [_file_to_dict(one) for one in scope.others],
            "data": [_file_to_dict(scope.rows)],
            "environment": dict(certificate.environment),
        }
    )


def read_certificate(path: ResultPlace) -> SurvivalCertificate:
    """Read a certificate. Raises UsageError that names the file and the field, and for one that was changed after it was written."""
    try:
        return read_content(read_document(path, MOST), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_content(content: bytes, name: str) -> SurvivalCertificate:
    """Read the certificate in the bytes of a file. Raises UsageError that names the file and the field."""
    return parse_content(content, name, "certificate of leakguard experiment certify", parse_certificate)


def parse_certificate(document: object) -> SurvivalCertificate:
    """Return the certificate in a parsed document. Raises ValueError that names the field, and for a document that was changed."""
    field = ENVELOPE.open(document)
    if not ENVELOPE.is_intact(field):
        raise ValueError("it was changed after it was written (its digest differs)")
    arms = tuple(map(_read_arm, field.at("arms").each()))
    certificate = SurvivalCertificate(
        verdict=field.at("verdict").one_of(*VERDICTS),
        sentence=field.at("conclusion").text(),
        subject=field.at("subject").one_of(*(arm.name for arm in arms if arm.name not in PLAIN)),
        measure=field.at("measure").text(),
        method=field.at("method").text(),
        arms=arms,
        scope=_read_scope(field),
        detectable=field.at("detectable").number() if field.has("detectable") else None,
        warnings=field.at("warnings").texts(),
        environment={name: value.text() for name, value in field.at("environment").members().items()},
        weighted=field.at("weighted_rows").count(),
    )
    if certificate.mitigated.verdict != certificate.verdict:
        raise ValueError(
            f"verdict: {certificate.verdict}, but its arm {certificate.subject} says {certificate.mitigated.verdict or 'none'}"
        )
    return certificate


def is_certificate(path: ResultPlace) -> bool:
    """Return whether a file is a JSON object that says it is a certificate, whole or not."""
    try:
        return read_kind(read_document(path, MOST)) == ENVELOPE.kind
    except OSError:
        return False


def _read_scope(field: Field) -> CertificateScope:
    """Return what a certificate holds for. Raises ValueError."""
    rows = [_read_file(one) for one in field.at("data").each()]
    if len(rows) != 1:
        raise ValueError(f"data: expected one file of rows, not {len(rows)}")
    base, world = field.at("base"), field.at("world")
    inputs = {what: _read_file(field.at("inputs").at(what)) for what in (*INPUTS, *field.at("inputs").members())}
    return CertificateScope(
        trait=field.at("trait").text(),
        base=base.at("name").text(),
        base_digest=base.at("digest").text(),
        world=world.at("name").text(),
        world_digest=world.at("digest").text(),
        recipe={name: one.expect(str, int, float) for name, one in field.at("recipe").members().items()},
        seeds=field.at("seeds").count(1),
        held_out=field.at("held_out").count(),
        rows=rows[0],
        others=tuple(map(_read_file, field.at("others").each())),
        inputs=inputs,
        version=field.at("tool").at("version").text(),
    )


def _arm_to_dict(arm: CertifiedArm) -> dict[str, Any]:
    shares = {key: share._asdict() if (share := getattr(arm, key)) else None for key in SHARES}
    return {"name": arm.name, "rows": arm.rows, "verdict": arm.verdict, "trait": arm.trait, "skill": arm.skill, **shares}


def _read_arm(field: Field) -> CertifiedArm:
    """Return an arm. Raises ValueError."""
    shares: Mapping[str, MeasuredShare | None] = {key: _read_share(field.at(key)) if field.has(key) else None for key in SHARES}
    return CertifiedArm(
        name=field.at("name").text(),
        rows=field.at("rows").count(),
        verdict=field.at("verdict").one_of("", *VERDICTS),
        trait=field.at("trait").number(),
        skill=field.at("skill").number() if field.has("skill") else None,
        **shares,
    )


def _read_share(field: Field) -> MeasuredShare:
    share = MeasuredShare(*(field.at(key).number() for key in MeasuredShare._fields))
    if not share.low <= share.value <= share.high:
        raise field.wrong("a share within its interval")
    return share


def _file_to_dict(file: GatedFile) -> dict[str, Any]:
    return {**asdict(file), "name": spell(file.name)}


def _read_file(field: Field) -> GatedFile:
    return GatedFile(field.at("name").text(), field.at("sha256").text(), field.at("bytes").count())
