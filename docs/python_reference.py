"""The page about Python, from the signatures and docstrings of the public names. Used by docs/reference_pages.py."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

WIDTH = 80


def _signature(function: Any) -> str:
    """Return the line that defines a function, as it is written in its source."""
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    arguments = re.sub(r"(?<=[\w\])])=(?=\S)", " = ", ast.unparse(node.args).removeprefix("self, ").removeprefix("self"))
    return f"{node.name}({arguments}){returns}"


def wrap_signature(signature: str) -> str:
    """Return a signature over several lines, a parameter each, if it is longer than a line.

    >>> wrap_signature("f(a: int)")
    'f(a: int)'
    """
    name, _, rest = signature.partition("(")
    arguments, _, returns = rest.rpartition(")")
    if len(signature) <= WIDTH or not arguments:
        return signature
    # Commas inside brackets belong to a type.
    parts, depth = [""], 0
    for char in arguments:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return "\n".join([f"{name}(", *(f"    {part.strip()}," for part in parts), f"){returns}"])


def _show_docstring(text: str | None) -> str:
    """Return a docstring as Markdown, its examples (>>>) as blocks of code."""
    parts: list[str] = []
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        lines = paragraph.splitlines()
        start = next((at for at, line in enumerate(lines) if line.lstrip().startswith(">>>")), len(lines))
        if start:
            parts.append("\n".join(lines[:start]))
        if start < len(lines):
            parts.append("```pycon\n" + textwrap.dedent("\n".join(lines[start:])) + "\n```")
    return "\n\n".join(parts)


def _describe(name: str, value: Any) -> Iterator[str]:
    if inspect.isfunction(value):
        yield from (
            f"### {name}",
            "",
            f"```python\n{wrap_signature('leakguard.' + _signature(value))}\n```",
            "",
            _show_docstring(value.__doc__),
            "",
        )
        return
    yield from (f"### {name}", "", _show_docstring(value.__doc__), "")
    # Members of a class that it defines itself and documents: methods with their signature, properties by their name.
    for attribute, member in vars(value).items():
        target = member.fget if isinstance(member, property) else member
        if attribute.startswith("_") or not inspect.isfunction(target) or not target.__doc__:
            continue
        said = f"`{attribute}`" if isinstance(member, property) else f"`{_signature(target)}`"
        yield f"- {said}: {' '.join(inspect.cleandoc(target.__doc__).split(chr(10) * 2)[0].split())}"
    yield ""


def describe_python() -> str:
    """Return the signature and docstring of every public name of the package."""
    import leakguard

    public = {name: getattr(leakguard, name) for name in leakguard.__all__}
    groups = {
        "Functions": {name: value for name, value in public.items() if inspect.isfunction(value)},
        "Classes": {name: value for name, value in public.items() if inspect.isclass(value) and not issubclass(value, Exception)},
        "Exceptions": {name: value for name, value in public.items() if inspect.isclass(value) and issubclass(value, Exception)},
    }
    lines: list[str] = []
    for heading, members in groups.items():
        lines += [f"## {heading}", ""]
        for name, value in sorted(members.items()):
            lines += _describe(name, value)
    return "\n".join(lines)
