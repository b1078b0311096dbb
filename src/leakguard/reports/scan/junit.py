"""JUnit XML, for whatever shows test results: a suite for the rows, a case for each rule; what could not be looked at is an error."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as XML

from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult, Tally
from leakguard.core.rule import Rule
from leakguard.core.version import __version__
from leakguard.reports.kit.escape import visible
from leakguard.reports.kit.finding_fields import located, named, quoted, row_count, shortened
from leakguard.reports.scan.conclusion import closing, failing
from leakguard.reports.scan.rates import Share, looked_at, shares
from leakguard.reports.scan.unscanned import left_out

PLACES, TEXT = 20, 500


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: `outcome` is "" where it passed, else failure, error or skipped; `lines` are its details."""

    name: str
    outcome: str = ""
    message: str = ""
    lines: tuple[str, ...] = ()


def junit(result: ScanResult, *, redact: str, root: str = "") -> str:
    """The whole document."""
    suites = {"rows": _rows(result), **_packs(result, redact)}
    said = {"version": __version__, "rows looked at": f"{looked_at(result.tally)}", "conclusion": " ".join(closing(result))}
    left = " ".join(left_out(result.tally))
    said |= {"left out": left} if left else {}
    return xml(suites, {**said, **settings(result.settings_file, root)})


def settings(file: str | None, root: str) -> dict[str, str]:
    """The property that names the settings file that was used, if any."""
    return {"settings file": located(file, root)} if file else {}


def xml(suites: Mapping[str, Iterable[Case]], said: Mapping[str, str]) -> str:
    """Suites of cases as a document; `said` become properties of each suite."""
    root = XML.Element("testsuites", name="leakguard")
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for name, cases in suites.items():
        suite = XML.SubElement(root, "testsuite", name=f"leakguard.{visible(name)}")
        properties = XML.SubElement(suite, "properties")
        for key, value in said.items():
            XML.SubElement(properties, "property", name=key, value=visible(value))
        own = dict.fromkeys(counts, 0)
        for case in cases:
            _add(suite, case)
            own["tests"] += 1
            for outcome, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                own[key] += case.outcome == outcome
        suite.attrib |= {key: str(count) for key, count in own.items()}
        counts = {key: count + own[key] for key, count in counts.items()}
    root.attrib |= {key: str(count) for key, count in counts.items() if key != "skipped"}
    XML.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + XML.tostring(root, encoding="unicode") + "\n"


def _add(suite: XML.Element, case: Case) -> None:
    node = XML.SubElement(suite, "testcase", classname=suite.attrib["name"], name=visible(case.name))
    lines = "\n".join(visible(shortened(line, TEXT)) for line in case.lines)
    if case.outcome:
        found = XML.SubElement(node, case.outcome, type=case.outcome, message=visible(case.message))
        found.text = lines or None
    elif case.message or lines:
        XML.SubElement(node, "system-out").text = "\n".join(filter(None, (visible(case.message), lines)))


def _rows(result: ScanResult) -> list[Case]:
    """Could everything be looked at; after a clean also whether what was kept is what was asked for."""
    cases = _seen("", result.tally, result)
    if result.control:
        cases += _seen("control: ", result.control, None)
    if result.interrupted:
        cases.append(Case("the run came to its end", "error", "It was interrupted: the rows that follow were not looked at."))
    if result.cleaning and result.fail_on is not None:
        left = failing(result)
        what = f"{row_count(left)} in use at or above --fail-on {result.fail_on.label}."
        cases.append(Case(f"nothing at or above {result.fail_on.label} is left", *(("failure", what) if left else ())))
    return cases


def _seen(whose: str, tally: Tally, result: ScanResult | None) -> list[Case]:
    unread, missed = (result.unreadable, result.missed) if result else ((), ())
    unreadable = [f"{named(one.origin.file)}:{one.origin.row}: {one.reason}: {one.detail}" for one in unread]
    undetermined = [f"{named(one.file)}:{one.row}: {one.detector}: {one.reason}" for one in missed]
    unsure = tally.unsure
    blind = looked_at(tally) <= unsure
    return [
        _blind(f"{whose}every row can be read", tally.unreadable, "unreadable", unreadable),
        _blind(f"{whose}every detector looked at every row", unsure, "undetermined", undetermined),
        Case(f"{whose}something was looked at", *(("error", "No row was looked at: nothing can be said.") if blind else ())),
    ]


def _blind(name: str, count: int, word: str, lines: list[str]) -> Case:
    return Case(name, "error", f"{row_count(count)} {word}: what they hold is unknown.", _first(lines, count)) if count else Case(name)


def _packs(result: ScanResult, redact: str) -> dict[str, list[Case]]:
    """A suite for each pack and a case for each of its rules, whether it spoke or not; none passes where nobody looked."""
    found, places = defaultdict(list), defaultdict(list)
    for share in shares(result):
        found[share.rule].append(share)
    for finding in result.findings:
        places[finding.mark.rule.id].append(finding)
    blind = looked_at(result.tally) <= result.tally.unsure
    suites: dict[str, list[Case]] = defaultdict(list)
    for rule in result.rules.values():
        unseen = Case(rule.id, "skipped", "No row was looked at.")
        suites[rule.pack].append(unseen if blind else _rule(rule, found[rule.id], places[rule.id], result, redact))
    return suites


def _rule(rule: Rule, found: list[Share], places: list[Finding], result: ScanResult, redact: str) -> Case:
    """A failure is a finding at or above --fail-on; a clean has acted on what it found."""
    words = [f"{share.findings:,} at {share.severity.label} in {row_count(share.rows)}" for share in found if share.findings]
    if not words:
        return Case(rule.id)
    loud = [share for share in found if share.findings and result.fail_on is not None and share.severity >= result.fail_on]
    shown = [f"{named(one.file)}:{one.row}: {one.span.field}: {one.mark.severity.label}: {quoted(one, redact)}" for one in places]
    lines = _first(shown, sum(share.findings for share in found)) if places else ()
    message = f"{rule.meaning}: {', '.join(words)}"
    return Case(rule.id, "failure" if loud and not result.cleaning else "", message, lines)


def _first(lines: list[str], total: int) -> tuple[str, ...]:
    more = total - min(len(lines), PLACES)
    return (*lines[:PLACES], *([f"... and {more:,} more"] if more > 0 else ()))
