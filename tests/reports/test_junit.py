"""JUnit XML, read by a parser that knows the format."""

from dataclasses import replace

import junitparser
import pytest
from hostile import results
from hypothesis import given, settings

from leakguard.core.results import Cleaning, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.junit import render


def read(result, redact="mask"):
    """The document, and all cases by suite and name as (outcome, message)."""
    suites = junitparser.JUnitXml.fromroot(junitparser.junitparser.etree.fromstring(render(result, Style(redact=redact)).encode()))
    cases = {}
    for suite in suites:
        for case in suite:
            (found,) = case.result or [None]
            cases[suite.name, case.name] = (type(found).__name__, found.message) if found is not None else ("Passed", case.system_out)
    return suites, cases


@settings(max_examples=60, deadline=None)
@given(results())
def test_every_document_can_be_read(result):
    """Whatever stands in the data, a parser reads the document, and its counts are those of its cases."""
    suites, cases = read(result, redact="none")
    outcomes = [outcome for outcome, _ in cases.values()]
    assert (suites.tests, suites.failures, suites.errors) == (len(outcomes), outcomes.count("Failure"), outcomes.count("Error"))
    for suite in suites:
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
            len([*suite]),
            *(
                sum(any(isinstance(one, kind) for one in case.result) for case in suite)
                for kind in (junitparser.Failure, junitparser.Error, junitparser.Skipped)
            ),
        )


def test_could_not_look_is_an_error_and_a_finding_a_failure(result):
    """Unreadable and undetermined rows are errors; a rule at or above --fail-on fails; quieter ones pass and say what they found."""
    _, cases = read(result)
    assert cases["leakguard.rows", "every row can be read"] == ("Error", "1 row unreadable: their content is unknown.")
    assert cases["leakguard.rows", "every detector checked every row"][0] == "Error"
    assert cases["leakguard.hate", "hate.1488"] == ("Failure", "'14 words' and a salute: 2 findings of severity error in 1 row")
    outcome, said = cases["leakguard.luck", "luck.666"]
    assert (outcome, said.splitlines()[1]) == ("Passed", "data.jsonl:5: messages[1].content: warning: s•••••••")
    assert cases["leakguard.luck", "luck.7"] == ("Passed", None)


@pytest.mark.parametrize(("level", "failures"), [(None, 0), (Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.NOTE, 3)])
def test_failures_follow_fail_on(result, level, failures):
    """What fails is what makes the exit code 1."""
    assert read(replace(result, fail_on=level))[0].failures == failures


@pytest.mark.parametrize("tally", [Tally(), Tally(seen=2, unreadable=2), Tally(seen=2, undetermined=2, missed=2, texts=2)])
def test_where_nobody_looked_no_rule_passes(clean, tally):
    """Rules are skipped, and an error says that nothing was looked at."""
    _, cases = read(replace(clean, tally=tally))
    assert cases["leakguard.rows", "at least one row was scanned"][0] == "Error"
    assert {outcome for (suite, _), (outcome, _) in cases.items() if suite != "leakguard.rows"} == {"Skipped"}


def test_an_interrupted_run_is_an_error(clean):
    """The rows that follow were not looked at."""
    assert read(replace(clean, interrupted=True))[1]["leakguard.rows", "the run finished"][0] == "Error"


def test_an_incomplete_control_is_an_error(clean):
    """A comparison with rows that nobody could read says nothing."""
    _, cases = read(replace(clean, control=Tally(seen=3, kept=2, unreadable=1, texts=2)))
    assert cases["leakguard.rows", "control: every row can be read"][0] == "Error"


@pytest.mark.parametrize(("left", "outcome"), [({}, "Passed"), ({Severity.ERROR: 2}, "Failure")])
def test_a_clean_fails_for_what_is_left(result, left, outcome):
    """What a policy acted on is no failure; what it left in use at or above --fail-on is."""
    cleaned = replace(result, tally=replace(result.tally, left=left), cleaning=Cleaning("out"))
    _, cases = read(cleaned)
    assert cases["leakguard.rows", "no finding at or above error is left in use"][0] == outcome
    assert cases["leakguard.hate", "hate.1488"][0] == "Passed"
