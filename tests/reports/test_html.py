"""The page as a browser would read it, without a browser: an HTML5 parser over the same hostile records."""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import html5lib
import pytest
from hand_made import finding
from hostile import ATTACKS, results
from hypothesis import given, settings

from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import choose_scale
from leakguard.reports.scan.html import render

ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body header main section h1 h2 h3 p dl dt dd div span small table thead tbody tr th td svg rect path details "
        "summary bdi b br label input fieldset legend select option output ul li code script",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"[\w-]+",
        "lang charset http-equiv content name class id aria-labelledby aria-hidden aria-live focusable viewBox preserveAspectRatio x y width height "
        "d scope data-label data-key data-level hidden type value checked autocomplete placeholder",
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
    ours = {
        name[-3:].strip("."): files("leakguard.reports.kit").joinpath("templates", name).read_text() for name in ("page.css", "findings.js")
    }
    assert [node.text for node in nodes if node.tag == "script"] == [ours["js"]]
    assert [node.text for node in nodes if node.tag == "style"] == [ours["css"]]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_written_is_shown_as_it_was_written(attack):
    """A hostile quote is text on the page, whole up to 2,000 characters, with what steers spelled out."""
    tally = Tally(seen=1, kept=1, by_rule={("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)})
    result = ScanResult(tally, (finding("hate.1488", attack),), (), (), ("a",), {}, (), {})
    (quote,) = [node for node in read(render(result, Style(redact="none"))) if node.attrib.get("class") == "quote open"]
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


def test_long_lists_are_cut_and_counted(clean):
    """A thousand findings are listed, the highest severity first, and how many there are is said."""
    quiet = [finding("luck.13", "13", row=row, severity=Severity.NOTE) for row in range(1, 1200)]
    loud = finding("hate.1488", "1488", row=5000)
    by_rule = {("luck.13", Severity.NOTE): RuleCount(1199, 1199, 0), ("hate.1488", Severity.ERROR): RuleCount(1, 1, 0)}
    tally = Tally(seen=6000, kept=6000, by_rule=by_rule)
    result = ScanResult(tally, (*quiet, loud), (), (), ("a",), {}, (), {})
    page = render(result, Style(redact="none", notes=True))
    assert page.count('<tr data-level="') == 1000
    assert "1,000 of 1,200 findings are listed, the highest severity first" in page
    assert page.index('data-level="error"') < page.index('data-level="note"')
    short = render(result, Style(redact="none"))
    assert (short.count('<tr data-level="note"'), short.count('<tr data-level="error"')) == (3, 1)
    assert "1,199 of them are notes: of each rule at most 3 are listed as examples" in short


def test_a_page_of_nothing_is_a_page(clean):
    """No rows, no findings, no packs: a heading that claims nothing."""
    page = render(ScanResult(Tally(), (), (), (), (), {}, (), {}), Style(redact="none"))
    assert "<h1>No row was scanned</h1>" in page
    assert "No row was scanned, so there is no result." in page


@pytest.mark.parametrize(("most", "end"), [(0, 1), (0.3, 0.5), (0.5, 0.5), (0.011, 0.02), (0.0099, 0.01), (0.7, 1), (1, 1), (1e-9, 1e-9)])
def test_bars_end_at_a_round_number(most, end):
    """The next of 1, 2 and 5 times a power of ten, never beyond all rows."""
    assert choose_scale([most]) == pytest.approx(end)
