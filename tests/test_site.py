"""The site of the documentation: links, anchors and navigation hold in the Markdown, and docs/check.py finds every planted fault."""

import doctest
import importlib
import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
NAVIGATION = "nav:\n  - Home: index.md\n  - More:\n    - A page: more/page.md\n"
INDEX = "# Home\n\n## The `first` part: 2 %\n\nSee [a page](more/page.md#details), [here](#the-first-part-2) and `examples/gate.toml`.\n"
PAGE = "# Page\n\n## Details\n\n![a picture](../picture.svg) [home](../index.md)\n\n```text\n[not](a-link.md)\n```\nand `[nor](this.md)`.\n"
HTML = (
    '<html><head><link rel="canonical" href="https://a.example/"><link rel="stylesheet" href="s.css"></head><body id="top">{}</body></html>'
)


@pytest.fixture(scope="module")
def check():
    """The module docs/check.py."""
    spec = importlib.util.spec_from_file_location("check_docs", HOME / "docs/check.py")
    module = sys.modules["check_docs"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path):
    """A project with two pages, of which nothing is wrong."""
    files = {
        "mkdocs.yml": NAVIGATION,
        "docs/index.md": INDEX,
        "docs/more/page.md": PAGE,
        "docs/picture.svg": "<svg/>",
        "examples/gate.toml": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_pages_of_this_project_have_no_dead_link_and_are_all_in_the_navigation(check):
    assert check.find_problems(HOME) == []


def test_nothing_is_found_where_nothing_is_wrong(check, project):
    assert check.find_problems(project) == []


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("docs/lost.md", "# Lost\n", "docs/lost.md: not in the navigation"),
        ("mkdocs.yml", f"{NAVIGATION}  - Gone: gone.md\n", "no page docs/gone.md"),
        ("mkdocs.yml", f"{NAVIGATION}  - Again: index.md\n", "docs/index.md: 2 times"),
        ("docs/index.md", "[x](none.md)", "a link to nothing: none.md"),
        ("docs/index.md", "[x](more)", "a link to nothing: more"),
        ("docs/index.md", '[x](none.md "with a title")', "a link to nothing: none.md"),
        ("docs/index.md", "[x](<none.md>)", "a link to nothing: none.md"),
        ("docs/index.md", "[x][1]\n\n[1]: none.md\n", "a link to nothing: none.md"),
        ("docs/index.md", "[`x [y]`](more/page.md#nowhere)", "no such heading: more/page.md#nowhere"),
        ("docs/index.md", "[x](#nowhere)", "no such heading: #nowhere"),
        ("docs/index.md", "[x](../examples/gate.toml)", "a link out of docs/"),
        ("docs/index.md", "![x](https://a.example/x.png)", "a picture from another server"),
        ("docs/index.md", "`examples/none.toml`", "there is no examples/none.toml"),
    ],
)
def test_a_fault_in_the_pages_is_found(check, project, file, text, said):
    """Each fault gives one line that names the place."""
    (project / file).write_text(text)
    assert [problem for problem in check.find_problems(project) if said in problem]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="none.html">x</a>', "a link to nothing: none.html"),
        ('<a href="index.html#nowhere">x</a>', "no such anchor: index.html#nowhere"),
        ('<script src="https://a.example/x.js"></script>', "loads https://a.example/x.js"),
        ('<script src="//a.example/x.js"></script>', "loads //a.example/x.js"),
        ('<link rel="preconnect" href="https://fonts.example">', "loads https://fonts.example"),
        ('<img src="x.png" srcset="https://a.example/y.png 2x">', "loads https://a.example/y.png"),
        ("<style>@import 'https://a.example/x.css';</style>", "loads https://a.example/x.css"),
        ('<p style="background: url(http://a.example/x.png)">', "loads http://a.example/x.png"),
    ],
)
def test_a_fault_in_the_site_is_found(check, tmp_path, body, said):
    """Links to other servers are allowed; what a browser loads by itself is not."""
    (tmp_path / "s.css").write_text("a { color: red }")
    (tmp_path / "index.html").write_text(HTML.format('<a href="https://a.example/">x</a><a href="#top">y</a>'))
    assert check.find_problems(HOME, tmp_path) == []
    (tmp_path / "index.html").write_text(HTML.format(body))
    assert [problem for problem in check.find_problems(HOME, tmp_path) if said in problem]


def test_an_empty_site_is_a_fault(check, tmp_path):
    assert check.find_problems(HOME, tmp_path)


def test_a_style_sheet_that_loads_a_font_is_a_fault(check, tmp_path):
    (tmp_path / "index.html").write_text(HTML.format("x"))
    (tmp_path / "s.css").write_text("@font-face { src: url(https://fonts.example/x.woff2) }")
    assert check.find_problems(HOME, tmp_path) == ["s.css: loads https://fonts.example/x.woff2"]


@pytest.fixture(scope="module")
def reference():
    """The module docs/reference_pages.py."""
    sys.path.insert(0, str(HOME / "docs"))
    try:
        return importlib.import_module("reference_pages")
    finally:
        sys.path.remove(str(HOME / "docs"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1488", "`1488`"),
        ("a`b``c", "``` a`b``c ```"),
        ("6\u200b6\u202e", "`6<U+200B>6<U+202E>`"),
        ("one\ntwo", "`one<U+000A>two`"),
    ],
)
def test_examples_of_rules_are_shown_as_they_are(reference, text, shown):
    """Backticks do not end the code, and no invisible character gets into a page."""
    assert reference.quote_code(text) == shown


def test_examples_of_the_programs_give_what_they_show(check, reference):
    """Every >>> line in docs/*.py."""
    for module in (check, reference, sys.modules["python_reference"]):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


def test_the_page_of_rules_has_every_rule_with_its_proof():
    """Each shipped rule has a heading, hits and misses."""
    page = (HOME / "docs/reference/rules.md").read_text(encoding="utf-8")
    ids = [rule["id"] for file in HOME.glob("rules/*.toml") for rule in tomllib.loads(file.read_text(encoding="utf-8"))["rule"]]
    assert [one for one in ids if f"### {one}\n" not in page] == []
    assert page.count("- **hits**: `") == page.count("- **misses**: `") == len(ids)
