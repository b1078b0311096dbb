"""The report of a verification of a signed statement, as text."""

from leakguard.core.attestation import CheckedAttestation
from leakguard.reports.kit.wording import printable_name


def describe_attestation(checked: CheckedAttestation) -> str:
    """Return who signed, what is claimed, and every file with what was found."""
    attestation = checked.attestation
    signed = f"Signed by {', '.join(checked.keys)}." if checked.keys else "Not signed by any of these keys."
    lines = [signed, f"Claim: {attestation.predicate_type}{_summarise(attestation.predicate)}"]
    if not checked.files and not checked.missing:
        lines.append(f"{len(attestation.subjects):,} files are named; they were not compared.")
    lines += [f"{name}: {flaw or 'same hash'}" for name, flaw in checked.files.items()]
    return "\n".join(printable_name(line) for line in [*lines, *checked.missing]) + "\n"


def _summarise(predicate: object) -> str:
    """Return the result of a test, in brackets; empty for other claims."""
    result = predicate.get("result") if isinstance(predicate, dict) else None
    return f" ({result})" if isinstance(result, str) else ""
