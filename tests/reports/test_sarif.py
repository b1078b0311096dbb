"""SARIF, held against the official schema and against what code scanning does with it."""

import getpass
import json
import os
import socket
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hand_made import RULES, finding
from hostile import results
from hypothesis import given, settings

from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import RuleCount, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.sarif import render

SCHEMA = json.loads((Path(__file__).parent.parent / "data/sarif/sarif-schema-2.1.0.json").read_text())
VALID = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def run_of(result, redact="mask", root=""):
    log = json.loads(render(result, Style(redact=redact, root=root)))
    assert [error.message for error in VALID.iter_errors(log)] == []
    (run,) = log["runs"]
    return run


@settings(max_examples=60, deadline=None)
@given(results())
def test_every_log_is_valid(result):
    """Whatever stands in the data, and whatever became of it, the log follows the official schema, and indices lead to what they mean."""
    run = run_of(result, redact="none")
    rules, notes = run["tool"]["driver"]["rules"], run["tool"]["driver"]["notifications"]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        place = one["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][place["index"]]["location"]["uri"] == place["uri"]
    for one in run["invocations"][0]["toolExecutionNotifications"]:
        assert notes[one["descriptor"]["index"]]["id"] == one["descriptor"]["id"]


@settings(max_examples=60, deadline=None)
@given(results())
def test_messages_hold_no_link_and_no_placeholder(result):
    """Square brackets and braces of the data are written so that no viewer makes a link or looks for an argument."""
    run = run_of(result, redact="none")
    for one in [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]:
        text = one["message"]["text"].replace("\\\\", "").replace("\\[", "").replace("\\]", "").replace("{{", "").replace("}}", "")
        assert not set(text) & set("[]{}\\")


def test_findings_are_results(result):
    """Level, row, field and content's fingerprint of each finding; quotes are masked."""
    run = run_of(result)
    found = [one for one in run["results"] if not one["ruleId"].startswith("leakguard.")]
    assert [(one["ruleId"], one["level"]) for one in found] == [("hate.1488", "error"), ("luck.666", "warning"), ("luck.13", "note")]
    first = found[0]
    assert first["message"]["text"] == "'14 words' and a salute: 1••••"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "messages\\[1\\].content".replace("\\", "")
    assert first["partialFingerprints"]["primaryLocationLineHash"] == f"{result.findings[1].fingerprint}:1"


def test_rules_say_what_they_are(result):
    """Each rule that spoke has a description, help and a level."""
    rules = {rule["id"]: rule for rule in run_of(result)["tool"]["driver"]["rules"]}
    assert rules["hate.1488"]["defaultConfiguration"] == {"level": "error"}
    assert "not that the data carry a trait" in rules["hate.1488"]["help"]["text"]


def test_a_source_that_is_an_address_is_the_rules_page(result):
    """The first https source becomes the help page; a hostile one does not."""
    sources = ("a book", 'https://x y"<', "https://example.org/a?b=c")
    hit = replace(finding("hate.1488", "14/88").mark, rule=replace(RULES["hate.1488"], sources=sources))
    run = run_of(replace(result, findings=(replace(finding("hate.1488", "14/88"), mark=hit),)))
    assert run["tool"]["driver"]["rules"][0]["helpUri"] == "https://example.org/a?b=c"


def test_could_not_look_is_seen(result):
    """An unreadable and an undetermined row are notifications with their place, and results of their own; the run did not succeed."""
    run = run_of(result)
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    blind = {
        one["descriptor"]["id"]: one["locations"][0]["physicalLocation"]["region"] for one in invocation["toolExecutionNotifications"][1:]
    }
    assert blind == {"leakguard.unreadable": {"startLine": 7, "byteOffset": 512}, "leakguard.undetermined": {"startLine": 9}}
    assert [one["ruleId"] for one in run["results"][:2]] == ["leakguard.unreadable", "leakguard.undetermined"]


def test_findings_are_no_failure_of_the_run(clean):
    """A run that looked at everything succeeded, also if it found something."""
    by_rule = {("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)}
    tally = Tally(seen=1, kept=1, by_rule=by_rule, flagged={Severity.ERROR: 1})
    (invocation,) = run_of(replace(clean, tally=tally, findings=(finding("hate.1488", "1488"),)))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)


def test_a_fingerprint_speaks_of_content_alone(result):
    """Renaming the file and moving rows change no fingerprint; the same quote in equal rows is told apart by its number."""
    moved = tuple(replace(one, file="other.jsonl", row=one.row + 100) for one in result.findings)
    before, after = run_of(result)["results"][2:], run_of(replace(result, findings=moved, files=("other.jsonl",)))["results"][2:]
    assert [one["partialFingerprints"] for one in before] == [one["partialFingerprints"] for one in after]
    twice = run_of(replace(result, findings=result.findings[:1] * 2))["results"][2:]
    assert Counter(one["partialFingerprints"]["leakguard/v1"][-2:] for one in twice) == {":1": 1, ":2": 1}


def test_more_than_github_shows_is_cut_and_said(clean):
    """5,000 results, the loudest first; a notification and the run's properties say how many there are."""
    quiet = [finding("luck.13", "13", row=row) for row in range(1, 6001)]
    by_rule = {("luck.13", Severity.NOTE): RuleCount(6000, 6000, 0), ("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)}
    findings = (*quiet, finding("hate.1488", "1488", row=9000))
    run = run_of(replace(clean, tally=Tally(seen=9000, kept=9000, by_rule=by_rule), findings=findings))
    assert len(run["results"]) == 5000
    assert run["results"][0]["ruleId"] == "hate.1488"
    assert (run["properties"]["findingsTotal"], run["properties"]["findingsListed"]) == (6001, 5000)
    assert "5,000 of 6,001 findings" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_many_unseen_rows_are_cut_and_said(clean):
    """A thousand notifications, then one that says how many rows there are; one result for each file."""
    rows = tuple(Unreadable(Origin("a.jsonl", row, row), "bad-json") for row in range(1, 1500))
    run = run_of(replace(clean, tally=Tally(seen=1499, unreadable=1499), unreadable=rows))
    said = run["invocations"][0]["toolExecutionNotifications"]
    assert len(said) == 1001
    assert "1,499 rows could not be checked" in said[-1]["message"]["text"]
    assert len(run["results"]) == 1


def test_nothing_personal_is_told(result):
    """No user, machine, working folder or command line."""
    text = render(result, Style(redact="mask", root=os.getcwd()))
    assert not {name for name in (getpass.getuser(), socket.gethostname(), os.getcwd()) if f'"{name}"' in text or f"/{name}/" in text}
    assert not {"commandLine", "account", "machine", "workingDirectory", "environmentVariables"} & set(run_of(result)["invocations"][0])


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b%.jsonl", "a%20b%25.jsonl"),
        ("c:d/ü.jsonl", "c%3Ad/%C3%BC.jsonl"),
        ("/srv/repo/x/a.jsonl", "x/a.jsonl"),
        ("/else/a.jsonl", "file:///else/a.jsonl"),
    ],
)
def test_file_names_are_addresses(result, file, uri):
    """Relative to the root where a file lies below it; whatever an address cannot hold is escaped."""
    run = run_of(replace(result, findings=(finding("hate.1488", "1488", file=file),), files=(file,)), root="/srv/repo")
    assert run["results"][-1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
