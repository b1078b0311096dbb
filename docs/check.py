"""Check pages, links and navigation of the documentation: `python docs/check.py [SITE]`. Exit code 1 if anything is wrong.

Without a folder it checks the Markdown and needs no site: each page of docs/ is in the navigation (mkdocs.yml) once, each entry is a
page, and relative links lead to a page, file or heading of docs/. With a folder it checks the HTML of the built site there: the same links
once more, and that no page loads a script, a style, a font or a picture from another server.
"""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

HOME = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^ *(```+|~~~+).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()<>\s]+)>?(?:\s+[\"'][^)]*)?\)|^()\[[^\]]+\]:\s+<?([^<>\s]+)>?", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
NAMED = re.compile(r'<a id="([^"]+)">')
PATH = re.compile(r"`((?!\S*NAME)(?:examples|benchmarks|rules|src|tests)/[\w./-]+\.\w+)`")
# Tags and attributes with which a browser loads something by itself. A <link> loads unless it only names another page.
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src", "object": "data"}
NAMES_A_PAGE = {"canonical", "prev", "next", "alternate", "author", "license"}
STYLE_LOAD = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)


def read_navigation(home: Path) -> list[str]:
    """Return the pages that mkdocs.yml names, in order, relative to docs/."""

    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, str):
            yield node
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from walk(child)

    return list(walk(yaml.safe_load((home / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))


def check_navigation(home: Path) -> Iterator[str]:
    """Yield what is wrong with the navigation: an entry without a page, a page without an entry or with two."""
    entries = Counter(read_navigation(home))
    pages = {path.relative_to(home / "docs").as_posix() for path in home.glob("docs/**/*.md")}
    yield from (f"mkdocs.yml: no page docs/{one} for this entry of the navigation" for one in entries if one not in pages)
    yield from (f"docs/{one}: not in the navigation (nav in mkdocs.yml)" for one in sorted(pages - set(entries)))
    yield from (f"docs/{one}: {count} times in the navigation" for one, count in entries.items() if count > 1)


def make_anchor(heading: str) -> str:
    """Return the anchor of a heading, as web pages of repositories make it and the site does.

    >>> make_anchor("Is there a signal? `leakguard audit`")
    'is-there-a-signal-leakguard-audit'
    """
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


def read_anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, and those that it names itself. Headings that repeat get _1, _2 ..."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    seen: Counter[str] = Counter()
    found = set(NAMED.findall(text))
    for heading in HEADING.findall(text):
        anchor = make_anchor(heading)
        found.add(f"{anchor}_{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def check_page(page: Path, home: Path) -> Iterator[str]:
    """Yield what is wrong with the links of one page: nothing there, out of docs/, an unknown anchor, a picture from another server."""
    # Code is left out, since brackets in it are no links; paths of the project in code must exist.
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    name = page.relative_to(home).as_posix()
    yield from (f"{name}: there is no {path}" for path in PATH.findall(text) if not (home / path).exists())
    for picture, inline, _, reference in LINK.findall(CODE.sub("", text)):
        link = inline or reference
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            if picture:
                yield f"{name}: a picture from another server: {link}"
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.is_relative_to(home / "docs"):
            yield f"{name}: a link out of docs/, which the site cannot hold: {link} (write the path as code instead)"
        elif not target.is_file():
            yield f"{name}: a link to nothing: {link}"
        elif parts.fragment and target.suffix == ".md" and parts.fragment not in read_anchors(target):
            yield f"{name}: no such heading: {link}"


class Page(HTMLParser):
    """The links, anchors and loaded addresses of one page of the site."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names, links to or loads."""
        values = {key: value or "" for key, value in attrs}
        self.anchors |= {values[key] for key in ("id", "name") if key in values}
        self.loads += STYLE_LOAD.findall(values.get("style", ""))
        self.loads += [part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()]
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and not set(values.get("rel", "").lower().split()) & NAMES_A_PAGE:
            self.loads.append(values.get("href", ""))
        elif tag in LOADS:
            self.loads.append(values.get(LOADS[tag], ""))

    def handle_data(self, data: str) -> None:
        """Note what styles inside the page load."""
        self.loads += STYLE_LOAD.findall(data)


def read_page(path: Path) -> Page:
    """Parse one page of the site."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def check_site(site: Path) -> Iterator[str]:
    """Yield what is wrong with a built site: no pages, a dead link or anchor, or a load from another server."""
    # The page for addresses that do not exist is served at any address, so its links begin with / and are left out.
    pages = {path.resolve(): read_page(path) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}
    if not pages:
        yield f"{site}: no page in it: build the site first"
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        yield from (f"{name}: loads {one}" for one in page.loads if urlsplit(one).netloc)
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{name}: a link to nothing: {link}"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{name}: no such anchor: {link}"
    for style in sorted(site.rglob("*.css")):
        yield from (f"{style.name}: loads {one}" for one in STYLE_LOAD.findall(style.read_text(encoding="utf-8")))


def find_problems(home: Path, site: Path | None = None) -> list[str]:
    """Return what is wrong with the Markdown of a project, or with its built site if one is given, a line each."""
    if site is not None:
        return list(dict.fromkeys(check_site(site)))
    pages = sorted(home.glob("docs/**/*.md"))
    return [*check_navigation(home), *(problem for page in pages for problem in check_page(page, home))]


def main(arguments: list[str]) -> int:
    """Print what is wrong to stderr. Returns the exit code."""
    site = Path(arguments[0]) if arguments else None
    problems = find_problems(HOME, site)
    print("\n".join([*problems, f"{len(problems)} problems in {site or 'docs'}"]), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
