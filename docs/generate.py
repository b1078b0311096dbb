"""Update the text that is made from the source: parts of docs/*.md, and modules. `make docs`. With --check, exit with 1 if any is outdated.

A generated part of a page is between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a key of PARTS. A generated module is a
key of MODULES.
"""

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

import reference_pages

HOME = Path(__file__).resolve().parent.parent
SOURCE = HOME / "src/leakguard"
sys.path.insert(0, str(SOURCE.parent))
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


def list_settings() -> str:
    """Return a table of all options: key of a settings file, flags, default value and what each is for."""
    from leakguard.cli.flags import describe_default, flags_of
    from leakguard.settings.option import field_name
    from leakguard.settings.options import DEFAULTS, OPTIONS

    rows = ["| key | flag | default | meaning |", "|---|---|---|---|"]
    for key, option in OPTIONS.items():
        flags = ", ".join(f"`{flag}`" for flag in flags_of(key))
        default = describe_default(key) or ("see there" if getattr(DEFAULTS, field_name(key)) else "none")
        page = f" See [{option.page}]({option.page})." if option.page else ""
        cells = (f"`{key}`", flags, default, f"{option.help}{page}")
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


KEYWORDS = '''"""Keywords of the Python API, one for each setting. Made from settings/options.py by `make docs`; do not edit."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Keywords(TypedDict, total=False):
    """The settings of a settings file, with _ for -; docs/output.md says what each means."""

{fields}


class AuditKeywords(Keywords, total=False):
    """The settings of an audit, beside those that decide how rows are read."""

{leak_test}
'''


def write_keywords() -> str:
    """Return the module that declares the keywords of the Python API with their types."""
    from leakguard.settings.leak_test import LEAK_TEST
    from leakguard.settings.option import field_name
    from leakguard.settings.options import OPTIONS

    def declare(leak_test: bool) -> str:
        chosen = [(key, option) for key, option in OPTIONS.items() if option.keyword and (option.group is LEAK_TEST) is leak_test]
        return "\n".join(f"    {field_name(key)}: {option.reader.accepts}" for key, option in chosen)

    return KEYWORDS.format(fields=declare(False), leak_test=declare(True))


PARTS: dict[str, Callable[[], str]] = {"modules": list_modules, "settings": list_settings, **reference_pages.PARTS}
MODULES: dict[str, Callable[[], str]] = {"settings/keywords.py": write_keywords}


def rewrite(text: str) -> str:
    """Return the page with every generated part made anew."""
    return PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}", text)


def make_all() -> dict[Path, str]:
    """Return the current text of every generated module and of every page."""
    modules = {SOURCE / name: make() for name, make in MODULES.items()}
    return modules | {page: rewrite(page.read_text(encoding="utf-8")) for page in sorted(HOME.glob("docs/**/*.md"))}


def main(arguments: list[str]) -> int:
    """Rewrite modules and pages, or with --check only name those that are not current. Returns the exit code."""
    stale = []
    for path, now in make_all().items():
        if not path.exists() or path.read_text(encoding="utf-8") != now:
            stale.append(str(path.relative_to(HOME)))
            if "--check" not in arguments:
                path.write_text(now, encoding="utf-8")
    if "--check" in arguments and stale:
        print(f"not current: {', '.join(stale)}; run make docs", file=sys.stderr)
        return 1
    if stale:
        print(f"Made anew from the source: {', '.join(stale)}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
