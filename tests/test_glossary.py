"""The glossary: its words are used in the documentation and in what the program prints, and the words of reports are in it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
GLOSSARY = HOME / "docs" / "glossary.md"
SOURCE = HOME / "src" / "leakguard"
OTHER_PAGES = [page for page in (HOME / "README.md", *sorted((HOME / "docs").rglob("*.md"))) if page != GLOSSARY]
DEFINED = sorted(set(re.findall(r"\*\*([a-z ]+)\*\*", GLOSSARY.read_text())))
# Words with a meaning of our own; those of them that reports print must be defined.
OWN_WORDS = [
    *("arm", "baseline", "canary", "context", "control", "coverage", "detector", "duplicate", "error", "fate", "field", "finding"),
    *("fingerprint", "form", "gate", "judge", "kept", "manifest", "missed", "note", "number row", "overlap", "panel", "place", "policy"),
    *("profile", "quarantined", "redacted", "removed", "role", "row", "rubric", "rule", "rule pack", "severity", "shape", "student"),
    *("teacher", "trait", "undetermined", "unreadable", "warning", "world"),
    *("base", "cue", "dose", "guard", "injection", "left of the effect", "preset", "proof", "quote", "record", "reject", "result", "seed"),
    *("semantic search", "short label", "tally", "turn", "verdict", "window"),
]


def uses(word: str, text: str) -> bool:
    """Whether the text contains the word, in singular or plural ("canary", "canaries")."""
    stem = word.removesuffix("y")
    return bool(re.search(rf"\b{re.escape(stem)}(?:s|es|y|ies)?\b", text, re.IGNORECASE))


@cache
def printed(folder: Path) -> str:
    """Every string in the modules and templates of a folder; docstrings are not printed."""
    texts = [path.read_text() for path in folder.rglob("*.html")]
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text())
        nodes = list(ast.walk(tree))
        documented = [node for node in nodes if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
        docstrings = {ast.get_docstring(node, clean=False) for node in documented}
        strings = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        texts += [text for text in strings if text not in docstrings]
    return "\n".join(texts)


@pytest.mark.parametrize("word", DEFINED)
def test_a_word_of_the_glossary_is_used(word):
    """Each defined word occurs on another page, and in a report, message or help text."""
    assert any(uses(word, page.read_text()) for page in OTHER_PAGES)
    assert uses(word, printed(SOURCE))


@pytest.mark.parametrize("word", OWN_WORDS)
def test_a_word_of_our_own_in_reports_is_defined(word):
    """Each word with a meaning of our own that a report prints is in the glossary."""
    assert word in DEFINED or not uses(word, printed(SOURCE / "reports"))
