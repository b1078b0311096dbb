"""Reader of result files that a gate requires: JSON documents with a kind, a verdict and the SHA-256 hashes of their data."""

import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from leakguard.core.digests import content_digest
from leakguard.core.gate import KIND, Statement
from leakguard.core.suggest import shorten
from leakguard.documents import audit, certificate
from leakguard.documents.gate_answer import ENVELOPE, answer_flaw
from leakguard.readers.files.regular_files import MIB, read_regular

SCHEMA_VERSIONS = (1,)
LARGEST = 64 * MIB
OURS = "leakguard "
SHA256 = re.compile(r"[0-9a-f]{64}")


def read_statement(path: Path) -> Statement:
    """Read a result file. If it cannot be read or is not a valid result, return a Statement with a `flaw`, which never passes a gate."""
    try:
        content = read_regular(path, LARGEST)
        said: Any = orjson.loads(content)
    except OSError as error:
        return Statement(flaw=f"cannot be read: {error.strerror or error}")
    except orjson.JSONDecodeError as error:
        return Statement(flaw=f"this is not JSON: {error}")
    if not isinstance(said, dict):
        return Statement(flaw="this is no result: expected an object")
    version = said.get("schema_version")
    if type(version) is not int or version not in SCHEMA_VERSIONS:
        return Statement(flaw=f"results of schema_version {str(version)[:20]} are not read, only {', '.join(map(str, SCHEMA_VERSIONS))}")
    try:
        return replace(_statement(said), sha256=sha256(content).hexdigest())
    except RecursionError:
        return Statement(flaw="this is no result: it is nested too deeply")


def _statement(said: dict[str, Any]) -> Statement:
    """Return kind, verdict and hashes of a parsed result, or a Statement with a `flaw` if it is not valid."""
    kind, verdict, data = said.get("kind"), said.get("verdict"), said.get("data")
    # Checked in this order: the types, the digest of leakguard's own documents, and the hashes, without which a result is about no data.
    # The result of a gate is validated completely, because the checks in it are trusted; so is that of an audit, because its verdict
    # alone does not say what could not be checked.
    if not isinstance(kind, str) or not isinstance(verdict, str):
        return Statement(flaw="this is no result: it needs a kind and a verdict")
    ours = kind.startswith(OURS) or kind == audit.ENVELOPE.kind
    if ours and kind != KIND and "digest" in said and said["digest"] != content_digest(said):
        return Statement(flaw="this is not what leakguard wrote: its digest is another one")
    hashes = [entry.get("sha256") for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
    known = frozenset(sha for sha in hashes if isinstance(sha, str) and SHA256.fullmatch(sha))
    if not known:
        return Statement(flaw='it does not say which data it is about: expected "data": [{"sha256": ...}]')
    if kind == certificate.ENVELOPE.kind:
        return Statement(flaw="a certificate may be out of date: require it with the table certificate of the policy, which checks that")
    if kind == audit.ENVELOPE.kind:
        return _state_audit(said, known)
    if kind != KIND:
        return Statement(kind, verdict, known)
    try:
        flaw = answer_flaw(ENVELOPE.open(said))
    except ValueError as error:
        flaw = str(error)
    return Statement(flaw=f"this is no answer that a gate wrote: {flaw}") if flaw else Statement(kind, verdict, known, whole=said)


def _state_audit(said: dict[str, Any], known: frozenset[str]) -> Statement:
    """Return the verdict of an audit with what it could not check, and what it found beside its verdict: a leak in the trait panel."""
    try:
        found = audit.parse_audit(said)
    except (ValueError, OverflowError) as error:
        return Statement(flaw=f"this is no result of leakguard audit: {shorten(str(error))}")
    refusal = f"the trait panel found a leak of {', '.join(found.leaks)}" if found.leaks else ""
    return Statement(
        audit.ENVELOPE.kind,
        str(found.verdict),
        known,
        unchecked="; ".join(found.unchecked),
        refusal=refusal,
        tolerance=found.settings.tolerance,
    )
