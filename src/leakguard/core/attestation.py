"""An attestation: a claim about files by their hashes, which a key may have signed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakguard.core.gate import GatedFile


@dataclass(frozen=True, slots=True)
class Attestation:
    """A claim of one type (`predicate_type`, a URI) about files; `predicate` says what is claimed. An in-toto Statement."""

    subjects: tuple[GatedFile, ...]
    predicate_type: str
    predicate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeySignature:
    """A signature, and the name of its key: the SHA-256 of the public key."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class SignedAttestation:
    """A DSSE envelope: the bytes that were signed (`payload`), their type, and the signatures; `attestation` is what the bytes say."""

    payload: bytes
    payload_type: str
    signatures: tuple[KeySignature, ...]
    attestation: Attestation


@dataclass(frozen=True, slots=True)
class CheckedAttestation:
    """What a verification found: the keys of valid signatures, and of each file why it is not what was attested ("": it is)."""

    attestation: Attestation
    keys: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureSearch:
    """What the attestations that were found say about the hashes of files.

    `signed` maps a SHA-256 to the file of an attestation that a required key signed and whose claim is accepted; `refused` maps it to the
    reason why no attestation about it counts. `unread` says which attestations were not read, `read` counts the others. `failed` says why
    no signature could be checked at all.
    """

    signed: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    read: int = 0
    failed: str = ""
