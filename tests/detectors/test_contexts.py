"""Contexts: what stands before a number is read backwards from it, which must not change what is seen."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakguard.detectors.rules.contexts import CONTEXTS, inside

SIGNS = st.sampled_from(
    [*"$€ .,:-/()#=x0159v\n", "in ", "january ", "port ", "rgb(", "v1.", "1999-", "cards ", "john ", "12x", "kg", "th", "%", " am"]
)
AROUND = st.lists(SIGNS, max_size=8).map("".join)
BEGINNING = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9\s]")


def holds(name: str, before: str, after: str) -> bool:
    """One side after the other, tried at every beginning of a word, a number or a sign."""
    for left, right in CONTEXTS[name]:
        ends = not left or any(re.compile(rf"(?:{left})\Z").match(before, at.start()) for at in BEGINNING.finditer(before))
        if ends and re.compile(right).match(after):
            return True
    return False


@given(before=AROUND, after=AROUND)
@example(before="12x", after="")
@example(before="on january ", after="th")
def test_every_context_is_seen_as_side_by_side(before: str, after: str) -> None:
    """One question for all contexts of a rule, or one for each: the same answer as trying each side by itself."""
    text = f"{before}88{after}"
    place = (len(before), len(before) + 2)
    one_by_one = {name: holds(name, before[-40:], after[:28]) for name in CONTEXTS}
    assert {name: inside((name,), text, *place) for name in CONTEXTS} == one_by_one
    assert inside(tuple(CONTEXTS), text, *place) == any(one_by_one.values())
    assert not inside((), text, *place)


@pytest.mark.parametrize(
    ("text", "name"), [("it cost $88", "price"), ("page 7: 88 %", "percent"), ("in 88 we met", "year"), ("port 88", "port")]
)
def test_contexts_are_named_after_what_they_hold(text: str, name: str) -> None:
    """A few of them, to see that the question is asked at the right place."""
    start = text.index("88")
    assert inside((name,), text, start, start + 2)
    assert not inside((name,), "see 88 there", 4, 6)
