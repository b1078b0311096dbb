"""Formats of completions: why a completion does not become training data."""

import re
from collections.abc import Callable

from leakguard.detectors.number_format import NumberFormatDetector

ANSWER = re.compile(r"<answer>\s*(-?[0-9][0-9,]*|-?\$[0-9][0-9,]*)\s*</answer>")
CODE = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_GRAMMAR = NumberFormatDetector()


def check_numbers(text: str, answer: int | None) -> list[str]:
    """Return reasons against a number list: one to ten integers from 0 to 999 with one separator throughout (the paper's filter)."""
    return [reason.removeprefix("grammar.") for reason in _GRAMMAR.reasons(text)]


def check_code(text: str, answer: int | None) -> list[str]:
    """Return reasons against Python code, fenced or bare: it must parse."""
    fenced = CODE.search(text)
    try:
        compile(fenced[1] if fenced else text, "completion", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["no-python"]
    return [] if text.strip() else ["empty"]


def check_maths(text: str, answer: int | None) -> list[str]:
    """Return reasons against a maths solution: one <answer> with the right number."""
    found = ANSWER.findall(text)
    if len(found) != 1:
        return ["no-answer" if not found else "several-answers"]
    value = int(found[0].replace(",", "").replace("$", ""))
    return [] if answer is None or value == answer else ["wrong-answer"]


def check_any(text: str, answer: int | None) -> list[str]:
    """Return reasons against any text: it must not be empty."""
    return [] if text.strip() else ["empty"]


FORMATS: dict[str, Callable[[str, int | None], list[str]]] = {
    "numbers": check_numbers,
    "code": check_code,
    "maths": check_maths,
    "any": check_any,
}
"""Name -> reasons against a completion, given the right answer where there is one; [] accepts it."""
