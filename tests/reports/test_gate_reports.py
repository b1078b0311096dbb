"""The result of a gate in the formats that CI servers and pull requests read."""

import re

import cmarkgfm
import html5lib
import junitparser
import pytest
from cmarkgfm.cmark import Options
from hostile import TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.gate import GateAnswer, GateCheck, GatedFile, GatePolicy, GateResult
from leakguard.reports import GATE_REPORTS
from leakguard.reports.gate.conclusion import suggest_steps
from leakguard.reports.kit.style import Style

CHECKS = st.builds(GateCheck, st.just("rows"), TEXTS.filter(bool), TEXTS, TEXTS, st.sampled_from(GateAnswer), TEXTS)
ANSWERS = st.builds(
    lambda checks, name: GateResult(tuple(checks), (GatedFile(name, "ab" * 32, 7),), GatePolicy()),
    st.lists(CHECKS, max_size=6),
    TEXTS.filter(bool),
)


def report(name, result):
    return GATE_REPORTS[name](result, Style())


def gate(*answers):
    checks = [GateCheck("rows", f"check {nth}", "3 of 9", "none", answer, "because") for nth, answer in enumerate(answers)]
    return GateResult(tuple(checks), (GatedFile("a.jsonl", "ab" * 32, 7),), GatePolicy())


def cases(result):
    """(outcome, message) of each case, as a JUnit parser reads them."""
    (suite,) = junitparser.JUnitXml.fromroot(junitparser.junitparser.etree.fromstring(report("junit", result).encode()))
    return [(type(case.result[0]).__name__, case.result[0].message) if case.result else ("Passed", None) for case in suite]


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_nothing_of_the_data_is_read_as_anything_else(result):
    """Whatever a check says: the document can be read, every line is a command of ours, nothing is markup."""
    outcomes = {GateAnswer.PASSED: "Passed", GateAnswer.REFUSED: "Failure", GateAnswer.UNSEEN: "Error"}
    assert [outcome for outcome, _ in cases(result)][: len(result.checks)] == [outcomes[check.answer] for check in result.checks]
    *commands, _ = report("github", result).splitlines()
    assert all(re.fullmatch(r"::(error|notice) [^:]*::.*", line) for line in commands)
    page = cmarkgfm.github_flavored_markdown_to_html(report("markdown", result), options=Options.CMARK_OPT_UNSAFE)
    tags = {node.tag for node in html5lib.parse(page, namespaceHTMLElements=False).iter()}
    assert tags <= set(re.findall(r"\w+", "html head body h3 p strong table thead tbody tr th td code sub i ul li"))
    assert len(report("markdown", result)) < 65_536


@pytest.mark.parametrize(
    ("answers", "heading", "urgency"),
    [
        ([GateAnswer.PASSED], "### leakguard gate: passed", "::notice"),
        ([GateAnswer.PASSED, GateAnswer.REFUSED], "### leakguard gate: blocked", "::error"),
        ([GateAnswer.PASSED, GateAnswer.UNSEEN], "### leakguard gate: blocked", "::error"),
        ([], "### leakguard gate: blocked", "::error"),
    ],
)
def test_a_gate_is_open_only_if_every_check_passed(answers, heading, urgency):
    """One check that was refused, or could not look, or no check at all: shut, in every format."""
    result = gate(*answers)
    assert report("markdown", result).startswith(heading)
    assert report("github", result).startswith(urgency)
    assert all(outcome == "Passed" for outcome, _ in cases(result)) is (heading.endswith("passed"))


def test_what_kept_it_shut_comes_first():
    """A check says what was observed, what is allowed and why; those that could not look stand before those that were refused."""
    result = gate(GateAnswer.PASSED, GateAnswer.REFUSED, GateAnswer.UNSEEN)
    assert cases(result)[1] == ("Failure", "3 of 9; allowed: none")
    assert [line.partition("title=")[2].partition("::")[0] for line in report("github", result).splitlines()[1:-1]] == [
        "check 2",
        "check 1",
    ]
    text = report("markdown", result)
    assert text.index("check 1") < text.index("check 0")


def test_a_gate_with_many_checks_is_cut_and_counted():
    """Ten annotations, 25 lines of a comment, and how many there are."""
    result = gate(*[GateAnswer.REFUSED] * 40)
    assert report("github", result).count("::error") == 10
    assert report("github", result).endswith("Not shown as annotations: 31 checks.\n")
    assert "... and 15 more checks." in report("markdown", result)


def test_a_comment_always_fits():
    """As many checks as there may be, each as long as it may be, stay within a comment."""
    nasty = "|@" * 500
    result = GateResult((GateCheck("rows", nasty, nasty, nasty, GateAnswer.UNSEEN, nasty),) * 100, (), GatePolicy())
    assert len(report("markdown", result)) < 65_536


@pytest.mark.parametrize("name", GATE_REPORTS)
def test_every_report_of_a_gate_says_what_comes_of_it(name):
    """Open or shut, and the honest sentence where it is open."""
    shown = " ".join(GATE_REPORTS[name](gate(GateAnswer.PASSED), Style(width=1000)).split())
    assert "Gate passed: all 1 checks passed." in shown
    assert "not evidence of safety" in shown


@settings(max_examples=15, deadline=None)
@given(ANSWERS)
def test_the_web_page_holds_what_was_observed_as_text(result):
    """Whatever the checks say: our one script, no frame, image or link of theirs, and every check that did not pass before the rest."""
    nodes = list(html5lib.parse(report("html", result), namespaceHTMLElements=False).iter())
    tags = [node.tag for node in nodes if isinstance(node.tag, str)]
    assert tags.count("script") == 1
    assert not {"iframe", "img", "a", "base", "svg", "form"} & {*tags}
    assert not [name for node in nodes for name in node.attrib if str(name).startswith("on")]
    answers = ["".join(node.itertext()) for node in nodes if node.attrib.get("data-label") == "result"]
    assert answers == sorted(answers, key=lambda answer: answer == "passed")
    assert len(answers) == len(result.checks)


@pytest.mark.parametrize(
    ("checks", "advice", "no_advice"),
    [
        ({"rate": "REFUSED"}, "leakguard clean PATH... -o cleaned", "output of a clean"),
        ({"rate": "REFUSED", "manifest": "PASSED"}, "clean its input again with a stricter policy", "leakguard clean PATH"),
        ({"manifest": "REFUSED"}, "Only rows that a clean kept, unchanged since", "leakguard clean PATH"),
        ({"duplicates": "REFUSED"}, "View the findings", "leakguard clean PATH"),
        ({"rate": "REFUSED", "rows": "UNSEEN"}, "Fix what could not be checked", "leakguard clean PATH"),
    ],
)
def test_the_next_step_after_a_blocked_gate_fits_what_failed(checks, advice, no_advice):
    """A clean is suggested for findings alone, and not for rows that a clean wrote."""
    made = tuple(GateCheck(kind, kind, "9", "none", GateAnswer[answer]) for kind, answer in checks.items())
    words = str(suggest_steps(GateResult(made, (), GatePolicy())))
    assert advice in words and no_advice not in words
