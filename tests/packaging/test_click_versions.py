"""leakguard runs with every version of click that it asks for: older ones lack what is new in the installed one."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/leakguard"


def find_subscripts(tree: ast.AST) -> list[str]:
    """Classes of click with a type argument (`click.ParamType[str]`), in code that runs."""
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in node.body
        for inner in ast.walk(part)
    }
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).startswith("click.") and id(node) not in hidden
    ]


def test_no_class_of_click_takes_a_type_argument_when_the_program_runs() -> None:
    """click before 8.4 has none, and `leakguard scan` ended with an internal error there."""
    found = {path.name: find_subscripts(ast.parse(path.read_text(encoding="utf-8"))) for path in (SOURCE / "cli").glob("*.py")}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_such_a_class_is_found() -> None:
    """The check above can fail."""
    assert find_subscripts(ast.parse("class Path(click.ParamType[str]): pass")) == ["click.ParamType[str]"]
    assert find_subscripts(ast.parse("if TYPE_CHECKING:\n    Kind = click.ParamType[str]")) == []
