"""The fields of a finding in machine-readable reports, the words around its quote, and the masking of both."""

import re
from collections import Counter
from collections.abc import Iterable

from leakguard.core.finding import Finding, quote_digest
from leakguard.core.record import ID_DIGITS
from leakguard.reports.kit.wording import printable_name

SHOWN_HASH, SHOWN_MASK, MASKED = 12, 8, 3
_WORDS = re.compile(r"\s*\S+\s*")
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


def list_context(finding: Finding, redact: str = "none") -> dict[str, str | bool]:
    """Return the words around the quote, masked as it is, and whether the finding decides the severity of its row, as JSON values."""
    before, after = show_context(finding, redact)
    return {"before": before, "after": after, "decides": finding.decides}


def show_context(finding: Finding, redact: str) -> tuple[str, str]:
    """Return the words before and after the quote: whole ("none"), each masked as a quote is ("mask"), or none ("hash")."""
    if redact == "hash":
        return "", ""
    if finding.sealed or redact == "none":
        return finding.before, finding.after
    return mask_words(finding.before), mask_words(finding.after)


def show_passage(finding: Finding, redact: str) -> str:
    """Return the quote in brackets between the words around it, with single spaces: "we lived at number [14] from May".

    Masked words say little, so of these only the three next to the quote are shown.
    """
    before, after = (collapse_spaces(text) for text in show_context(finding, redact))
    if not before and not after:
        return show_quote(finding, redact)
    if finding.sealed or redact != "none":
        before, after = "".join(_WORDS.findall(before)[-MASKED:]), "".join(_WORDS.findall(after)[:MASKED])
    return f"{before}[{show_quote(finding, redact)}]{after}".strip()


def collapse_spaces(text: str) -> str:
    """Return the text with each run of white space as one space."""
    return re.sub(r"\s+", " ", text)


def mask_words(text: str) -> str:
    """Return the text with each word as its first character and dots; white space stays."""
    return re.sub(r"\S+", lambda word: redact_quote(word[0], "", "mask"), text)


def find_shared_rows(findings: Iterable[Finding]) -> set[tuple[str, int]]:
    """Return file and number of each row with findings at several places: there it matters which of them decides the row."""
    places = {(one.file, one.row, one.span.turn, one.span.start, one.span.end) for one in findings}
    rows = Counter((file, row) for file, row, *_ in places)
    return {row for row, count in rows.items() if count > 1}


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
