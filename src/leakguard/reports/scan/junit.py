"""The report of a scan or a clean as JUnit XML: a test case for each rule, and errors for rows that could not be checked."""

from collections import defaultdict

from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult, Tally
from leakguard.core.rule import Rule
from leakguard.core.version import __version__
from leakguard.reports.kit.coverage import UNKNOWN, describe_excluded
from leakguard.reports.kit.findings import show_quote
from leakguard.reports.kit.junit import TestCase, settings_property, write_suites
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_findings, format_rows, printable_name
from leakguard.reports.scan.conclusion import conclude, count_failing_rows
from leakguard.reports.scan.rates import RuleRate, count_scanned_rows, rate_rules

PLACES, TEXT = 20, 500


def render(result: ScanResult, style: Style) -> str:
    """Return the document: a suite for the rows and one for each pack."""
    redact, root = style.redact or "mask", style.root
    suites = {"rows": _rows(result), **_packs(result, redact)}
    properties = {"version": __version__, "rows looked at": f"{count_scanned_rows(result.tally)}", "conclusion": " ".join(conclude(result))}
    left = " ".join(describe_excluded(result.tally))
    properties |= {"left out": left} if left else {}
    return write_suites(suites, {**properties, **settings_property(result.settings_file, root)})


def _rows(result: ScanResult) -> list[TestCase]:
    """Return cases that fail if a row could not be checked, or if a clean left findings at or above `fail_on` in use."""
    cases = _seen("", result.tally, result)
    if result.control:
        cases += _seen("control: ", result.control, None)
    if result.interrupted:
        cases.append(TestCase("the run finished", "error", "Interrupted: the remaining rows were not scanned."))
    if result.cleaning and result.fail_on is not None:
        left = count_failing_rows(result)
        what = f"{format_rows(left)} in use with a finding at or above fail-on {result.fail_on.label}."
        cases.append(TestCase(f"no finding at or above {result.fail_on.label} is left in use", *(("failure", what) if left else ())))
    return cases


def _seen(whose: str, tally: Tally, result: ScanResult | None) -> list[TestCase]:
    unread, missed = (result.unreadable, result.missed) if result else ((), ())
    unreadable = [f"{printable_name(one.origin.file)}:{one.origin.row}: {one.reason}: {one.detail}" for one in unread]
    undetermined = [f"{printable_name(one.file)}:{one.row}: {one.detector}: {one.reason}" for one in missed]
    unsure = tally.unsure
    blind = count_scanned_rows(tally) <= unsure
    return [
        _blind(f"{whose}every row can be read", tally.unreadable, "unreadable", unreadable),
        _blind(f"{whose}every detector checked every row", unsure, "undetermined", undetermined),
        TestCase(f"{whose}at least one row was scanned", *(("error", "No row was scanned, so there is no result.") if blind else ())),
    ]


def _blind(name: str, count: int, word: str, lines: list[str]) -> TestCase:
    return TestCase(name, "error", f"{format_rows(count)} {word}: {UNKNOWN}.", _first(lines, count)) if count else TestCase(name)


def _packs(result: ScanResult, redact: str) -> dict[str, list[TestCase]]:
    """Return a suite for each pack with a case for each rule; if no row was scanned, the cases are skipped, not passed."""
    found, places = defaultdict(list), defaultdict(list)
    for share in rate_rules(result):
        found[share.rule].append(share)
    for finding in result.findings:
        places[finding.mark.rule.id].append(finding)
    blind = count_scanned_rows(result.tally) <= result.tally.unsure
    suites: dict[str, list[TestCase]] = defaultdict(list)
    for rule in result.rules.values():
        unseen = TestCase(rule.id, "skipped", "No row was scanned.")
        suites[rule.pack].append(unseen if blind else _rule(rule, found[rule.id], places[rule.id], result, redact))
    return suites


def _rule(rule: Rule, found: list[RuleRate], places: list[Finding], result: ScanResult, redact: str) -> TestCase:
    """Return the case of a rule: a failure if it has a finding at or above `fail_on`; after a clean never a failure."""
    words = [
        f"{format_findings(share.findings)} of severity {share.severity.label} in {format_rows(share.rows)}"
        for share in found
        if share.findings
    ]
    if not words:
        return TestCase(rule.id)
    failing = [share for share in found if share.findings and result.fail_on is not None and share.severity >= result.fail_on]
    shown = [
        f"{printable_name(one.file)}:{one.row}: {one.span.field}: {one.mark.severity.label}: {show_quote(one, redact)}" for one in places
    ]
    lines = _first(shown, sum(share.findings for share in found)) if places else ()
    message = f"{rule.meaning}: {', '.join(words)}"
    return TestCase(rule.id, "failure" if failing and not result.cleaning else "", message, lines)


def _first(lines: list[str], total: int) -> tuple[str, ...]:
    more = total - min(len(lines), PLACES)
    return (*lines[:PLACES], *([f"... and {more:,} more"] if more > 0 else ()))
