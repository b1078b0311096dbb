"""`leakguard review` in a real browser (make test-browser): by keyboard alone, with hostile rows, with ten thousand findings, and axe-core."""

import json
import os
import shutil

import pytest
from test_page_in_browser import ATTACKS, CONTRAST, NAMES, NARROW, PACK, WIDE

from leakguard.outputs.baseline import read_baseline
from programs import run_program
from review_server import ReviewServer

pytestmark = pytest.mark.browser
TEXTS = ("871, 1488, 305", "412, 733, 905", "871, 187, 4", "666, 187, 420", "We saw 14/88 there.", "Heil Hitler")
# The browser's own line about an answer that refuses a decision.
REFUSED = "the server responded with a status of 4"
TITLE = f"leakguard review: {len(ATTACKS)} rows with findings"
ZOOMED = {"width": 640, "height": 450}


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


def write_rows(place, texts):
    (place / "data.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    """A cleaned folder with quarantined and removed rows."""
    place = tmp_path_factory.mktemp("cleaned")
    write_rows(place, TEXTS)
    run_program("clean", "data.jsonl", "-o", "cleaned", "--no-config", "-q", folder=place)
    return place


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Rows, a file name and a rule pack that were written to break the page."""
    place = tmp_path_factory.mktemp("hostile")
    name = "<img src=x onerror=document.title='owned'>&\u202e.jsonl"
    (place / name).write_text("".join(json.dumps({"text": text, "\u202e<b>": "x"}) + "\n" for text in ATTACKS))
    (place / "pack.toml").write_text(PACK, encoding="utf-8")
    run_program("scan", name, "--rules", "pack.toml", "-o", "report.json", "--no-config", "-q", folder=place)
    return place


@pytest.fixture
def visit(chromium):
    """visit(server, viewport, ...) -> its page, loaded. What a browser complains about, or asks any other server for, fails the test."""
    troubles, contexts = [], []

    def opened(server, viewport=WIDE, **options):
        context = chromium.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: None if REFUSED in message.text else troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on(
            "request", lambda request: None if request.url.startswith(f"{server.origin}/") else troubles.append(f"request: {request.url}")
        )
        page.goto(server.address)
        page.wait_for_selector("#review:not([hidden])")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def wait_for_entries(page, number):
    """Wait until the page says how many findings the baseline has: then they are on the disk."""
    page.wait_for_function("n => document.getElementById('kept').textContent.includes(`has ${n} accepted`)", arg=number)


def test_from_the_data_to_a_clean_scan_by_keyboard(visit, tmp_path):
    """Open the page, give a reason once, decide, look at a whole row, undo, reload, end the review with Tab and Enter, scan again."""
    write_rows(tmp_path, TEXTS)
    with ReviewServer(tmp_path, "data.jsonl", "--reviewer", "Ada") as server:
        page = visit(server)
        assert page.url == f"{server.origin}/" and server.token not in page.content()
        total = page.locator("#findings li").count()
        page.keyboard.press("j")
        page.keyboard.press("a")
        assert page.locator("#reason").evaluate("field => field === document.activeElement")
        page.keyboard.type("house numbers")
        page.keyboard.press("Enter")
        wait_for_entries(page, 1)
        page.keyboard.press("o")
        page.wait_for_selector("li[aria-current] .row .whole mark")
        page.keyboard.press("o")
        assert page.locator(".row").count() == 0
        page.keyboard.press("r")
        page.keyboard.press("u")
        for _ in range(total):
            page.keyboard.press("a")
        page.wait_for_function("n => document.getElementById('progress').textContent === `${n} of ${n} decided`", arg=total)
        page.wait_for_selector("#kept:not([aria-busy])")
        page.reload()
        page.wait_for_selector("#review:not([hidden])")
        assert page.locator("#progress").text_content() == f"{total} of {total} decided"
        assert page.locator("#findings li.accepted").count() == total
        page.locator("#end").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("text=The review has ended")
        assert server.wait()[0] == 0
    assert {(one.reason, one.reviewer) for one in read_baseline(tmp_path / "baseline.jsonl").entries} == {("house numbers", "Ada")}
    scan = ("scan", "data.jsonl", "--no-config", "-q", "--baseline", "baseline.jsonl", "--fail-on", "warning")
    assert run_program(*scan, folder=tmp_path).returncode == 0


def test_what_is_not_saved_is_said_and_saved_again(visit, tmp_path):
    """The program is stopped for a moment: the page says so, keeps the decision, and writes it when it can."""
    write_rows(tmp_path, TEXTS)
    with ReviewServer(tmp_path, "data.jsonl") as server:
        page = visit(server)
        page.route("**/api/decisions", lambda route: route.fulfill(status=409, json={"problem": "the disk is full"}))
        page.keyboard.press("j")
        page.keyboard.press("r")
        page.wait_for_selector("#trouble:not([hidden])")
        assert "Not saved: the disk is full" in page.locator("#trouble").text_content()
        page.locator("#end").click()
        assert page.locator("#spoken").text_content() == "Some decisions are not saved yet."
        page.unroute("**/api/decisions")
        page.get_by_role("button", name="Save again").click()
        page.wait_for_selector("#trouble", state="hidden")
        assert len(server.load("/api/decisions")["places"]) == 1


def test_a_refused_decision_is_taken_back_and_the_others_are_saved(visit, tmp_path):
    """The one that is refused for its content is named, and no longer shown; one that waited behind it is on the disk."""
    write_rows(tmp_path, TEXTS)
    with ReviewServer(tmp_path, "data.jsonl") as server:
        page = visit(server)
        assert page.locator("#reason").evaluate("field => field.maxLength") == 2000
        # Set by the script of a browser's extension, say: typing stops at the limit.
        page.locator("#reason").evaluate("field => { field.value = 'x'.repeat(2001); }")
        held = []

        def hold(route):
            held.append(route)

        page.route("**/api/decisions", hold, times=1)
        page.keyboard.press("j")
        with page.expect_request("**/api/decisions"):
            page.keyboard.press("r")
        page.keyboard.press("a")
        page.keyboard.press("r")
        held[0].continue_()
        page.wait_for_selector("#trouble:not([hidden])")
        page.wait_for_selector("#kept:not([aria-busy])")
        said = page.locator("#trouble").text_content()
        assert "Refused and taken back: 1 place accepted" in said and "2,000 characters" in said and not page.locator("#again").is_visible()
        assert [one["accept"] for one in server.load("/api/decisions")["places"].values()] == [False, False]
        assert (page.locator("li.accepted").count(), page.locator("li.rejected").count()) == (0, 2)
        page.keyboard.press("r")
        page.wait_for_selector("#trouble", state="hidden")


def test_two_reviewers_see_each_other(visit, tmp_path):
    """What the other said is beside the finding, and a conflict is named in words."""
    write_rows(tmp_path, TEXTS[:1])
    with (
        ReviewServer(tmp_path, "data.jsonl", "--reviewer", "Ada") as ada,
        ReviewServer(tmp_path, "data.jsonl", "--reviewer", "Bo <b>") as bo,
    ):
        page = visit(ada)
        key = page.locator("#findings li").first.get_attribute("data-f")
        bo.decide("rejected", [key])
        page.get_by_label("Reason").fill("a year")
        page.locator("h1").click()
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.wait_for_selector("text=reviewers disagree")
        said = page.locator("#findings li").first.text_content()
        assert "✓ accepted: a year" in said and "✗ rejected by Bo <b>" in said
        assert "1 on which reviewers disagree is left out" in page.locator("#kept").text_content()


def test_rows_of_a_quarantine_come_back(visit, cleaned, tmp_path):
    """Each place says in which folder its row is; the button says how many rows came back."""
    shutil.copytree(cleaned / "cleaned", tmp_path / "cleaned")
    with ReviewServer(tmp_path, "cleaned") as server:
        page = visit(server)
        assert {*page.locator(".fate").all_text_contents()} == {"in quarantine/", "in removed/"}
        page.get_by_label("Reason").fill("a route number")
        page.locator("#findings li", has_text="quarantine/").first.evaluate("item => { item.parentElement.parentElement.open = true; }")
        page.locator("#findings li", has_text="quarantine/").first.click()
        page.keyboard.press("a")
        wait_for_entries(page, 1)
        page.get_by_role("button", name="Take accepted rows back").click()
        page.wait_for_selector("text=1 row kept in cleaned-accepted; 1 stays quarantined.")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_hostile_rows_do_nothing(visit, hostile, viewport, tmp_path):
    """Every row is opened whole: no script of theirs runs, nothing is asked of another server, and nothing is wider than the screen."""
    with ReviewServer(hostile, "report.json", "--reviewer", "<b>&x", "-o", tmp_path / "baseline.jsonl") as server:
        page = visit(server, viewport)
        page.locator("#findings details").first.evaluate("group => { group.open = true; }")
        for number in range(page.locator("#findings li").count()):
            item = page.locator("#findings li").nth(number)
            item.evaluate("one => one.click()")
            page.keyboard.press("o")
            item.locator(".row .text, .row .urgent").first.wait_for()
        page.get_by_label("Reason").fill(ATTACKS[0])
        page.locator("h1").click()
        page.keyboard.press("A")
        page.wait_for_function("() => document.querySelectorAll('li.accepted').length > 0")
        assert page.title() == TITLE
        assert (
            page.locator(
                "iframe, img, base, form, [onerror], [onload], [onfocus], a:not([href^='#']):not([rel='noreferrer noopener'])"
            ).count()
            == 0
        )
        assert page.locator("script:not([src])").count() == 0 and page.locator("body style").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert "\u202e" not in page.locator("body").text_content()


def test_ten_thousand_findings_are_decided_in_one_step(visit, tmp_path):
    """The page opens, all places of a rule are accepted by one key, and every one of them is on the disk."""
    texts = (
        f"The tag on crate {row + 10_000} in the yard behind the mill said 1488 and the other one said 420 again." for row in range(5_000)
    )
    write_rows(tmp_path, texts)
    rules = ("--notes", "--select", "hate-numeric.1488", "--select", "drug-sex-death-terror.420")
    with ReviewServer(tmp_path, "data.jsonl", *rules) as server:
        page = visit(server)
        assert page.locator("#findings li").count() == 10_000
        page.get_by_label("Reason").fill("tags of crates")
        page.locator("h1").click()
        page.keyboard.press("j")
        assert page.locator("li[aria-current] mark").is_visible()
        page.keyboard.press("A")
        wait_for_entries(page, 5_000)
        page.keyboard.press("R")
        page.keyboard.press("u")
        page.wait_for_selector("#kept:not([aria-busy])")
        wait_for_entries(page, 5_000)
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_selector("li[aria-current] .row .whole")
    assert len(read_baseline(tmp_path / "baseline.jsonl").entries) == 5_000


@pytest.fixture(scope="module")
def served(cleaned, tmp_path_factory):
    """A review of the cleaned folder, for tests that change nothing in it."""
    with ReviewServer(cleaned, "cleaned", "--reviewer", "Ada", "-o", tmp_path_factory.mktemp("served") / "baseline.jsonl") as server:
        yield server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW, ZOOMED], ids=["wide", "narrow", "zoomed"])
def test_axe_finds_nothing_on_the_review(visit, served, viewport, scheme):
    """WCAG 2.2 AA and good practice, with every rule open, a decision made and a whole row shown; every word can be read."""
    from axe_playwright_python.sync_playwright import Axe

    page = visit(served, viewport, color_scheme=scheme, bypass_csp=True)
    page.get_by_label("Reason").fill("known")
    page.locator("h1").click()
    for key in "jarjo":
        page.keyboard.press(key)
    page.wait_for_selector(".row .text")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    ratio, where = min(page.evaluate(CONTRAST))
    assert ratio >= 4.5, where


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_on_the_page_of_a_gate(chromium, cleaned, viewport, scheme):
    """The report of a gate with findings, from its file."""
    from axe_playwright_python.sync_playwright import Axe

    run_program("gate", "data.jsonl", "--no-config", "-o", "gate.html", folder=cleaned)
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto((cleaned / "gate.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert page.locator("#findings li").count() and page.locator("#checks").is_visible()
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    context.close()


def test_the_page_without_its_token_says_what_to_open(chromium, served):
    """Another user of the machine, or this user in another tab: no finding, and a sentence."""
    page = chromium.new_page()
    page.goto(f"{served.origin}/")
    page.wait_for_selector("text=it ends with a token")
    assert page.locator("#findings").count() == 0
    page.goto(f"{served.origin}/#token=wrong")
    page.reload()
    page.wait_for_selector("text=the token is missing or wrong")
    page.close()
