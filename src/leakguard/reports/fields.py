"""A finding as the fields that every machine-readable report writes, in their order."""

from leakguard.core.finding import Finding, quote_digest

SHOWN_HASH, SHOWN_MASK = 12, 8


def fields(finding: Finding, redact: str = "none") -> dict[str, str | int]:
    """The finding as plain values; `redact` says how much of what was written may be seen."""
    mark, span = finding.mark, finding.span
    return {
        "file": named(finding.file),
        "row": finding.row,
        "record_id": finding.record_id,
        "rule": mark.rule.id,
        "pack": mark.rule.pack,
        "value": mark.rule.value,
        "severity": mark.severity.label,
        "profile": mark.profile,
        "turn": span.turn,
        "field": span.field,
        "start": span.start,
        "end": span.end,
        "quote": redacted(finding.quote, mark.rule.id, redact),
        "form": mark.form,
        "message": mark.message,
        "fingerprint": finding.fingerprint,
    }


def named(file: str) -> str:
    """A file name as text: bytes in it that are no UTF-8 are written as escapes."""
    return file.encode("utf-8", "backslashreplace").decode()


def redacted(quote: str, rule: str, redact: str) -> str:
    """What may be seen of a quote: all of it, its first character and dots, or 12 digits of the fingerprint's second half."""
    if redact == "hash":
        return quote_digest(rule, quote)[:SHOWN_HASH]
    if redact == "mask":
        return quote[:1] + "•" * (min(len(quote), SHOWN_MASK) - 1)
    return quote
