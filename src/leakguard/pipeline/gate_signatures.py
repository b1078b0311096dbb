"""Decide whether the files at a gate, and the documents that it relies on, were signed by a key of the policy."""

from collections.abc import Iterator, Sequence

from leakguard.core.attestation import SignatureSearch
from leakguard.core.gate import GateAnswer, GateCheck, GatedFile

LIMIT = "signed by a key of the policy"
UNSIGNED = "what made them was not signed; if they are as they should be, clean or run it again, and sign the new result"
SIGN = "sign the result that made it (leakguard attest sign), and put the envelope beside it as NAME.dsse.json"


def check_signatures(
    search: SignatureSearch | None, data: Sequence[GatedFile], documents: Sequence[tuple[str, str]]
) -> Iterator[GateCheck]:
    """Yield a check for each file of the data and each document (file, SHA-256): a signed attestation names its bytes."""
    if search is None:
        return
    for name, sha256 in (*((one.name, one.sha256) for one in data), *documents):
        yield _check(search, name, sha256)
    if not data:
        yield GateCheck("signature", "signatures", "no file was hashed", LIMIT, GateAnswer.UNSEEN, search.failed)


def _check(search: SignatureSearch, name: str, sha256: str) -> GateCheck:
    """Check one file. What could not be read is UNSEEN, and so is a file about which there is no attestation at all."""
    what = f"{name}: signature"
    if search.failed:
        return GateCheck("signature", what, "could not be checked", LIMIT, GateAnswer.UNSEEN, search.failed)
    if sha256 in search.signed:
        return GateCheck("signature", what, f"signed, {search.signed[sha256]}", LIMIT, GateAnswer.PASSED)
    if sha256 in search.refused:
        return GateCheck("signature", what, "not accepted", LIMIT, GateAnswer.REFUSED, search.refused[sha256])
    if search.unread:
        return GateCheck("signature", what, "an attestation was not read", LIMIT, GateAnswer.UNSEEN, "; ".join(search.unread))
    if search.read:
        why = f"none of the {search.read:,} attestations that were found is about these bytes: they changed since, or {UNSIGNED}"
        return GateCheck("signature", what, "about other bytes", LIMIT, GateAnswer.REFUSED, why)
    return GateCheck("signature", what, "no attestation", LIMIT, GateAnswer.UNSEEN, SIGN)
