"""JUnit XML documents: suites of test cases, as CI servers show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as XML

from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.wording import relative_name, shorten

# Characters of one line of a test case's details.
TEXT = 500


@dataclass(frozen=True, slots=True)
class TestCase:
    """One test case: `outcome` is "" if it passed, else failure, error or skipped; `lines` are its details."""

    name: str
    outcome: str = ""
    message: str = ""
    lines: tuple[str, ...] = ()


def write_suites(suites: Mapping[str, Iterable[TestCase]], properties: Mapping[str, str]) -> str:
    """Return a JUnit document with these suites (name -> test cases); each suite gets all properties and its own counts."""
    # Counts are attributes of the suites, so they are set after the cases were added; the root has the sums.
    root = XML.Element("testsuites", name="leakguard")
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for name, cases in suites.items():
        suite = XML.SubElement(root, "testsuite", name=f"leakguard.{escape_text(name)}")
        group = XML.SubElement(suite, "properties")
        for key, value in properties.items():
            XML.SubElement(group, "property", name=key, value=escape_text(value))
        own = dict.fromkeys(counts, 0)
        for case in cases:
            _add_case(suite, case)
            own["tests"] += 1
            for outcome, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                own[key] += case.outcome == outcome
        suite.attrib |= {key: str(count) for key, count in own.items()}
        counts = {key: count + own[key] for key, count in counts.items()}
    root.attrib |= {key: str(count) for key, count in counts.items() if key != "skipped"}
    XML.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + XML.tostring(root, encoding="unicode") + "\n"


def settings_property(file: str | None, root: str) -> dict[str, str]:
    """Return the property that names the settings file, or none without such a file."""
    return {"settings file": relative_name(file, root)} if file else {}


def _add_case(suite: XML.Element, case: TestCase) -> None:
    node = XML.SubElement(suite, "testcase", classname=suite.attrib["name"], name=escape_text(case.name))
    lines = "\n".join(escape_text(shorten(line, TEXT)) for line in case.lines)
    if case.outcome:
        outcome = XML.SubElement(node, case.outcome, type=case.outcome, message=escape_text(case.message))
        outcome.text = lines or None
    elif case.message or lines:
        XML.SubElement(node, "system-out").text = "\n".join(filter(None, (escape_text(case.message), lines)))
