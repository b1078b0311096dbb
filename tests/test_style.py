"""Names, messages and comments: the rules of the code base that a linter does not know."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "leakguard"
MODULES = sorted(SOURCE.rglob("*.py"))
MOST_PARAMETERS = 6
LONG = 15
FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]*")
# Below the command line, flags are not known: messages name settings, and cli/ adds the dashes.
COMMAND_LINE = {"cli", "api.py", "__init__.py", "__main__.py", "start.py", "testing"}
PARTICIPLE = re.compile(
    r"^(?:[a-z]+ed|(?:ran|taught|written|drawn|held|known|kept|made|said|told|spoken|shown|found|lost|left|seen|taken|sent|built|cut_off))(?:_|$)"
)
# Words that end like participles and are none, or are nouns of the field.
NO_PARTICIPLE = {"need", "seed", "embed", "feed", "speed", "exceed", "read_embedded"}


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def name(module: Path) -> str:
    return module.relative_to(SOURCE).as_posix()


def functions(module: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef)]


def docstrings(module: Path) -> set[int]:
    """The identities of the constants that are docstrings, of attributes as well."""
    found = set()
    for node in ast.walk(tree(module)):
        for child in getattr(node, "body", []) if not isinstance(node, ast.Lambda | ast.IfExp) else []:
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                found.add(id(child.value))
    return found


@pytest.mark.parametrize("module", [one for one in MODULES if one.relative_to(SOURCE).parts[0] not in COMMAND_LINE], ids=name)
def test_messages_below_the_command_line_name_settings_not_flags(module: Path) -> None:
    """A message says `fail-on`, which is right for a settings file and for Python, never `--fail-on`; cli/ adds the dashes."""
    skipped = docstrings(module)
    flags = {
        node.lineno: FLAG.findall(node.value)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
        and "leakguard " not in node.value
        and "pip " not in node.value
    }
    assert {line: found for line, found in flags.items() if found} == {}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_public_functions_are_no_participles(module: Path) -> None:
    """A function is named after what it does (`clean`, `scan`), not after what its result is (`cleaned`, `scanned`)."""
    public = [node.name for node in tree(module).body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert [one for one in public if PARTICIPLE.match(one) and one.split("_")[0] not in NO_PARTICIPLE] == []


def test_a_public_class_name_means_one_thing() -> None:
    """No two modules define a public class of the same name."""
    homes = defaultdict(list)
    for module in MODULES:
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name(module))
    assert {one: where for one, where in homes.items() if len(where) > 1} == {}


@pytest.mark.parametrize("module", [one for one in MODULES if name(one).split("/")[0] not in ("cli", "api.py")], ids=name)
def test_functions_take_few_parameters(module: Path) -> None:
    """At most six, `self` not counted, outside of cli/ and api.py."""

    def count(node: ast.FunctionDef) -> int:
        names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        return len([one for one in names if one not in ("self", "cls")])

    assert {node.name: count(node) for node in functions(module) if count(node) > MOST_PARAMETERS} == {}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_long_functions_say_how_they_work(module: Path) -> None:
    """A function over 15 lines of code, or with numpy in it, has a comment or a docstring of more than its first sentence."""
    lines = module.read_text(encoding="utf-8").splitlines()
    silent = []
    for node in functions(module):
        text = lines[node.lineno - 1 : node.end_lineno]
        body = node.body[1:] if ast.get_docstring(node) else node.body
        code = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
        numpy = sum(
            isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "np"
            for inner in node.body
            for one in ast.walk(inner)
        )
        told = any(re.search(r"(^|\s)# ", line) for line in text) or len(re.findall(r"[.:](\s|$)", ast.get_docstring(node) or "")) > 1
        if (code > LONG or numpy > 2) and not told:
            silent.append(node.name)
    assert silent == []
