"""Read the lineage that a gate requires, and hash the weights of the models that it must be about."""

import re
from hashlib import sha256
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.core.gate import GatePolicy
from leakguard.documents.lineage import read_content
from leakguard.models.causal.checkpoint import locate_weights
from leakguard.models.causal.digests import digest_weights
from leakguard.pipeline.gate_lineage import LineageReading
from leakguard.readers.files.regular_files import MIB, read_regular

LARGEST = 16 * MIB
SHA256 = re.compile(r"[0-9a-f]{64}")


def read_required_lineage(policy: GatePolicy) -> LineageReading | None:
    """Return the lineage that a policy requires, with the digests of the weights of now; None if it requires none."""
    # A model that is named by the digest of its weights need not be at hand.
    required = policy.lineage
    if not required:
        return None
    try:
        content = read_regular(Path(required.file), LARGEST)
        found = read_content(content, required.file)
    except OSError as error:
        return LineageReading(required.file, flaw=f"cannot be read: {error.strerror or error}")
    except UsageError as error:
        return LineageReading(required.file, flaw=str(error))
    digests: dict[str, str] = {}
    unseen = []
    for role in ("teacher", "student"):
        name = getattr(required, role)
        try:
            digests[role] = name if SHA256.fullmatch(name) else _digest(name)
        except UsageError as error:
            unseen.append(f"{role}: {error}")
    return LineageReading(required.file, found, "", sha256(content).hexdigest(), digests, tuple(unseen))


def _digest(name: str) -> str:
    """Return the digest of the weights of a shipped base or a folder. Raises UsageError, also if it holds no weights."""
    folder = locate_weights(name)
    try:
        if not any(folder.glob("*.safetensors")):
            raise UsageError(f"{folder}: has no weights in safetensors files")
        return digest_weights(folder)
    except OSError as error:
        raise UsageError(f"{folder}: the weights cannot be read: {error}") from error
