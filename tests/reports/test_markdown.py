"""Markdown as GitHub's own renderer reads it."""

import re

import cmarkgfm
import html5lib
import pytest
from cmarkgfm.cmark import Options
from hand_made import finding
from hostile import ATTACKS, results
from hypothesis import given, settings

from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.markdown import code_element, escape_markup
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.markdown import render

ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head body h3 ul li strong p table thead tbody tr th td code details summary sub i",
    )
)
COMMENT = 65_536


def rendered(text):
    page = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    return list(html5lib.parse(page, namespaceHTMLElements=False).iter())


@settings(max_examples=60, deadline=None)
@given(results())
def test_nothing_of_the_data_is_markup(result):
    """Whatever stands in the data: no link, no image, no element that is not ours, every table keeps its columns, and it fits."""
    text = render(result, Style(redact="none"))
    nodes = rendered(text)
    assert {node.tag for node in nodes} <= ELEMENTS
    assert {name for node in nodes for name in node.attrib} <= {"align"}
    for table in (node for node in nodes if node.tag == "table"):
        assert len({len(row) for row in table.iter("tr")}) == 1
    assert len(text) < COMMENT


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_written_is_shown(attack):
    """A hostile text comes out of the renderer as it went in, up to its length, with what steers spelled out."""
    (shown,) = [node for node in rendered(f"a {code_element(attack)} b") if node.tag == "code"]
    whole = escape_text(attack)
    assert "".join(shown.itertext()) == (whole if len(whole) <= 80 else f"{whole[:80]}… ({len(whole):,} characters)")


@pytest.mark.parametrize("sign", ["#", "<", "&", "`", "|", "*", "[", "\\", "~"])
def test_signs_that_could_do_something_are_references(sign):
    """An issue, an element, a link, emphasis: none of their signs is left in the source."""
    assert sign not in escape_markup(f"a {sign}b").replace("&#", "")
    assert escape_markup("https://evil.example www.evil.example") == "https&#58;//evil&#46;example www&#46;evil&#46;example"


@pytest.mark.parametrize("text", ["@everyone", "a@b.example", "mailto:a@b.example", "@@x", "see @org/team"])
def test_no_mention_and_no_mail_address_is_left(text):
    """A mention is looked for within one text of the page: @ and the name that follows are never in the same."""
    nodes = rendered(f"{escape_markup(text)} {code_element(text)}")
    assert not [node for node in nodes if node.tag == "a"]
    assert not [piece for node in nodes for piece in (node.text, node.tail) if piece and "@" in piece and piece.strip("@")]


def test_a_comment_always_fits():
    """As many packs, rules, files and findings as there may be, each as long as it may be, stay within a comment."""
    nasty = "|@" * 100
    findings = tuple(finding("hate.1488", nasty, row=row, file=nasty, form=nasty) for row in range(500))
    by_rule = {(f"{nasty}{nth}", Severity.ERROR): RuleCount(9, 9, 0) for nth in range(500)}
    text = render(ScanResult(Tally(seen=9, kept=9, by_rule=by_rule), findings, (), (), (nasty,), {}, (), {}), Style(redact="none"))
    assert len(text) < COMMENT
    assert "... and 480 more rules." in text
    assert "15 of 4,500 findings, the highest severity first" in text


def test_nothing_found_is_not_called_safe(clean):
    """The heading of a clean scan claims no more than the sentence below it."""
    text = render(clean, Style(redact="mask"))
    assert text.startswith("### leakguard: No known pattern found\n")
    assert "not evidence of safety" in text
