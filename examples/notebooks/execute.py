"""Run the code cells of the notebooks in this folder without Jupyter, and write their outputs into them: python execute.py.

A cell's output is what it prints, and the value of its last line as text and, where the value has one, as HTML.
"""

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def run_cells(cells: list[dict[str, Any]], namespace: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Run code cells one after the other in one namespace, and return the outputs of each in the format of notebooks."""
    return [run_cell("".join(cell["source"]), namespace, number) for number, cell in enumerate(cells, 1)]


def run_cell(source: str, namespace: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """Run one cell. If its last statement is an expression, its value is an output, unless it is None."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), namespace)
        value = None if last is None else eval(compile(last, f"cell {number}", "eval"), namespace)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": printed.getvalue().splitlines(keepends=True)})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_html_"):
            data = {"text/html": value._repr_html_().splitlines(keepends=True), **data}
        outputs.append({"data": data, "execution_count": number, "metadata": {}, "output_type": "execute_result"})
    return outputs


def list_code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def main() -> None:
    """Run every notebook and write it with its outputs."""
    for path in sorted(HERE.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        with contextlib.chdir(HERE):
            for number, (cell, outputs) in enumerate(zip(list_code(notebook), run_cells(list_code(notebook), {}), strict=True), 1):
                cell["outputs"], cell["execution_count"] = outputs, number
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(path.name, file=sys.stderr)


if __name__ == "__main__":
    main()
