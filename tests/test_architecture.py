"""The structure: imports point down, budgets hold, nothing heavy loads before it is needed."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "leakguard"
LAYER = {
    "collision": 0,
    "core": 0,
    "text": 1,
    "stats": 1,
    "detectors": 2,
    "leaktests": 2,
    "mitigations": 2,
    "readers": 2,
    "documents": 3,
    "pipeline": 3,
    "models": 3,
    "rulebook": 3,
    "reports": 4,
    "outputs": 4,
    "integrations": 4,
    "harness": 5,
    "review": 5,
    "settings": 6,
    "jobs": 7,
    "cli": 8,
    "testing": 8,
    "api": 8,
}
# Modules beside the packages that start the program; they may import everything.
ENTRANCES = {"__init__", "__main__", "start"}
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
STANDARD = set(sys.stdlib_module_names)


def name(module: Path) -> str:
    return str(module.relative_to(SOURCE))


def dotted_name(module: Path) -> str:
    return ".".join(("leakguard", *module.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


DOTTED = {dotted_name(module): module for module in MODULES}


def home(module: Path) -> str:
    """The package of a module; of a module beside the packages, its own name."""
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> set[str]:
    """Every dotted name that is imported, at module level and inside functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in DOTTED else node.module for alias in node.names}
    return names


@cache
def find_imports(dotted: str) -> frozenset[str]:
    """The modules of the program that a module imports."""
    found = imported(ast.parse(DOTTED[dotted].read_text()))
    return frozenset(name for name in found if name in DOTTED and name != dotted)


@pytest.mark.parametrize("module", [module for module in MODULES if home(module) not in ENTRANCES], ids=name)
def test_imports_point_down(module: Path) -> None:
    """A package imports itself and packages of lower layers, never one of the same layer or above; imports inside functions count."""
    package = home(module)
    others = {home(DOTTED[dotted]) for dotted in find_imports(dotted_name(module))} - {package}
    assert not {other for other in others if LAYER.get(other, len(LAYER)) >= LAYER[package]}


@pytest.mark.parametrize("module", [module for module in MODULES if home(module) == "core"], ids=name)
def test_core_uses_only_the_standard_library(module: Path) -> None:
    """The lowest layer imports nothing that has to be installed."""
    tops = {dotted.split(".")[0] for dotted in imported(ast.parse(module.read_text()))}
    assert tops <= STANDARD | {"leakguard"}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_files_and_functions_stay_small(module: Path) -> None:
    """No file is longer than 300 lines, no function longer than 60."""
    text = module.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert text.count("\n") <= LONGEST_FILE
    assert {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno - f.lineno >= LONGEST_FUNCTION} == {}


def test_there_are_no_import_cycles() -> None:
    """Modules can be put into an order in which each imports only earlier ones, imports inside functions included."""
    needs = {dotted: find_imports(dotted) for dotted in DOTTED}
    while ready := {module for module, needed in needs.items() if not needed}:
        needs = {module: needed - ready for module, needed in needs.items() if module not in ready}
    assert needs == {}


THIRD_PARTY = """
import sys
{code}
standard = set(sys.stdlib_module_names)
tops = {{name.split(".")[0] for name, module in list(sys.modules.items()) if getattr(module, "__file__", None) and "site-packages" in module.__file__}}
print(sorted(tops - standard - {{"leakguard"}}))
"""


@pytest.mark.parametrize(
    "code",
    [
        "import leakguard",
        "from leakguard.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass",
        "from leakguard.jobs.build import DETECTORS",
    ],
    ids=["import", "--version", "the table of detectors"],
)
def test_importing_loads_no_third_party_package_but_click(code: str) -> None:
    """`import leakguard`, `leakguard --version` and the tables of builders load nothing that has to be installed, click aside."""
    run = subprocess.run([sys.executable, "-I", "-c", THIRD_PARTY.format(code=code)], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(run.stdout.splitlines()[-1]))
    assert {top for top in loaded if not top.startswith(("_", "sitecustomize", "distutils"))} <= {"click"}
