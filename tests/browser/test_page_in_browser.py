"""The HTML report in a real browser (make test-browser): hostile records do nothing, and the page can be read and used."""

import json
import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.browser
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PACK = """
[pack]
id = "everything"
version = "1.0.0"
title = "<b>Everything</b> @everyone"
sources = ["nobody"]

[[rule]]
id = "everything.text"
kind = "regex"
value = "<script>document.title='owned'</script>"
pattern = '(?s).{3,}'
severity = "error"
meaning = "<img src=x onerror=document.title='owned'> any text"
hits = ["abc"]
misses = ["a"]
"""
ATTACKS = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "</bdi></p></details></td></tr></table><script>document.title='owned'</script>",
    "</style><style>body{display:none}</style>",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe><base href=//evil.example>",
    "<a href=\"javascript:document.title='owned'\" autofocus onfocus=document.title='owned' tabindex=0>x</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link",
    "\u202eeverything after this\u202d \u2066isolated",
    "\u0635\u0628\u0627\u062d \u05e9\u05dc\u05d5\u05dd right to left",
    "Zalgo" + "\u0351\u036b\u0343" * 300 + " rises",
    "W" * 1_000_000,
    "<b>" * 20_000,
    "\x00\x01\ufeff\u2028 null and separators",
)


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; the test fails where none is installed."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "no Chromium on this machine: apt-get install chromium, or any of " + ", ".join(NAMES)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


def scanned(place, *args):
    command = [sys.executable, "-m", "leakguard", "scan", *args, "-o", "page.html", "-q", "--no-config"]
    done = subprocess.run(command, check=False, cwd=place, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode in (1, 3), done.stderr
    return place / "page.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The page of a scan whose records, file name and rule pack were all written to break it."""
    place = tmp_path_factory.mktemp("hostile")
    name = "<img src=x onerror=document.title='owned'>&\u202e.jsonl"
    rows = [json.dumps({"text": text}) for text in ATTACKS]
    (place / name).write_text("\n".join([*rows, '{"text": <script>', '"\\ud800']) + "\n", encoding="utf-8")
    (place / "pack.toml").write_text(PACK, encoding="utf-8")
    return scanned(place, name, "--rules", "pack.toml")


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """The page of a scan with findings of every severity, and a control."""
    place = tmp_path_factory.mktemp("ordinary")
    texts = ["871, 1488, 305", "412, 733, 905", "13, 7, 4", "666, 187, 420", "We saw 14/88 there.", "Heil Hitler", "The year 1988."]
    (place / "data.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts * 3))
    (place / "control.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts[1:3] * 9))
    return scanned(place, "data.jsonl", "--control", "control.jsonl")


@pytest.fixture
def visit(chromium):
    """visit(path, viewport, ...) -> the page, opened; whatever a browser complains about or asks the network for fails the test."""
    troubles, contexts = [], []

    def opened(path, viewport=WIDE, **options):
        context = chromium.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: None if request.url == path.as_uri() else troubles.append(f"request: {request.url}"))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_hostile_records_do_nothing(visit, hostile, viewport):
    """No script of theirs runs, nothing is asked of the network, every quote opens as text, and the page stays within the screen."""
    page = visit(hostile, viewport)
    for summary in page.locator("#findings summary").all():
        summary.click()
    assert {text for text in ATTACKS if "<" in text and len(text) < 200} <= {*page.locator(".quote.open").all_text_contents()}
    assert page.locator("#findings tbody tr").count() >= len(ATTACKS)
    assert page.title() == "leakguard: Incomplete: some rows or files could not be checked"
    assert page.locator("iframe, img, base, a, script:not(:last-of-type), body > style, [onerror], [onload], [onfocus]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.locator("#found").is_visible()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_can_be_read_without_script(visit, ordinary, viewport):
    """Everything is there, quotes open on a click, and no control is shown that would do nothing."""
    page = visit(ordinary, viewport, java_script_enabled=False)
    assert page.locator("header .caveat").is_visible()
    assert not page.locator("#tools").is_visible()
    quote = page.locator("#findings details").first
    assert not quote.locator(".quote.open").is_visible()
    quote.locator("summary").click()
    assert quote.locator(".quote.open").is_visible()
    assert page.locator("svg.bar").count() > 10


def test_findings_are_filtered_and_sorted(visit, ordinary):
    """Words and severities leave out rows and say how many; headings sort, once up and once down, also by keyboard."""
    page = visit(ordinary)
    rows = page.locator("#findings tbody tr")
    total, errors = rows.count(), page.locator('#findings tr[data-level="error"]').count()
    assert 0 < errors < total
    for level in ("warning", "note"):
        page.get_by_label(level, exact=True).uncheck()
    assert page.locator("#findings tbody tr:visible").count() == errors
    page.get_by_label("Filter").fill("HEIL_hitler")
    assert page.locator("#shown").text_content() == f"3 of {total} shown"
    page.get_by_label("Filter").fill("")
    heading = page.locator("#findings thead th").nth(1)
    keys = "rows => rows.map(row => row.cells[1].dataset.key)"
    heading.get_by_role("button").click()
    up = rows.evaluate_all(keys)
    assert up == sorted(up)
    assert heading.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert rows.evaluate_all(keys) == sorted(up, reverse=True)
    page.get_by_label("Sort by").select_option("place")
    places = rows.evaluate_all("rows => rows.map(row => row.cells[2].dataset.key)")
    assert places == sorted(places)


CONTRAST = """
() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
  };
  return [...document.querySelectorAll("h1, p, td, th, dt, dd, .level, .meaning, summary, small, label, output, button")].map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), node.className + " " + node.tagName];
  });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_light_and_in_dark(visit, ordinary, scheme):
    """Every text has at least the contrast that WCAG 2 asks for (4.5), on the ground of the scheme."""
    page = visit(ordinary, color_scheme=scheme)
    ratio, where = min(page.evaluate(CONTRAST))
    assert ratio >= 4.5, where
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(22, 24, 28)") is (scheme == "dark")


def test_a_reader_sees_the_sentence_before_any_number(visit, ordinary):
    """First the heading and what may be concluded, then the rows, then the rates; all of the first on one narrow screen."""
    page = visit(ordinary, NARROW)
    places = [page.locator(one).bounding_box()["y"] for one in ("h1", ".caveat", "#rows", "#rates", "#found", "#how")]
    assert places == sorted(places)
    box = page.locator(".caveat").bounding_box()
    assert box["y"] + box["height"] < NARROW["height"]
