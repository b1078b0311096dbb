"""Signatures with Ed25519 keys in PEM files, by the package cryptography (extra: attest)."""

import stat
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from leakguard.core.attestation import KeySignature, SignedAttestation
from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.documents.attestation import PAYLOAD_TYPE, encode_for_signing
from leakguard.readers.files.regular_files import read_regular

LARGEST = 1 << 16
# Signatures of an envelope that are checked.
MOST_SIGNATURES = 64
MAKE = "make one with: openssl genpkey -algorithm ed25519 -out key.pem && chmod 600 key.pem"
EXPORT = "write it with: openssl pkey -in key.pem -pubout -out key.pub"


def sign_payload(payload: bytes, key_file: Path) -> KeySignature:
    """Return the signature of a statement's bytes by a private key.

    Raises UsageError for a file that others may read, that is no unencrypted Ed25519 key, or that cannot be read; MissingExtra. No message
    has anything of the key in it.
    """
    content = _read_key(key_file)
    if key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"`key` {key_file}: other users may read this private key; take their rights away (chmod 600) and replace the key")
    serialization, ed25519 = _import_cryptography()
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise UsageError(f"`key` {key_file}: this is no private Ed25519 key without a password; {MAKE}")
    return KeySignature(_name_key(key.public_key()), key.sign(encode_for_signing(PAYLOAD_TYPE, payload)))


def load_public_keys(files: Sequence[Path], setting: str = "key") -> dict[str, Any]:
    """Return the public keys in PEM files, by the paths of the files.

    Raises UsageError for a file that is no public Ed25519 key, which names the `setting`, and MissingExtra.
    """
    return {str(path): _load_public(path, setting) for path in files}


def find_signers(envelope: SignedAttestation, keys: Mapping[str, Any]) -> list[str]:
    """Return the files of the public keys (see `load_public_keys`) that signed an envelope.

    A signature counts by itself: the name of its key in the envelope is not relied on.
    """
    from cryptography.exceptions import InvalidSignature

    signed = encode_for_signing(envelope.payload_type, envelope.payload)
    found = []
    for path, key in keys.items():
        for signature in envelope.signatures[:MOST_SIGNATURES]:
            try:
                key.verify(signature.value, signed)
            except InvalidSignature:
                continue
            found.append(path)
            break
    return found


def _load_public(path: Path, setting: str) -> Any:
    """Return the public key of a PEM file."""
    content = _read_key(path, setting)
    serialization, ed25519 = _import_cryptography()
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError:
        key = None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise UsageError(f"`{setting}` {path}: this is no public Ed25519 key; {EXPORT}")
    return key


def _read_key(path: Path, setting: str = "key") -> bytes:
    try:
        return read_regular(path, LARGEST)
    except OSError as error:
        raise UsageError(f"`{setting}` {path}: cannot be read: {error.strerror or error}") from error


def _name_key(public: Any) -> str:
    """Return the SHA-256 of a public key in its DER form."""
    serialization, _ = _import_cryptography()
    content = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(content).hexdigest()


def _import_cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtra(f"signatures need the package cryptography: {install('attest')}") from error
    return serialization, ed25519
