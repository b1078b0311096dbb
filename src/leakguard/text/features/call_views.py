"""Features of code and of tool calls: what is called, in which order, with which arguments, and how lines are laid out."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from leakguard.text.features.sparse_views import SparseView
from leakguard.text.features.token_lists import hash_word

LEAST_SHARE = 0.10
"""Share of the rows that must have a call, or an indented line: below, the view is empty, and rows are prose."""
_CALL = re.compile(r'"(?:name|tool|tool_name|function|action)"\s*:\s*"([^"\\]{1,80})"|\b([A-Za-z_][\w.]{0,79})\(')
_KEY = re.compile(r'"([^"\\]{1,80})"\s*:')
_INDENTED = re.compile(r"^([ \t]+)(\S+)", re.MULTILINE)
_EDGE = "\n"
"""Before the first call and after the last."""
_NAME, _PAIR, _ARGUMENT, _INDENT, _START = range(5)


def view_calls(texts: Sequence[str]) -> SparseView:
    """Return which calls a text has, which follows which, and the keys of JSON objects; empty where few texts have a call.

    A call is a name before a bracket, or a string under "name", "tool", "tool_name", "function" or "action".
    """
    # Labels play no part: whether the view is empty is decided by the texts of both datasets together.
    calls = [[one or other for one, other in _CALL.findall(text)] for text in texts]
    view = SparseView(len(texts))
    if sum(map(bool, calls)) < LEAST_SHARE * len(texts):
        return view
    for row, (names, text) in enumerate(zip(calls, texts, strict=True)):
        around = [_EDGE, *names, _EDGE] if names else []
        _add(view, row, _NAME, names)
        _add(view, row, _PAIR, [f"{left}\0{right}" for left, right in pairwise(around)])
        _add(view, row, _ARGUMENT, _KEY.findall(text))
    return view


def view_indents(texts: Sequence[str]) -> SparseView:
    """Return the depths of indented lines and what they begin with; empty where few texts have an indented line."""
    lines = [_INDENTED.findall(text) for text in texts]
    view = SparseView(len(texts))
    if sum(map(bool, lines)) < LEAST_SHARE * len(texts):
        return view
    for row, found in enumerate(lines):
        _add(view, row, _INDENT, [blank for blank, _ in found])
        _add(view, row, _START, [start for _, start in found])
    return view


def _add(view: SparseView, row: int, kind: int, names: Sequence[str]) -> None:
    # Hashes of names are the same in every process.
    keys = np.array([hash_word(name) for name in set(names)], np.uint64).view(np.int64)
    view.add(kind, np.full(len(keys), row), keys)
