"""The house: imports point down, budgets hold, nothing heavy loads before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "leakguard"
FLOOR = {
    "core": 0,
    "text": 1,
    "detectors": 2,
    "leaktests": 2,
    "mitigations": 2,
    "pipeline": 3,
    "io": 4,
    "reports": 4,
    "models": 4,
    "integrations": 4,
    "harness": 5,
    "settings": 6,
    "cli": 7,
    "testing": 7,
}
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
STANDARD = set(sys.stdlib_module_names)


def name(module: Path) -> str:
    return str(module.relative_to(SOURCE))


def home(module: Path) -> str:
    return module.relative_to(SOURCE).parts[0]


def imported(tree: ast.AST) -> set[str]:
    """Every dotted name that the module imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms(names: set[str]) -> set[str]:
    return {
        parts[1] for parts in (dotted.split(".") for dotted in names) if parts[0] == "leakguard" and len(parts) > 1 and parts[1] in FLOOR
    }


@pytest.mark.parametrize("module", [module for module in MODULES if module.parent != SOURCE], ids=name)
def test_imports_point_down(module: Path) -> None:
    """A room may use itself and the floors below; never a neighbour, never above."""
    room = home(module)
    others = rooms(imported(ast.parse(module.read_text()))) - {room}
    assert not {other for other in others if FLOOR[other] >= FLOOR[room]}


@pytest.mark.parametrize("module", [module for module in MODULES if home(module) == "core"], ids=name)
def test_core_uses_only_the_standard_library(module: Path) -> None:
    """The ground floor imports nothing that has to be installed."""
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
    """Modules can be put into an order in which each imports only earlier ones."""
    dotted = {
        ".".join(("leakguard", *module.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): module for module in MODULES
    }
    needs = {
        one: {other for other in _top_level(ast.parse(module.read_text())) if other in dotted and other != one}
        for one, module in dotted.items()
    }
    while ready := {module for module, needed in needs.items() if not needed}:
        needs = {module: needed - ready for module, needed in needs.items() if module not in ready}
    assert needs == {}


def _top_level(tree: ast.Module) -> set[str]:
    modules = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            modules |= within | {node.module}
    return modules


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
        "from leakguard.detectors import DETECTORS",
    ],
    ids=["import", "--version", "the table of detectors"],
)
def test_importing_loads_no_third_party_package_but_click(code: str) -> None:
    """`import leakguard`, `leakguard --version` and the tables of builders load nothing that has to be installed, click aside."""
    run = subprocess.run([sys.executable, "-I", "-c", THIRD_PARTY.format(code=code)], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(run.stdout.splitlines()[-1]))
    assert {top for top in loaded if not top.startswith(("_", "sitecustomize", "distutils"))} <= {"click"}
