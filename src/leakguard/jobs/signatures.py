"""Find signed attestations beside data, and say which hashes of files a key of a gate's policy has signed."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leakguard.core.attestation import Attestation, SignatureSearch, SignedAttestation
from leakguard.core.errors import LeakguardError, MissingExtra, UsageError
from leakguard.core.gate import GatePolicy
from leakguard.core.store_address import find_address
from leakguard.documents.attestation import PASSED, PROVENANCE, TEST_RESULT, VERIFICATION, parse_envelope
from leakguard.outputs.attestation_keys import find_signers, load_public_keys
from leakguard.outputs.manifest_search import list_result_folders
from leakguard.readers.files.places import ResultPlace, read_document
from leakguard.readers.files.regular_files import MIB

ENVELOPES = "*.dsse.json"
"""Names of attestations that are looked for beside data and documents."""
LARGEST = 64 * MIB
MOST = 256
"""Attestations that are read of one folder. That there were more is said."""


def load_required_keys(policy: GatePolicy) -> Mapping[str, Any] | str:
    """Return the public keys of a policy by their files, or why no signature can be checked: the extra is missing.

    Raises UsageError for a file that is no public key.
    """
    try:
        return load_public_keys([Path(file) for file in policy.signed_by], "gate: signed-by")
    except MissingExtra as error:
        return str(error)


def search_signatures(policy: GatePolicy, keys: Mapping[str, Any] | str, files: Iterable[str]) -> SignatureSearch | None:
    """Read the attestations that a policy names, or else those beside `files`; None if the policy requires no signature.

    Only signatures by `keys` (see `load_required_keys`) count, so it is no matter who put an attestation there.
    """
    if not policy.signed_by:
        return None
    if isinstance(keys, str):
        return SignatureSearch(failed=keys)
    signed: dict[str, str] = {}
    refused: dict[str, str] = {}
    places: Sequence[ResultPlace] = [find_address(name) or Path(name) for name in policy.attestations]
    unread: list[str] = []
    read = 0
    if not places:
        places, unread = _list_beside(files)
    for place in places:
        try:
            envelope = _read_envelope(place)
        except UsageError as error:
            unread.append(str(error))
            continue
        read += 1
        signers = find_signers(envelope, keys)
        flaw = "" if signers else "no key of signed-by signed it"
        flaw = flaw or _find_flaw(envelope.attestation)
        for one in envelope.attestation.subjects:
            if flaw:
                refused.setdefault(one.sha256, f"{place}: {flaw}")
            else:
                signed.setdefault(one.sha256, f"{place} by {', '.join(signers)}")
    return SignatureSearch(signed, refused, tuple(unread), read)


def _list_beside(files: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Return the attestations beside files of this machine and beside the manifest of a clean above them, and of which folders not all."""
    folders: dict[Path, Path] = {}
    places: list[Path] = []
    unread = []
    for name in files:
        # The folders of a path as it was given are named in messages; above a relative path there may be others.
        for path in () if find_address(name) else (Path(name), Path(name).absolute()):
            for folder in list_result_folders(path):
                folders.setdefault(folder.resolve(), folder)
    for folder in folders.values():
        found = sorted(folder.glob(ENVELOPES))
        places += found[:MOST]
        if (left := len(found) - MOST) > 0:
            unread.append(f"{folder}: {left:,} of {len(found):,} attestations were not read; name the right one in `attestations`")
    return places, unread


def _read_envelope(place: ResultPlace) -> SignedAttestation:
    """Return the content of an envelope. Raises UsageError."""
    try:
        return parse_envelope(read_document(place, LARGEST), str(place))
    except (OSError, LeakguardError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{place}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _find_flaw(attestation: Attestation) -> str:
    """Return why a signed attestation is not accepted: its test failed, or its claim is of a type that a gate does not read."""
    kind = attestation.predicate_type
    if kind not in ACCEPTED:
        return f"it is signed, and its claim is of the type {kind[:80]!r}, which a gate does not read"
    if kind == TEST_RESULT and attestation.predicate.get("result") != PASSED:
        return f"it is signed, and the result of its test is {str(attestation.predicate.get('result'))[:80]}"
    return ""


ACCEPTED: Sequence[str] = (PROVENANCE, TEST_RESULT, VERIFICATION)
"""Types of claims that a gate accepts."""
