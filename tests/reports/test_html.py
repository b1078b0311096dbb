"""The page as a browser would read it, without a browser: an HTML5 parser over the same hostile records."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files

import html5lib
import pytest
from hand_made import RULES, finding
from hostile import ATTACKS, results
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.finding import Span
from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.escape import choose_address, escape_text
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import choose_scale
from leakguard.reports.scan.html import render

ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body header main section h1 h2 h3 p dl dt dd div span small table thead tbody tr th td svg rect path details "
        "summary bdi b br label input fieldset legend ul ol li code script a button em kbd mark progress",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"[\w-]+",
        "lang charset http-equiv content name class id aria-labelledby aria-hidden aria-live focusable viewBox preserveAspectRatio x y width height "
        "d scope data-label data-key data-level data-rule data-version data-f hidden type value max checked autocomplete placeholder href rel role "
        "aria-label aria-keyshortcuts",
    )
)


def read(page):
    """Elements of the page, in order, as an HTML5 parser builds them."""
    return list(html5lib.parse(page, namespaceHTMLElements=False).iter())


def local(name):
    return name.rpartition("}")[2] if isinstance(name, str) else ""


@settings(max_examples=60, deadline=None)
@given(results())
def test_nothing_in_the_page_comes_from_data_but_text(result):
    """Whatever stands in the data: only our elements and attributes, one script and one style, both ours, and no address at all."""
    nodes = read(render(result, Style(redact="none")))
    assert {local(node.tag) for node in nodes} <= ELEMENTS
    assert {local(name) for node in nodes for name in node.attrib} <= ATTRIBUTES
    page, review, script = (
        files("leakguard.reports.kit").joinpath("templates", name).read_text() for name in ("page.css", "review.css", "review.js")
    )
    assert [node.text for node in nodes if node.tag == "script"] == [script]
    assert [node.text for node in nodes if node.tag == "style"] == [page + review]
    assert all(re.fullmatch("#[pr][0-9]+", node.attrib["href"]) for node in nodes if node.tag == "a")


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_written_is_shown_as_it_was_written(attack):
    """A hostile quote is text on the page, whole up to 2,000 characters, with what steers spelled out."""
    tally = Tally(seen=1, kept=1, by_rule={("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)})
    result = ScanResult(tally, (finding("hate.1488", attack),), (), (), ("a",), {}, (), {})
    (quote,) = [node for node in read(render(result, Style(redact="none"))) if node.tag == "mark"]
    shown = escape_text(attack) if len(attack) <= 2000 else f"{attack[:2000]}… ({len(attack):,} characters)"
    assert "".join(quote.itertext()) == shown


@pytest.mark.parametrize("redact", ["mask", "hash"])
def test_a_redacted_page_holds_no_quote(result, redact):
    """Asked to mask or to hash, the page does not hold what was written, not even closed."""
    assert "six six six" not in render(result, Style(redact=redact))
    assert "six six six" in render(result, Style(redact="none"))


def test_only_our_own_script_and_style_may_run(result):
    """The policy in the page allows nothing but the script and the style with these hashes."""
    page = render(result, Style(redact="none"))
    (policy,) = [node.attrib["content"] for node in read(page) if node.attrib.get("http-equiv") == "Content-Security-Policy"]
    hashes = {
        kind: b64encode(sha256(re.search(f"<{kind}>(.*?)</{kind}>", page, re.S)[1].encode()).digest()).decode()
        for kind in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page.replace("http-equiv", ""))


def test_the_honest_sentence_comes_first(result, clean):
    """Below the heading stands what may be concluded, before any number."""
    for one, sentence in (
        (result, "A match rate alone is not evidence"),
        (clean, "No known pattern found. This is not evidence of safety"),
    ):
        body = render(one, Style(redact="none")).partition("<body>")[2]
        assert body.index(sentence) < body.index("<main>")


@settings(max_examples=20, deadline=None)
@given(results(), st.booleans(), st.sampled_from(["none", "mask", "hash"]))
def test_the_page_lists_the_findings_of_the_result_and_no_others(result, notes, redact):
    """Every fingerprint of the result, once for each place, each under a rule with the version that a baseline needs."""
    nodes = read(render(result, Style(redact=redact, notes=notes)))
    listed = [node.attrib["data-f"] for node in nodes if "data-f" in node.attrib]
    assert set(listed) <= {one.fingerprint for one in result.findings}
    if notes:
        assert sorted(listed) == sorted(one.fingerprint for one in result.findings)
    versions = {(node.attrib["data-rule"], node.attrib["data-version"]) for node in nodes if "data-rule" in node.attrib}
    assert versions <= {(rule, escape_text(result.packs[0].version)) for rule in RULES}


def test_long_lists_are_cut_and_counted(clean):
    """Ten thousand findings are listed, the highest severity first, and how many there are is said."""
    quiet = [finding("luck.13", "13", row=row, severity=Severity.NOTE) for row in range(1, 10_500)]
    loud = finding("hate.1488", "1488", row=15_000)
    by_rule = {("luck.13", Severity.NOTE): RuleCount(10_499, 10_499, 0), ("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)}
    tally = Tally(seen=16_000, kept=16_000, by_rule=by_rule)
    result = ScanResult(tally, (*quiet, loud), (), (), ("a",), {}, (), {})
    page = render(result, Style(redact="none", notes=True))
    assert page.count('<li id="p') == 10_000
    assert "10,000 of 10,500 findings are listed, the highest severity first" in page
    assert page.index('data-level="error"') < page.index('data-level="note"')
    short = render(result, Style(redact="none"))
    assert short.count('<li id="p') == 4
    assert "10,499 of them are notes: of each rule at most 3 are listed as examples" in short


@pytest.mark.parametrize("text", ["<&>" * 500, "\u202e" * 200, "666"])
def test_a_page_of_ten_thousand_findings_is_below_three_megabytes(text):
    """Whatever is quoted, and however much of a place is markup: what does not fit is left out and counted."""
    rules = [entry for entry in RULES if entry != "luck.7"]
    every = [
        replace(finding(rule, text, row=row, file=text), before=text[:60], after=text[:60]) for row in range(1, 5_001) for rule in rules
    ]
    by_rule = {(rule, RULES[rule].severity["text"]): RuleCount(5_000, 5_000, 0) for rule in rules}
    tally = Tally(seen=5_000, kept=5_000, by_rule=by_rule)
    page = render(ScanResult(tally, tuple(every), (), (), ("a",) * 20_000, RULES, (), {}), Style(redact="none", notes=True))
    assert 500_000 < len(page.encode()) < 3_000_000
    assert re.search(r"[0-9,]+ of 15,000 findings are listed, .*; the jsonl format lists all of them", page)


def test_a_row_of_several_findings_names_the_one_that_decides():
    """The row is listed with its places, the deciding one marked in both lists; rows with one finding are not."""
    some = finding("luck.666", "666"), replace(finding("hate.1488", "1488"), span=Span(0, 9, 13, "text"), decides=True)
    alone = replace(finding("luck.666", "666", row=2), decides=True)
    by_rule = {("hate.1488", Severity.ERROR): RuleCount(1, 1, 0), ("luck.666", Severity.WARNING): RuleCount(2, 2, 0)}
    tally = Tally(seen=2, kept=2, by_rule=by_rule)
    page = render(ScanResult(tally, (*some, alone), (), (), ("a",), RULES, (), {}), Style(redact="none"))
    assert page.count("<em>decides the row</em>") == 1
    assert "Rows with findings at several places (1)" in page
    assert page.count(", decides the row)") == 1


def test_a_rule_of_the_rates_leads_to_its_findings(result):
    """The name in the table of rates is a link to the list of the rule's findings, which is there."""
    nodes = read(render(result, Style(redact="none", notes=True)))
    links = [node for node in nodes if node.tag == "a" and node.attrib["href"].startswith("#r")]
    anchors = {node.attrib["id"]: node.attrib["data-rule"] for node in nodes if node.tag == "details" and "id" in node.attrib}
    assert links
    assert all(anchors[link.attrib["href"][1:]] == link.text for link in links)


@pytest.mark.parametrize(
    ("sources", "link"),
    [
        (("a book", "https://example.org/a?b=c"), "https://example.org/a?b=c"),
        (('https://example.org/"><script>',), ""),
        (("javascript:alert(1)", "http://example.org"), ""),
    ],
)
def test_a_rule_links_to_its_source_if_that_is_an_address(sources, link):
    """An https address as it stands, and nothing else."""
    assert choose_address(sources) == link


def test_a_page_of_nothing_is_a_page(clean):
    """No rows, no findings, no packs: a heading that claims nothing."""
    page = render(ScanResult(Tally(), (), (), (), (), {}, (), {}), Style(redact="none"))
    assert "<h1>No row was scanned</h1>" in page
    assert "No row was scanned, so there is no result." in page


@pytest.mark.parametrize(("most", "end"), [(0, 1), (0.3, 0.5), (0.5, 0.5), (0.011, 0.02), (0.0099, 0.01), (0.7, 1), (1, 1), (1e-9, 1e-9)])
def test_bars_end_at_a_round_number(most, end):
    """The next of 1, 2 and 5 times a power of ten, never beyond all rows."""
    assert choose_scale([most]) == pytest.approx(end)
