"""The attest commands: make a statement of a result of leakguard, sign it, and verify a signed one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from leakguard.core.attestation import Attestation, CheckedAttestation
from leakguard.core.certificate import STOPPED
from leakguard.core.dataset_audit import AuditedData
from leakguard.core.errors import UsageError
from leakguard.core.exit_codes import ExitCode
from leakguard.core.gate import KIND, GatedFile
from leakguard.core.lineage import Relation
from leakguard.core.policy import Fate
from leakguard.documents import audit, certificate, gate_answer, lineage, manifest, mitigation
from leakguard.documents.attestation import (
    envelope_to_dict,
    make_provenance,
    make_test_result,
    make_verification,
    parse_envelope,
    parse_statement,
    statement_to_dict,
)
from leakguard.documents.envelope import read_kind
from leakguard.outputs.attestation_keys import find_signers, load_public_keys, sign_payload
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.places import ResultPlace
from leakguard.readers.files.regular_files import MIB, read_regular

LARGEST = 64 * MIB
TRAINABLE = {Fate.KEPT.folder, Fate.REDACTED.folder}


def attest_result(path: Path, created: datetime) -> Attestation:
    """Return what a result of leakguard says, as an attestation about its files and about the result itself.

    The manifest of a clean or of a mitigation becomes a provenance, an audit, a certificate or a lineage a test result, and the answer of a
    gate that opened a verification result of the time `created`. Raises UsageError for any other file, one that was changed, and a gate
    that blocked.
    """
    return attest_content(read_file(path), path, created)


def attest_content(content: bytes, path: ResultPlace | None, created: datetime) -> Attestation:
    """Return what the bytes of a result say, as `attest_result` does; `path` is where they are, None if they are not saved."""
    # The names of the other subjects are relative to the folder of a manifest or a certificate, and else as they were given.
    kind = read_kind(content)
    if kind not in ATTESTED:
        raise UsageError(
            f"{path}: no statement can be made of it: give the manifest of a clean or a mitigation, or the JSON of an audit, a "
            "certificate, a lineage or a gate"
        )
    found = ATTESTED[kind](content, path or Path(kind), created)
    if path is None:
        return found
    return replace(found, subjects=(*found.subjects, GatedFile(_name_document(path, kind), sha256(content).hexdigest(), len(content))))


def _name_document(path: ResultPlace, kind: str) -> str:
    """Return the name of a result in its own statement: an address as it is, and a path that leads out of the working folder by its end."""
    if not isinstance(path, Path):
        return str(path)
    return path.name if kind in BESIDE or path.is_absolute() or ".." in path.parts else path.as_posix()


def sign_attestation(attestation: Attestation, key_file: Path) -> bytes:
    """Return a DSSE envelope of an attestation with a signature, as bytes of JSON. Raises UsageError for a key that cannot be used."""
    payload = render_json(statement_to_dict(attestation))
    return render_json(envelope_to_dict(payload, [sign_payload(payload, key_file)]))


def render_json(document: Mapping[str, object]) -> bytes:
    """Return a document as bytes of JSON."""
    return json.dumps(document, indent=2).encode() + b"\n"


def read_statement_file(path: Path) -> Attestation:
    """Return the attestation in a file that holds a statement, unsigned. Raises UsageError."""
    return parse_statement(read_file(path), str(path))


def verify_attestation(path: Path, key_files: Sequence[Path], folder: Path | None) -> CheckedAttestation:
    """Check the signatures of an envelope by public keys, and with a folder hash the files in it that the attestation names.

    Raises UsageError for files that are no envelope or no key, and for names that lead out of the folder.
    """
    envelope = parse_envelope(read_file(path), str(path))
    signers = find_signers(envelope, load_public_keys(key_files))
    files: dict[str, str] = {}
    missing = []
    for one in envelope.attestation.subjects if folder else ():
        if Path(one.name).is_absolute() or ".." in Path(one.name).parts:
            raise UsageError(f"{path}: the file {one.name!r} would be outside of `data` {folder}: it cannot be compared")
        try:
            found = hash_file((folder or Path()) / one.name).sha256
        except OSError as error:
            missing.append(f"{one.name}: {error.strerror or error}")
            continue
        files[one.name] = "" if found == one.sha256 else f"is {found[:12]}..., and {one.sha256[:12]}... was attested"
    return CheckedAttestation(envelope.attestation, tuple(signers), files, tuple(missing))


def decide_exit_code(checked: CheckedAttestation) -> ExitCode:
    """Return INCOMPLETE if a file is missing, FOUND without a valid signature or with a changed file, else PASSED."""
    if checked.missing:
        return ExitCode.INCOMPLETE
    return ExitCode.FOUND if not checked.keys or any(checked.files.values()) else ExitCode.PASSED


def _attest_clean(content: bytes, path: ResultPlace, created: datetime) -> Attestation:
    found = manifest.parse_manifest(content, str(path))
    if not manifest.ENVELOPE.is_intact(manifest.ENVELOPE.open(found)):
        raise UsageError(f"{path}: it was changed after it was written (its digest differs); clean the data again")
    outputs = [(GatedFile(one["path"], one["sha256"], one["bytes"]), one["fate"]) for one in found["outputs"]]
    inputs = [GatedFile(one["name"], one["sha256"], one["bytes"]) for one in found["inputs"]]
    settings = {"settings": found["settings"], "packs": found["packs"]}
    others = [file for file, fate in outputs if fate not in TRAINABLE]
    return make_provenance([file for file, fate in outputs if fate in TRAINABLE], "clean", settings, inputs, others)


def _attest_mitigation(content: bytes, path: ResultPlace, created: datetime) -> Attestation:
    found = mitigation.read_content(content, str(path))
    settings = {"method": found.method, "settings": {name: dict(values) for name, values in found.settings.items()}}
    return make_provenance(found.outputs, "mitigate", settings, [*found.inputs, *found.others.values()], [])


def _attest_audit(content: bytes, path: ResultPlace, created: datetime) -> Attestation:
    found = audit.read_content(content, str(path))
    passed = found.exit_code is ExitCode.PASSED
    tests = {f"audit: {found.verdict}": passed, **{f"audit: leak of {name}": False for name in found.leaks}}
    used = [(one.name, one.sha256) for data in (found.control, found.control2) if data for one in _list_files(data)]
    return make_test_result(_list_files(found.data), tests, used)


def _attest_certificate(content: bytes, path: ResultPlace, created: datetime) -> Attestation:
    found = certificate.read_content(content, str(path))
    scope = found.scope
    used = [(scope.base, scope.base_digest), (scope.world, scope.world_digest), *((one.name, one.sha256) for one in scope.inputs.values())]
    return make_test_result([scope.rows], {f"{scope.trait}: {found.verdict}": found.verdict == STOPPED}, used)


def _attest_lineage(content: bytes, path: ResultPlace, created: datetime) -> Attestation:
    found = lineage.read_content(content, str(path))
    models = (("teacher", found.teacher), ("student", found.student))
    used = [(f"{role} {model.name}", model.digest) for role, model in models if model.digest]
    return make_test_result([], {f"lineage: {found.relation}": found.relation is Relation.INDEPENDENT}, used)


def _attest_gate(content: bytes, path: ResultPlace, created: datetime) -> Attestation:
    document = gate_answer.ENVELOPE.open(json.loads(content))
    if flaw := gate_answer.answer_flaw(document):
        raise UsageError(f"{path}: this is no answer that a gate wrote: {flaw}")
    if document.at("verdict").text() != "passed":
        raise UsageError(f"{path}: this gate did not open, so there is nothing to attest")
    data = [GatedFile(one.at("name").text(), one.at("sha256").text(), one.at("bytes").count()) for one in document.at("data").each()]
    kinds = dict.fromkeys(check.at("kind").text() for check in document.at("checks").each())
    properties = ["LEAKGUARD_GATE_PASSED", *(f"LEAKGUARD_{kind.upper().replace('-', '_')}_CHECKED" for kind in kinds)]
    policy = document.at("policy").expect(dict)
    return make_verification(data, policy, properties, created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))


ATTESTED: Mapping[str, Callable[[bytes, ResultPlace, datetime], Attestation]] = {
    manifest.ENVELOPE.kind: _attest_clean,
    mitigation.ENVELOPE.kind: _attest_mitigation,
    audit.ENVELOPE.kind: _attest_audit,
    certificate.ENVELOPE.kind: _attest_certificate,
    lineage.ENVELOPE.kind: _attest_lineage,
    KIND: _attest_gate,
}
"""Kind of a document -> function that makes its attestation."""
BESIDE = (manifest.ENVELOPE.kind, mitigation.ENVELOPE.kind, certificate.ENVELOPE.kind)
"""Kinds of documents that lie beside the files that they are about."""


def _list_files(data: AuditedData) -> list[GatedFile]:
    return [GatedFile(one.name, one.sha256, one.bytes) for one in data.files]


def read_file(path: Path) -> bytes:
    """Return the bytes of a regular file of limited size. Raises UsageError."""
    try:
        return read_regular(path, LARGEST)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
