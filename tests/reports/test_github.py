"""Annotations, read back as the runner of GitHub Actions reads workflow commands."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hand_made import finding
from hostile import TEXTS, results
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.github import workflow_command
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.github import render

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def unescaped(text, codes):
    for code, char in codes:
        text = text.replace(code, char)
    return text


def read(line):
    """(kind, properties, message) of a workflow command, with its escapes undone as the runner does it."""
    kind, properties, message = COMMAND.fullmatch(line).groups()
    codes = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
    values = dict(one.split("=", 1) for one in properties.split(",") if one)
    return kind, {key: unescaped(value, codes) for key, value in values.items()}, unescaped(message, [*codes[:2], codes[4]])


@given(TEXTS, TEXTS.filter(bool), st.integers(1, 10**6), TEXTS.filter(bool))
def test_a_command_says_what_it_was_told(message, file, line, title):
    """Signs that end a value or a line are escaped, and come back as they were."""
    said = workflow_command("error", message, file, line, title)
    assert "\n" not in said
    assert read(said) == ("error", {"file": escape_text(file), "line": str(line), "title": escape_text(title)}, escape_text(message))


@settings(max_examples=60, deadline=None)
@given(results())
def test_no_line_comes_from_data(result):
    """Every line but the last is a command of ours; the last holds nothing of the data."""
    *commands, last = render(result, Style(redact="none")).splitlines()
    assert all(COMMAND.fullmatch(line) for line in commands)
    assert re.fullmatch(r"Not shown as annotations: [a-z0-9, ]+\.", last)


def test_as_many_as_github_shows(clean):
    """Ten of each kind, loudest first, and the last line counts the others."""
    findings = [finding("luck.13", "13", row=row, severity=level) for row, level in enumerate([*Severity] * 30, 1)]
    by_rule = {("luck.13", level): RuleCount(30, 30, 0) for level in Severity}
    unread = tuple(Unreadable(Origin("a", row, 0), "not JSON") for row in range(1, 8))
    tally = Tally(seen=99, kept=92, unreadable=7, by_rule=by_rule, flagged={Severity.ERROR: 30})
    lines = render(replace(clean, findings=tuple(findings), tally=tally, unreadable=unread), Style(redact="mask")).splitlines()
    assert Counter(read(line)[0] for line in lines[:-1]) == {"error": 10, "warning": 9, "notice": 9}
    assert lines[-1] == "Not shown as annotations: 66 findings and 4 rows that could not be checked."
    assert "Incomplete: 7 rows unreadable" in lines[0]


@pytest.mark.parametrize(
    ("file", "root", "shown"),
    [
        ("/srv/repo/data/a.jsonl", "/srv/repo", "data/a.jsonl"),
        ("/other/a.jsonl", "/srv/repo", "/other/a.jsonl"),
        ("a.jsonl", "/srv", "a.jsonl"),
    ],
)
def test_files_are_named_from_the_root(file, root, shown):
    """GitHub finds a file by its path in the repository."""
    tally = Tally(seen=1, kept=1, by_rule={("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)})
    result = ScanResult(tally, (finding("hate.1488", "1488", file=file),), (), (), (file,), {}, (), {})
    assert read(render(result, Style(redact="mask", root=root)).splitlines()[1])[1]["file"] == shown
