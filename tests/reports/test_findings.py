from dataclasses import replace

import pytest
from hand_made import finding
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.finding import Span, quote_digest
from leakguard.reports import SCAN_REPORTS
from leakguard.reports.kit.findings import list_fields, redact_quote
from leakguard.reports.kit.style import Style

ORDER = [
    "file", "row", "record_id", "fingerprint", "rule", "pack", "value", "severity", "profile", "turn", "field", "start", "end", "place",
    "quote", "form", "message",
]  # fmt: skip


@given(st.text(), st.text())
def test_a_mask_tells_one_character(first, second):
    """Two quotes that begin alike and are equally long look the same."""
    length = min(len(first), len(second))
    assert redact_quote("x" + first[:length], "r", "mask") == redact_quote("x" + second[:length], "r", "mask")


@pytest.mark.parametrize(
    ("quote", "shown"),
    [("", ""), ("6", "6"), ("666", "6••"), ("14/88", "1••••"), ("a long sentence", "a•••••••"), ("👍👍", "👍•")],
)
def test_masks(quote, shown):
    """A mask is the first character, then a dot for each other one, eight characters at most."""
    assert redact_quote(quote, "r", "mask") == shown


def test_a_hash_is_the_part_of_the_fingerprint_that_speaks_of_the_quote():
    """Twelve digits that are the same wherever the same rule found the same text."""
    found = finding("hate.1488", "14/88")
    shown = list_fields(found, "hash")["quote"]
    assert shown == quote_digest("hate.1488", "14/88")[:12]
    assert shown in found.fingerprint


def test_fields_and_their_order():
    """Every machine-readable report writes these fields in this order."""
    found = finding("luck.666", "six six six", row=5, form="number words", profile="text")
    assert list(list_fields(found)) == ORDER
    assert list_fields(found) == {
        "file": "data.jsonl", "row": 5, "record_id": "0123456789abcdef", "rule": "luck.666", "pack": "luck", "value": "666",
        "severity": "warning", "profile": "text", "turn": 1, "field": "messages[1].content", "start": 5, "end": 16, "place": "1:5-16",
        "quote": "six six six", "form": "number words", "message": "number of the beast (written as number words)",
        "fingerprint": found.fingerprint,
    }  # fmt: skip


def test_people_are_told_which_finding_decides_a_row(result):
    """In the table and in Markdown, for rows with findings at several places only: elsewhere it says nothing."""
    first, second = (
        replace(finding("hate.1488", "14/88", row=3), decides=True),
        replace(finding("luck.666", "666", row=3), span=Span(0, 50, 53, "text")),
    )
    alone = replace(finding("luck.666", "666", row=4), decides=True)
    for report in ("table", "markdown"):
        text = SCAN_REPORTS[report](replace(result, findings=(first, second, alone)), Style())
        assert text.count("decides the row") == 1
        assert "decides the row" not in SCAN_REPORTS[report](replace(result, findings=(alone,)), Style())
