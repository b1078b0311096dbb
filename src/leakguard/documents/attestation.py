"""In-toto statements about the results of leakguard, and the DSSE envelopes that hold a signed statement. Writers and readers.

Sources: in-toto Attestation Framework v1 (Statement), its predicates test-result v0.1 and Simple Verification Result v0.2, SLSA provenance
v1, and the Dead Simple Signing Envelope v1 (protocol.md).
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from leakguard.core.attestation import Attestation, KeySignature, SignedAttestation
from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.gate import GatedFile
from leakguard.core.suggest import shorten, spell
from leakguard.core.version import NAME, __version__

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
VERIFICATION = "https://in-toto.io/attestation/svr/v0.2"
PROVENANCE = "https://slsa.dev/provenance/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
TOOL = f"https://pypi.org/project/{NAME}"
PASSED, FAILED = "PASSED", "FAILED"


def statement_to_dict(attestation: Attestation) -> dict[str, Any]:
    """Return an attestation as an in-toto Statement."""
    return {
        "_type": STATEMENT,
        "subject": [describe_resource(one.name, one.sha256) for one in attestation.subjects],
        "predicateType": attestation.predicate_type,
        "predicate": dict(attestation.predicate),
    }


def parse_statement(content: bytes, name: str) -> Attestation:
    """Return the attestation in the bytes of a Statement. Raises UsageError that names the file and the field."""
    try:
        field = Field(json.loads(content))
        if field.at("_type").text() != STATEMENT:
            raise field.at("_type").wrong(STATEMENT)
        subjects = tuple(GatedFile(one.at("name").text(), one.at("digest").at("sha256").text(), 0) for one in field.at("subject").each())
        if not subjects:
            raise field.at("subject").wrong("at least one file")
        return Attestation(subjects, field.at("predicateType").text(), field.at("predicate").expect(dict))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: this is no in-toto statement about files: {shorten(str(error))}") from error


def describe_resource(name: str, sha256: str) -> dict[str, Any]:
    """Return a file as a resource descriptor."""
    return {"name": spell(name), "digest": {"sha256": sha256}}


def make_test_result(subjects: Iterable[GatedFile], tests: Mapping[str, bool], used: Iterable[tuple[str, str]]) -> Attestation:
    """Return a test result: PASSED only if every test (name -> whether it passed) did. `used` are (name, hash) of what decided about it."""
    passed = [name for name, good in tests.items() if good]
    failed = [name for name, good in tests.items() if not good]
    predicate = {
        "result": FAILED if failed or not passed else PASSED,
        "configuration": [describe_resource(name, sha256) for name, sha256 in used],
        "passedTests": passed,
        "warnedTests": [],
        "failedTests": failed,
    }
    return Attestation(tuple(subjects), TEST_RESULT, predicate)


def make_verification(subjects: Iterable[GatedFile], policy: Mapping[str, Any], properties: Iterable[str], created: str) -> Attestation:
    """Return a verification result: the properties that a gate found to hold at a time (RFC 3339), by its policy.

    The policy is named by the SHA-256 of its JSON without white space and with sorted keys.
    """
    verifier = {"id": f"{TOOL}/{__version__}", "policies": [describe_resource("policy", content_digest(policy))]}
    return Attestation(tuple(subjects), VERIFICATION, {"verifier": verifier, "timeCreated": created, "properties": list(properties)})


def make_provenance(
    subjects: Iterable[GatedFile], what: str, settings: Mapping[str, Any], inputs: Iterable[GatedFile], others: Iterable[GatedFile]
) -> Attestation:
    """Return a provenance: the command `what` made the subjects of the inputs by these settings, and other files beside them."""
    predicate = {
        "buildDefinition": {
            "buildType": f"{TOOL}#{what}",
            "externalParameters": dict(settings),
            "resolvedDependencies": [describe_resource(one.name, one.sha256) for one in inputs],
        },
        "runDetails": {
            "builder": {"id": TOOL, "version": {"leakguard": __version__}},
            "byproducts": [describe_resource(one.name, one.sha256) for one in others],
        },
    }
    return Attestation(tuple(subjects), PROVENANCE, predicate)


def encode_for_signing(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: the pre-authentication encoding of DSSE, in which no two pairs are alike.

    >>> encode_for_signing("a", b"bc")
    b'DSSEv1 1 a 2 bc'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope_to_dict(payload: bytes, signatures: Iterable[KeySignature]) -> dict[str, Any]:
    """Return a DSSE envelope of a statement's bytes."""
    return {
        "payload": b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": one.key, "sig": b64encode(one.value).decode()} for one in signatures],
    }


def parse_envelope(content: bytes, name: str) -> SignedAttestation:
    """Return the content of a DSSE envelope. No signature is checked. Raises UsageError that names the file and the field."""
    try:
        field = Field(json.loads(content))
        payload = _read_base64(field.at("payload"))
        kind = field.at("payloadType").text()
        if kind != PAYLOAD_TYPE:
            raise field.at("payloadType").wrong(PAYLOAD_TYPE)
        signatures = tuple(
            KeySignature(one.at("keyid").expect(str) if one.has("keyid") else "", _read_base64(one.at("sig")))
            for one in field.at("signatures").each()
        )
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: this is no signed statement (a DSSE envelope): {shorten(str(error))}") from error
    return SignedAttestation(payload, kind, signatures, parse_statement(payload, name))


def _read_base64(field: Field) -> bytes:
    """Return the bytes of a text in base64, of the standard or the URL alphabet, as DSSE allows both."""
    try:
        return b64decode(field.text().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError as error:
        raise field.wrong("base64") from error
