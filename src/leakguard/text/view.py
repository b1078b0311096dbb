"""Views: rewritten (decoded or folded) texts with the original position of each character, and edits of views."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np


class Edit(NamedTuple):
    """A replacement of characters `start` to `end` by `text`; `form` is the name of the disguise ("HTML entities")."""

    start: int
    end: int
    text: str
    form: str


_AND = " and "


class OffsetMap(Protocol):
    """Maps spans of a rewritten text to the original text."""

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of characters `start` to `end` (end > start)."""
        ...

    def name_disguise(self, start: int, end: int) -> str:
        """Return the names of the disguises inside the span, in order and without repeats; "" for none."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """A rewritten text. Character i was written as the characters starts[i] to ends[i] of the original.

    `forms[i]` is the name of the disguise of character i, or of characters that were removed just before it ("" for none).
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    forms: Sequence[str]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of characters `start` to `end` of this view (end > start)."""
        return min(self.starts[start:end]), max(self.ends[start:end])

    def name_disguise(self, start: int, end: int) -> str:
        """Return the names of the disguises inside the span, in order and without repeats; "" for none."""
        return join_disguises(dict.fromkeys(self.forms[start:end]))


def join_disguises(forms: Iterable[str]) -> str:
    """Return the names of nested disguises, joined by "and", each once; "" for none."""
    named = [form for form in dict.fromkeys(forms) if form]
    return _AND.join(dict.fromkeys(name for form in named for name in form.split(_AND))) if len(named) > 1 else "".join(named)


def make_view(text: str) -> View:
    """Return a view of the unchanged text."""
    return View(text, _count_from(0, len(text)), _count_from(1, len(text)), [""] * len(text))


def _count_from(first: int, count: int) -> "array[int]":
    """Return `count` consecutive integers from `first` on as an array of four bytes each, which takes a tenth of the memory of a list."""
    return array("i", np.arange(first, first + count, dtype=np.int32).tobytes())


def apply_edits(view: View, edits: Iterable[Edit]) -> View:
    """Return the view after non-overlapping edits, which must be ordered by `start` (positions in `view.text`).

    Unchanged parts are copied with their positions. The characters of a replacement all map to the whole span that they replace. The
    disguise of a deletion is noted on the character behind it.
    """
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
