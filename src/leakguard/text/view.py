"""A rewritten text that remembers where each of its characters came from."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np


class Edit(NamedTuple):
    """Characters `start` to `end` are read as `text`; `form` names the disguise ("HTML entities")."""

    start: int
    end: int
    text: str
    form: str


_AND = " and "


class OffsetMap(Protocol):
    """The way from a span of a rewritten text to what it was written with."""

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Original span of characters `start` to `end` (end > start)."""
        ...

    def name_disguise(self, start: int, end: int) -> str:
        """The disguises inside the span, in order, without repeats."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """`text` as it is read. `starts[i]`, `ends[i]` are the original characters that character i was written with.

    `forms[i]` names the disguise of character i, or of what vanished just before it ("" for none).
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    forms: Sequence[str]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Original span of characters `start` to `end` of this view (end > start)."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def name_disguise(self, start: int, end: int) -> str:
        """The disguises inside the span, in order, without repeats."""
        return join_disguises(dict.fromkeys(self.forms[start:end]))


def join_disguises(forms: Iterable[str]) -> str:
    """Disguises that lie on top of each other, each named once; "" for none."""
    said = [form for form in dict.fromkeys(forms) if form]
    return _AND.join(dict.fromkeys(name for form in said for name in form.split(_AND))) if len(said) > 1 else "".join(said)


def make_view(text: str) -> View:
    """The text as it stands."""
    return View(text, _counted(0, len(text)), _counted(1, len(text)), [""] * len(text))


def _counted(first: int, count: int) -> "array[int]":
    """Numbers in a row, four bytes each: a list of a long text's places would take ten times the room."""
    return array("i", np.arange(first, first + count, dtype=np.int32).tobytes())


def apply_edits(view: View, edits: Iterable[Edit]) -> View:
    """Apply non-overlapping edits in order of `start` (positions in `view.text`); deleted characters mark their successor."""
    out: list[str] = []
    starts, ends = array("i"), array("i")
    forms: list[str] = []
    at, pending = 0, ""

    def copy(start: int, end: int) -> None:
        nonlocal pending
        if start == end:
            return
        out.append(view.text[start:end])
        starts.extend(view.starts[start:end])
        ends.extend(view.ends[start:end])
        first = len(forms)
        forms.extend(view.forms[start:end])
        if pending:
            forms[first] = forms[first] or pending
            pending = ""

    for edit in edits:
        copy(at, edit.start)
        hidden = view.forms[edit.start : edit.end]
        form = join_disguises((*dict.fromkeys(hidden), edit.form)) if any(hidden) else edit.form
        if edit.text:
            home = view.original_span(edit.start, edit.end)
            out.append(edit.text)
            for _ in edit.text:
                starts.append(home[0])
                ends.append(home[1])
            forms.extend([form] * len(edit.text))
        pending = form if not edit.text else ""
        at = edit.end
    copy(at, len(view.text))
    return View("".join(out), starts, ends, forms)
