"""The fields of a finding in machine-readable reports, and the masking of quotes."""

from collections.abc import Iterable

from leakguard.core.finding import Finding, quote_digest
from leakguard.core.record import ID_DIGITS
from leakguard.reports.kit.wording import printable_name

SHOWN_HASH, SHOWN_MASK = 12, 8
# The second half of a fingerprint is the digest of the quote.
SEEN_HASH = slice(ID_DIGITS, ID_DIGITS + SHOWN_HASH)


def list_fields(finding: Finding, redact: str = "none") -> dict[str, str | int]:
    """Return the fields of a finding as JSON values. Their order is that of all reports; `redact` (none, mask, hash) masks the quote."""
    mark, span = finding.mark, finding.span
    return {
        "file": printable_name(finding.file),
        "row": finding.row,
        "record_id": finding.record_id,
        "fingerprint": finding.fingerprint,
        "rule": mark.rule.id,
        "pack": mark.rule.pack,
        "value": mark.rule.value,
        "severity": mark.severity.label,
        "profile": mark.profile,
        "turn": span.turn,
        "field": span.field,
        "start": span.start,
        "end": span.end,
        "place": f"{span.turn}:{span.start}-{span.end}",
        "quote": show_quote(finding, redact),
        "form": mark.form,
        "message": mark.message,
    }


def sort_by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return errors before warnings before notes; findings of one severity keep their order."""
    return sorted(findings, key=lambda finding: -finding.mark.severity)


def show_quote(finding: Finding, redact: str) -> str:
    """Return the masked quote of a finding. A quote that was masked before stays as it is, or becomes its hash."""
    if finding.sealed:
        return finding.sealed[SEEN_HASH] if redact == "hash" else finding.quote
    return redact_quote(finding.quote, finding.mark.rule.id, redact)


def redact_quote(quote: str, rule: str, redact: str) -> str:
    """Return the whole quote ("none"), its first character and dots ("mask"), or 12 digits of its digest ("hash")."""
    if redact == "hash":
        return quote_digest(rule, quote)[:SHOWN_HASH]
    if redact == "mask":
        return quote[:1] + "•" * (min(len(quote), SHOWN_MASK) - 1)
    return quote
