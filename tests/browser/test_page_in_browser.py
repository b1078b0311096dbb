"""The HTML report in a real browser (make test-browser): hostile records do nothing, and the page can be read and used."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from leakguard.outputs.baseline import read_baseline, write_baseline

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
    command = [sys.executable, "-m", "leakguard", "scan", *args, "--notes", "-o", "page.html", "-q", "--no-config"]
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
    assert {text for text in ATTACKS if "<" in text and len(text) < 200} <= {*page.locator("#findings mark").all_text_contents()}
    assert page.locator("#findings li").count() >= len(ATTACKS)
    assert page.title() == "leakguard: Incomplete: some rows or files could not be checked"
    assert page.locator("iframe, img, base, script:not(:last-of-type), body > style, [onerror], [onload], [onfocus]").count() == 0
    assert page.locator("a:not([href^='#']):not([rel='noreferrer noopener'])").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    for key in "jakruAR":
        page.keyboard.press(key)
    page.get_by_label("Reason").fill(ATTACKS[0])
    page.keyboard.press("Enter")
    assert page.locator("#found").is_visible()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_can_be_read_without_script(visit, ordinary, viewport):
    """Everything is there, rules open on a click, and no control is shown that would do nothing."""
    page = visit(ordinary, viewport, java_script_enabled=False)
    assert page.locator("header .caveat").is_visible()
    assert not page.locator("#review").is_visible()
    assert page.locator("#findings button").count() == 0
    rule = page.locator("#findings details").first
    assert not rule.locator("mark").first.is_visible()
    rule.locator("summary").click()
    assert rule.locator("mark").first.is_visible()
    assert page.locator("svg.bar").count() > 10


def test_findings_are_searched_and_filtered(visit, ordinary):
    """Words and severities leave out places and say how many; a rule without a place is left out."""
    page = visit(ordinary)
    total, errors = page.locator("#findings li").count(), page.locator('#findings [data-level="error"] li').count()
    assert 0 < errors < total
    for level in ("warning", "note"):
        page.get_by_label(level, exact=True).uncheck()
    assert page.locator("#shown").text_content() == f"{errors} of {total} shown"
    page.keyboard.press("/")
    page.keyboard.type("HEIL HITLER")
    assert page.locator("#shown").text_content() == f"3 of {total} shown"
    assert page.locator("#findings details:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#shown").text_content() == f"{errors} of {total} shown"


def test_a_link_leads_to_the_findings_of_a_rule(visit, ordinary):
    """From the table of rates to the list, which opens."""
    page = visit(ordinary)
    link = page.locator("#rates ~ * a[href^='#r']").first
    link.click()
    assert page.locator(f"#findings details[data-rule='{link.text_content()}'][open] li:visible").count() > 0


def accept(page, place):
    """Type a reason and save the baseline, by keyboard alone; return the file."""
    page.keyboard.press("s")
    assert page.locator("#reason").evaluate("field => field === document.activeElement")
    page.keyboard.type('honest numbers: "\u00e9", \\ and <b>')
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(place)
    return place


def test_from_the_report_to_a_clean_scan_by_keyboard(visit, ordinary, tmp_path):
    """Every place is decided by one key, a mistake undone, the baseline saved: its bytes are those of the command, and the scan passes."""
    page = visit(ordinary)
    total = page.locator("#findings li").count()
    page.keyboard.press("j")
    assert page.locator("li[aria-current]").get_attribute("id") == "p1"
    page.keyboard.press("r")
    page.keyboard.press("u")
    page.keyboard.press("A")
    same = page.locator("#findings li.accepted").count()
    assert same == 3
    for _ in range(total):
        page.keyboard.press("a")
    assert page.locator("#progress").text_content() == f"{total} of {total} decided"
    saved = accept(page, tmp_path / "baseline.jsonl")
    entries = read_baseline(saved).entries
    assert {entry.reason for entry in entries} == {'honest numbers: "\u00e9", \\ and <b>'}
    write_baseline(tmp_path / "again.jsonl", entries)
    assert saved.read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    made = [
        sys.executable,
        "-m",
        "leakguard",
        "baseline",
        "create",
        "data.jsonl",
        "-o",
        tmp_path / "made",
        "--reason",
        "x",
        "--no-config",
        "-q",
    ]
    subprocess.run([*made, "--at-least", "note"], check=True, cwd=ordinary.parent, capture_output=True)
    ours, theirs = (
        {(one.rule, one.version, one.fingerprint) for one in read_baseline(file).entries} for file in (saved, tmp_path / "made")
    )
    assert ours == theirs
    scan = [sys.executable, "-m", "leakguard", "scan", "data.jsonl", "--no-config", "-q", "--baseline", saved]
    assert subprocess.run(scan, check=False, cwd=ordinary.parent, capture_output=True).returncode == 0


def test_decisions_outlast_the_page_and_rejections_are_not_saved(visit, ordinary, tmp_path):
    """A reload shows the same decisions; a rejected place is in no baseline, nor is one that was not decided; a reviewer is named."""
    page = visit(ordinary)
    page.locator("#findings summary").first.click()
    page.get_by_role("button", name="Accept all of this rule").first.click()
    page.locator("#findings details").nth(1).locator("summary").click()
    page.locator("#findings details").nth(1).get_by_role("button", name="Reject all of this rule").click()
    before = page.locator("#progress").text_content()
    page.reload()
    assert page.locator("#progress").text_content() == before == f"6 of {page.locator('#findings li').count()} decided"
    assert page.locator("li.rejected .said").first.text_content() == "✗ rejected"
    page.get_by_label("Reviewer").fill("Ada")
    page.locator("h1").click()
    entries = read_baseline(accept(page, tmp_path / "baseline.jsonl")).entries
    accepted = {item.get_attribute("data-f") for item in page.locator("li.accepted").all()}
    assert {entry.fingerprint for entry in entries} == accepted
    assert {entry.reviewer for entry in entries} == {"Ada"}


def test_single_keys_can_be_turned_off(visit, ordinary):
    """As WCAG 2.1.4 asks: then a letter does nothing, and the buttons still work."""
    page = visit(ordinary)
    page.get_by_label("single-key shortcuts").uncheck()
    page.locator("h1").click()
    page.keyboard.press("j")
    assert page.locator("li[aria-current]").count() == 0
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Accept a", exact=True).click()
    assert page.locator("#findings li.accepted").count() >= 1


def test_ten_thousand_findings_open_in_a_second(visit, tmp_path):
    """Under three megabytes, ready within a second, and one key later the first is open."""
    texts = (f"The tag on crate {row} in the yard behind the mill said 1488 and the other one said 420 again." for row in range(5_000))
    (tmp_path / "many.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    path = scanned(tmp_path, "many.jsonl", "--select", "hate-numeric.1488", "--select", "drug-sex-death-terror.420")
    assert path.stat().st_size < 3_000_000
    page = visit(path)
    assert page.locator("#findings li").count() == 10_000
    times = []
    for _ in range(3):
        page.reload()
        times.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    assert min(times) < 1_000
    page.keyboard.press("j")
    assert page.locator("li[aria-current] mark").is_visible()
    page.keyboard.press("A")
    assert page.locator("#progress").text_content() == "5000 of 10000 decided"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW, {"width": 640, "height": 450}], ids=["wide", "narrow", "zoomed"])
@pytest.mark.parametrize("which", ["ordinary", "hostile"])
def test_axe_finds_nothing(visit, request, which, viewport, scheme):
    """The rules of axe-core for WCAG 2.2 AA and good practice, with every rule of the report open; at 200 % nothing is cut off."""
    from axe_playwright_python.sync_playwright import Axe

    page = visit(request.getfixturevalue(which), viewport, color_scheme=scheme, bypass_csp=True)
    for key in "jarj":
        page.keyboard.press(key)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_a_printed_page_shows_the_findings(visit, ordinary):
    """Folded lists are opened on paper, and the tools are left out."""
    page = visit(ordinary)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#findings mark").first.is_visible()
    assert not page.locator("#review").is_visible()


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
  return [...document.querySelectorAll("h1, p, a, em, mark, td, th, dt, dd, .level, .meaning, .said, summary, small, label, button")].map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), node.className + " " + node.tagName];
  });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_light_and_in_dark(visit, ordinary, scheme):
    """Every text has at least the contrast that WCAG 2 asks for (4.5), on the ground of the scheme."""
    page = visit(ordinary, color_scheme=scheme)
    for key in "jarj":
        page.keyboard.press(key)
    ratio, where = min(page.evaluate(CONTRAST))
    assert ratio >= 4.5, where
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(22, 24, 28)") is (scheme == "dark")


def test_a_reader_sees_the_sentence_before_any_number(visit, ordinary):
    """First the heading and what may be concluded, then what to do next, the rows, the findings, the rates; the first two on one narrow screen."""
    page = visit(ordinary, NARROW)
    places = [page.locator(one).first.bounding_box()["y"] for one in ("h1", ".caveat", ".next", "#rows", "#found", "#rates", "#how")]
    assert places == sorted(places)
    box = page.locator(".caveat").bounding_box()
    assert box["y"] + box["height"] < NARROW["height"]
