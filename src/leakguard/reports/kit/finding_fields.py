"""A finding as the fields that every machine-readable report writes, in their order; what reports show of files, quotes and texts."""

from collections.abc import Iterable
from pathlib import PurePath

from leakguard.core.finding import Finding, quote_digest
from leakguard.core.record import ID_DIGITS
from leakguard.core.suggest import spell

SHOWN_HASH, SHOWN_MASK = 12, 8
# The second half of a fingerprint is the digest of the quote.
SEEN_HASH = slice(ID_DIGITS, ID_DIGITS + SHOWN_HASH)


def row_count(count: int) -> str:
    """A number of rows in words."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def fields(finding: Finding, redact: str = "none") -> dict[str, str | int]:
    """The finding as plain values; `redact` says how much of what was written may be seen."""
    mark, span = finding.mark, finding.span
    return {
        "file": named(finding.file),
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
        "quote": quoted(finding, redact),
        "form": mark.form,
        "message": mark.message,
    }


def named(file: str) -> str:
    """A file name as text: bytes in it that are not UTF-8 are written as escapes; different names stay different."""
    return spell(file)


def located(file: str, root: str) -> str:
    """The file's name seen from the folder `root`, with / between its parts; a file elsewhere keeps its name."""
    path = PurePath(named(file))
    return path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.as_posix()


def loudest(findings: Iterable[Finding]) -> list[Finding]:
    """Errors before warnings before notes; otherwise the order stays."""
    return sorted(findings, key=lambda finding: -finding.mark.severity)


def quoted(finding: Finding, redact: str) -> str:
    """What may be seen of what was written; a quote that was redacted before stays as it is, or becomes its hash."""
    if finding.sealed:
        return finding.sealed[SEEN_HASH] if redact == "hash" else finding.quote
    return redacted(finding.quote, finding.mark.rule.id, redact)


def shortened(text: str, most: int) -> str:
    """The text, or its first characters and how many there are."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def redacted(quote: str, rule: str, redact: str) -> str:
    """What may be seen of a quote: all of it, its first character and dots, or 12 digits of the fingerprint's second half."""
    if redact == "hash":
        return quote_digest(rule, quote)[:SHOWN_HASH]
    if redact == "mask":
        return quote[:1] + "•" * (min(len(quote), SHOWN_MASK) - 1)
    return quote
