"""Rewrite the parts of docs/*.md that are made from the source: `make docs`. With --check, exit with 1 if one of them is not current.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a key of PARTS.
"""

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
SOURCE = HOME / "src/leakguard"
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def list_modules() -> str:
    """Return a heading for every package and a table of its modules, each with the first sentence of its docstring."""
    packages = sorted(path.parent for path in SOURCE.glob("*/__init__.py"))
    return "\n".join(_list_package(package) for package in packages)


def _list_package(package: Path) -> str:
    rows = [f"### {package.name}/", "", _summary(package / "__init__.py"), "", "| module | what it holds |", "|---|---|"]
    for path in sorted(package.rglob("*.py")):
        if path.parent == package and path.name == "__init__.py":
            continue
        parts = path.relative_to(package).with_suffix("").parts
        name = "/".join(parts[:-1]) + "/" if path.name == "__init__.py" else "/".join(parts)
        rows.append(f"| `{name}` | {_summary(path)} |")
    return "\n".join([*rows, ""])


def _summary(path: Path) -> str:
    """Return the first paragraph of a module's docstring, in one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


PARTS: dict[str, Callable[[], str]] = {"modules": list_modules}


def rewrite(text: str) -> str:
    """Return the page with every generated part made anew."""
    return PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}", text)


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with --check only name those that are not current. Returns the exit code."""
    stale = []
    for page in sorted(HOME.glob("docs/*.md")):
        text = page.read_text(encoding="utf-8")
        if (now := rewrite(text)) != text:
            stale.append(str(page.relative_to(HOME)))
            if "--check" not in arguments:
                page.write_text(now, encoding="utf-8")
    if "--check" in arguments and stale:
        print(f"not current: {', '.join(stale)}; run make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
