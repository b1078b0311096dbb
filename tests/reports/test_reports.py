import json
import re
import unicodedata
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from hand_made import finding
from hypothesis import given
from hypothesis import strategies as st

from leakguard import __version__
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Cleaning, Missed, Output, RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports import FORMATS, SCAN_REPORTS, STREAMS, SUFFIXES
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.conclusion import write_caveat

GOLDEN = Path(__file__).parent / "golden"
ENDS = {**{name: suffix for suffix, name in SUFFIXES.items()}, "github": ".github", "log": ".log"}
DATA = st.text(st.characters(codec=None, exclude_categories=())) | st.text(st.sampled_from("6\x1b\x07[bold]\u202e\u2028\ud800:smile:\\"))
STEERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def equals_golden(name, report, text):
    """Return whether a report equals its golden file; the version, and the page's style and script, are left out."""
    plain = re.sub("sha256-[0-9A-Za-z+/=]*", "sha256", re.sub("(?s)<(style|script)>.*?</", r"<\1></", text)) if report == "html" else text
    return plain.replace(__version__, "VERSION") == (GOLDEN / f"{name}{ENDS[report]}").read_text(encoding="utf-8")


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_findings(result, report):
    """Findings, rows that could not be checked, and the conclusion."""
    assert equals_golden("findings", report, SCAN_REPORTS[report](result, Style()))


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_control(result, control, report):
    """Each rule's rate in both files, with an interval; verbose gives notes lines of their own."""
    compared = replace(result, control=control, control_file="control.jsonl")
    assert equals_golden("control", report, SCAN_REPORTS[report](compared, Style(verbose=True, redact="hash")))


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_clean(clean, report):
    """Nothing found, said honestly."""
    assert equals_golden("clean", report, SCAN_REPORTS[report](clean, Style()))


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_cleaned(result, report):
    """What became of the rows of a clean; its findings are in a file of their own."""
    outputs = (Output("kept/data.jsonl", 5), Output("reasons.jsonl", 5))
    tally = replace(result.tally, kept=5, quarantined=1, removed=2, missed=1, left={Severity.NOTE: 1})
    assert equals_golden(
        "cleaned", report, SCAN_REPORTS[report](replace(result, tally=tally, findings=(), cleaning=Cleaning("out", outputs)), Style())
    )


@given(st.lists(DATA, min_size=4, max_size=4), st.sampled_from(["mask", "hash", "none"]), st.booleans())
def test_data_never_reaches_the_terminal_raw(texts, redact, color):
    """Whatever stands in the data, no report holds a character that steers a terminal (colours aside)."""
    file, quote, reason, detail = texts
    tally = Tally(seen=3, kept=1, unreadable=1, undetermined=1, by_rule={("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)})
    hit = finding("hate.1488", quote, file=file)
    unread = Unreadable(Origin(file, 1, 0), reason, detail)
    result = ScanResult(tally, (hit,), (unread,), (Missed(file, 2, "rules", reason),), (file,), {}, (), {"field": [detail]})
    for name, build in SCAN_REPORTS.items():
        text = build(result, Style(redact=redact, color=color and name == "table"))
        plain = text.replace("\n", "").replace("\x1b[", "") if color else text.replace("\n", "")
        assert not {unicodedata.category(char) for char in plain} & STEERS
        assert set(text) <= set(text.encode("utf-8").decode())


@given(DATA)
def test_colours_are_the_only_escapes(quote):
    """With colour, every escape sequence in the table is a colour of our own."""
    tally = Tally(seen=1, kept=1, by_rule={("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)})
    result = ScanResult(tally, (finding("hate.1488", quote),), (), (), ("a",), {}, (), {})
    text = SCAN_REPORTS["table"](result, Style(redact="none", color=True))
    assert {part.partition("m")[0] for part in text.split("\x1b[")[1:]} <= {"0", "1", "2", "33", "1;31"}


def test_long_lists_are_cut_and_counted(clean):
    """The table lists twenty unreadable rows and counts the rest; the document holds what it was given."""
    rows = tuple(Unreadable(Origin("a.jsonl", row, 0), "not JSON") for row in range(1, 31))
    result = replace(clean, unreadable=rows, tally=Tally(seen=50, kept=10, unreadable=40))
    text = SCAN_REPORTS["table"](result, Style())
    assert text.count("not JSON") == 20
    assert "... and 20 more" in text
    document = json.loads(SCAN_REPORTS["json"](result, Style()))
    assert (len(document["unreadable"]), document["unreadable_total"], document["unreadable_truncated"]) == (30, 40, True)


def test_every_suffix_is_a_format():
    """Formats are reports or streams, and every suffix stands for one; annotations and lines are for a log only."""
    assert set(SUFFIXES.values()) == set(FORMATS) - {"github", "log"}
    assert set(FORMATS) == {*SCAN_REPORTS, *STREAMS}


@pytest.mark.parametrize("report", sorted(set(SCAN_REPORTS) - {"json", "html"}))
def test_quotes_are_masked_unless_asked_for(result, report):
    """No report that other people see holds what was written, unless --redact none asks for it."""
    assert "14/88" not in SCAN_REPORTS[report](result, Style())
    if report != "table":
        assert "14/88" in SCAN_REPORTS[report](result, Style(redact="none")).replace("&#47;", "/")


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_every_report_says_what_may_be_concluded(result, clean, report):
    """The honest sentence is part of every report, also where nothing was found."""
    for one in (result, clean):
        words = unescape(SCAN_REPORTS[report](one, Style(width=1000)))
        assert escape_text(write_caveat(one)) in words.replace("%25", "%")
