"""The documentation: its commands run, its output is real, its examples hold, its links lead somewhere."""

import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from detector_calls import look_at
from leakguard.core.rule import PROFILES, Rule, Severity
from leakguard.detectors.rules import RulesDetector
from leakguard.detectors.rules.context_matcher import ContextMatcher
from leakguard.readers.rows.shapes import SCHEMAS
from leakguard.rulebook.contexts import read_contexts
from leakguard.rulebook.packs import KINDS, PACK_KEYS, RULE_KEYS
from leakguard.settings import OPTIONS
from programs import run_line

HOME = Path(__file__).resolve().parent.parent
PAGES = sorted([*HOME.glob("*.md"), *HOME.glob("docs/**/*.md")])
# A comment before a block: it is run by `make test-slow`, its commands end with exit code 2, or it is a file that the reader saves.
BLOCK = re.compile(r"^(?:<!-- (slow|fails|file: \S+) -->\n)?```(console|sh|python|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:[^|\n]* \| )?leakguard .*")
LEFT_OUT = re.compile(r"^\.\.\.$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
TAUGHT = {"tutorials", "how-to"}
BAD = {2: "a usage error", 4: "an internal error"}


def name(page):
    return str(page.relative_to(HOME))


def commands(page):
    """(kind, command, lines shown under it) of every leakguard command in the page, in order; kind: slow, fails or nothing.

    Of tutorials and guides also the programs in Python, and the files that the reader saves (kind: file: NAME).
    """
    found = []
    for note, language, block in BLOCK.findall(page.read_text()):
        if language in ("python", "toml"):
            wanted = note.startswith("file: ") or (language == "python" and page.parent.name in TAUGHT)
            found += [(f"{note} {language}".strip(), block, [])] if wanted else []
            continue
        for line in block.splitlines():
            prompt = language == "sh" or line.startswith("$ ")
            if not prompt:
                found[-1][2].append(line)
            elif COMMAND.fullmatch(line.removeprefix("$ ")):
                found.append((note, line.removeprefix("$ "), []))
    return found


def follow(page, clone, slow):
    """Do what a page says, in order: save its files, run its programs, and its commands with the slow ones or without."""
    for kind, command, shown in commands(page):
        if "slow" in kind and not slow:
            continue
        if kind.startswith("file: "):
            (clone / kind.split()[1]).write_text(command, encoding="utf-8")
        elif kind.endswith("python"):
            done = subprocess.run([sys.executable, "-c", command], check=False, cwd=clone, capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, done.stderr
        else:
            done = run_line(command, clone)
            assert (done.returncode == 2) if kind == "fails" else (done.returncode not in BAD), f"{command}: {done.stderr}"
            compare(command, done.stdout, shown)


def compare(command, printed, shown):
    """Fail unless every line shown under a command is printed by it, in order ('...': lines left out)."""
    rest = f"\n{printed}\n"
    for said in filter(None, (piece.strip("\n") for piece in LEFT_OUT.split("\n".join(shown)))):
        assert f"\n{said}\n" in rest, f"{command} does not print (any more):\n{said}\n\nbut:\n{rest}"
        rest = rest[rest.index(f"\n{said}\n") + len(said) + 1 :]


@pytest.fixture
def clone(tmp_path):
    """A folder with what a clone holds for users."""
    for folder in ("examples", "rules"):
        shutil.copytree(HOME / folder, tmp_path / folder)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name)
def test_commands_run_and_print_what_is_shown(clone, page):
    """Every command of a page works, in order, and every line shown under it is printed by it ('...': lines left out)."""
    follow(page, clone, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if any("slow" in kind for kind, *_ in commands(page))], ids=name)
def test_slow_commands_run_and_print_what_is_shown(clone, page):
    """The same with the commands that take seconds."""
    follow(page, clone, slow=True)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    """Every relative link names a file or folder of the project."""
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_calculation_of_the_page_on_scale_gives_the_amounts_that_it_names(capsys):
    """Its last example, with the sizes that stand there."""
    page = (HOME / "docs/scale.md").read_text()
    exec(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[-1], {})
    amounts = re.findall(r"^ *([\d,]+) ", capsys.readouterr().out, re.MULTILINE)
    assert page.rstrip().endswith("{} core hours, {} thousand gets, {} thousand puts and {} GB read, before prices.".format(*amounts))


def test_the_readme_is_short():
    """150 lines at most."""
    assert (HOME / "README.md").read_text().count("\n") <= 150


FORM = re.compile(r"^\| .+ \| `(.+)` \| `(.+)` \| (-|[a-z]+) \| (-|[a-z]+) \|$", re.MULTILINE)
LOUD = dict.fromkeys(PROFILES, Severity.ERROR)
PLACES = {
    "numbers": ", ".join([*map(str, range(301, 316)), "{}", *map(str, range(316, 331))]),
    "text": "The label says {} and nothing else.",
}


@functools.cache
def detector_for(value):
    """A detector with one rule, for this number or term."""
    numbers = (int(value),) if value.isdigit() else ()
    return RulesDetector([Rule("t.x", "t", "number" if numbers else "term", value, "a rule for one form", LOUD, numbers)])


@pytest.mark.parametrize(("written", "value", "in_list", "in_prose"), FORM.findall((HOME / "docs/forms.md").read_text()))
def test_forms_are_read_as_the_page_says(written, value, in_list, in_prose):
    """Each example of docs/forms.md is found, or not found, with the severity that its line shows."""
    said = re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), written)
    detector = detector_for(value)
    loudest = {}
    for profile, place in PLACES.items():
        found = [one.severity for one in look_at(detector, place.format(said)) if one.profile == profile]
        loudest[profile] = max(found).label if found else "-"
    assert loudest == {"numbers": in_list, "text": in_prose}


CONTEXT = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def test_contexts_hold_in_their_examples():
    """docs/rules.md names every context, and in each of its examples one of the numbers is inside it."""
    section = (HOME / "docs/rules.md").read_text().split("### Contexts")[1].split("###")[0]
    contexts = read_contexts().by_id
    examples = {context: said.split("; ") for context, said in CONTEXT.findall(section)}
    assert set(examples) == set(contexts)
    for context, texts in examples.items():
        silent = [
            any(ContextMatcher([contexts[context]]).matches(text, *number.span()) for number in re.finditer("C18|[0-9]+|⚡⚡|卐|卍", text))
            for text in texts
        ]
        assert all(silent), (context, texts)


@pytest.mark.parametrize(
    ("page", "names"),
    [("rules.md", [*PACK_KEYS, *RULE_KEYS]), ("rules.md", KINDS), ("output.md", OPTIONS), ("reading.md", SCHEMAS)],
    ids=["keys", "kinds", "settings", "shapes"],
)
def test_nothing_is_left_unexplained(page, names):
    """Every key, kind, setting and shape is named on its page."""
    text = (HOME / "docs" / page).read_text()
    assert [one for one in names if f"`{one}`" not in text and f"`--schema {one}`" not in text and f"**{one}**" not in text] == []


def test_generated_parts_of_the_pages_are_current():
    """What `make docs` makes from the source (the list of modules, for one) is what the pages hold."""
    run = subprocess.run([sys.executable, HOME / "docs/generate.py", "--check"], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
