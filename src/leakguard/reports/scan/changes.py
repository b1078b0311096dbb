"""The comparison of two saved results: which findings are new, gone and unchanged, and how the rate of each rule changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.finding import Finding
from leakguard.core.results import RuleCount, ScanResult
from leakguard.core.rule import Severity
from leakguard.core.version import __version__
from leakguard.reports.kit.findings import show_passage, sort_by_severity
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_findings, format_percent, format_rows, printable_name
from leakguard.reports.scan.conclusion import count_findings, write_caveat
from leakguard.reports.scan.rates import compare_to_control, count_scanned_rows, divide, format_points

LISTED, MEANING = 20, 2


@dataclass(frozen=True, slots=True)
class FindingChanges:
    """Findings by their fingerprints: `new` are only in the newer result, `gone` only in the older one, `same` in both.

    `unlisted` says that a result lists only its first findings, so that some of the others may be called new or gone wrongly.
    """

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    same: tuple[Finding, ...]
    unlisted: bool


def compare_findings(old: ScanResult, new: ScanResult) -> FindingChanges:
    """Compare the listed findings of two results by fingerprint, which does not depend on file names and row numbers.

    Findings with equal fingerprints (the same quote in equal rows) count once. Order and redaction of the results have no effect.
    """
    before = {finding.fingerprint: finding for finding in reversed(old.findings)}
    after = {finding.fingerprint: finding for finding in reversed(new.findings)}
    return FindingChanges(
        new=tuple(sort_by_severity(after[key] for key in reversed(after) if key not in before)),
        gone=tuple(sort_by_severity(before[key] for key in reversed(before) if key not in after)),
        same=tuple(sort_by_severity(after[key] for key in reversed(after) if key in before)),
        unlisted=any(count_findings(result.tally) > len(result.findings) for result in (old, new)),
    )


def render_changes(old: ScanResult, new: ScanResult, style: Style) -> str:
    """Return the comparison as text: counts, rates by rule with intervals, and the new and gone findings."""
    changes = compare_findings(old, new)
    page = Page(width=style.width, color=style.color)
    names = (", ".join(map(printable_name, result.files[:MEANING])) or "no file" for result in (old, new))
    page.line(f"leakguard {__version__}: changes of findings", "bold")
    for word, result, name in zip(("Old", "New"), (old, new), names, strict=True):
        page.line(f"{word}: {name}, {format_rows(result.tally.seen)}")
    page.line(f"Findings: {len(changes.new):,} new, {len(changes.gone):,} gone, {len(changes.same):,} unchanged.", "bold")
    if changes.unlisted:
        page.line("A saved result lists only the first findings of each severity; findings beyond them are not compared. Rates count all.")
    lines = _list_rates(old, new)
    if lines:
        page.line()
        heads = ["rule", "severity", "old rows", "%", "new rows", "%", "difference, points (95 %)"]
        page.columns(heads, [[(cell, "") for cell in line] for line in lines], words=2)
    for word, findings in (("New", changes.new), ("Gone", changes.gone)):
        _print_findings(page, word, findings, style.redact or "mask")
    page.line()
    page.line(write_caveat(new), "bold")
    return page.text


def _list_rates(old: ScanResult, new: ScanResult) -> list[list[str]]:
    """Return a line of cells for each rule and severity: rows and shares in both results, and Newcombe's interval of the difference."""
    keys = dict.fromkeys([*new.tally.by_rule, *old.tally.by_rule])
    lines: list[tuple[Severity, int, list[str]]] = []
    for rule, severity in keys:
        rows = [result.tally.by_rule.get((rule, severity), RuleCount()).rows for result in (old, new)]
        shares = [divide(count, count_scanned_rows(result.tally)) for count, result in zip(rows, (old, new), strict=True)]
        difference = compare_to_control(rows[1], new.tally, rows[0], old.tally)
        cells = [f"{rows[0]:,}", format_percent(shares[0]), f"{rows[1]:,}", format_percent(shares[1]), format_points(difference)]
        lines.append((severity, max(rows), [rule, severity.label, *cells]))
    return [cells for _, _, cells in sorted(lines, key=lambda line: (-line[0], -line[1], line[2]))]


def _print_findings(page: Page, word: str, findings: Sequence[Finding], redact: str) -> None:
    """Print the first findings, each with the words around it, and the number of the rest."""
    if not findings:
        return
    page.line()
    page.line(f"{word}: {format_findings(len(findings))}", "bold")
    for one in findings[:LISTED]:
        where = f"{printable_name(one.file)}:{one.row}"
        page.hanging(f"{where}  {one.mark.severity.label}  {one.mark.rule.id}  {show_passage(one, redact)}", 2)
    if len(findings) > LISTED:
        page.line(f"    ... and {len(findings) - LISTED:,} more")
