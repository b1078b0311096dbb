"""A gate is shut for prose in fields that were not scanned and for rows in which nothing was, unless the policy allows them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.gate import IGNORED_FIELDS, GateAnswer, GatedFile, GatePolicy
from leakguard.core.results import Tally
from leakguard.core.unscanned import MORE
from leakguard.pipeline.gate import Facts, ScanFacts, decide

DATA = (GatedFile("a.jsonl", "a" * 64, 10),)


def checks(tally, **policy):
    """The answers of the checks about what was not scanned, by what they are about."""
    found = decide(replace(GatePolicy(), **policy), Facts(DATA, ScanFacts(tally, ("rules",))))
    return {check.what: check for check in found if check.kind == "unscanned"}


def answer(prose, *ignored):
    tally = Tally(seen=9, kept=9, texts=9, unscanned=prose, prose=prose)
    return checks(tally, ignored_fields=(*IGNORED_FIELDS, *ignored))["fields not scanned"].answer


@pytest.mark.parametrize(
    ("field", "ignored", "expected"),
    [
        ("notes", (), GateAnswer.UNSEEN),
        ("notes", ("notes",), GateAnswer.PASSED),
        ("notes", ("note",), GateAnswer.UNSEEN),
        ("notes2", ("notes",), GateAnswer.UNSEEN),
        ("notes[*].by", ("notes",), GateAnswer.PASSED),
        ("meta.author.name", ("meta",), GateAnswer.PASSED),
        ("meta.author.name", ("meta.author",), GateAnswer.PASSED),
        ("meta.author.name", ("author",), GateAnswer.UNSEEN),
        ("meta.author.name", ("*.name",), GateAnswer.PASSED),
        ("messages[*].annotation", ("messages[*].annotation",), GateAnswer.PASSED),
        ("messages[*].annotation", ("messages[*].a*",), GateAnswer.PASSED),
        ("messages[*].annotation", ("messages[0].annotation",), GateAnswer.UNSEEN),
        ("source", (), GateAnswer.PASSED),
        ("source.path", (), GateAnswer.PASSED),
        ("meta.source", (), GateAnswer.UNSEEN),
        ("a.b\nc", ("a.b*c",), GateAnswer.PASSED),
        (MORE, (), GateAnswer.UNSEEN),
        (MORE, ("notes", "meta"), GateAnswer.UNSEEN),
        (MORE, ("*",), GateAnswer.PASSED),
    ],
)
def test_ignored_fields(field, ignored, expected):
    """A name stands for the field and what is below it, * for any characters, and nothing else is let through."""
    assert answer({field: 3}, *ignored) is expected


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("ab.*["), min_size=1), max_size=3), st.text(st.sampled_from("ab.[*]"), min_size=1))
def test_more_ignored_fields_never_shut(names, field):
    """A policy that names more fields allows all that it allowed before."""
    if answer({field: 1}) is GateAnswer.PASSED:
        assert answer({field: 1}, *names) is GateAnswer.PASSED


def test_short_labels_and_words_left_out_do_not_shut():
    """Ids in every row and prompts that roles leave out keep no gate shut."""
    tally = Tally(seen=9, kept=9, texts=9, unscanned={"id": 9, "hash": 9}, left_out={"roles: user": 9}, repeated=1)
    assert {check.answer for check in checks(tally).values()} == {GateAnswer.PASSED}


def test_the_check_names_the_fields():
    """The five fields with the most rows are named, with how many more there are and what to do about them."""
    prose = {f"field{number}": number + 1 for number in range(7)}
    check = checks(Tally(seen=9, kept=9, texts=9, unscanned=prose, prose=prose))["fields not scanned"]
    assert check.observed.startswith("field6 (7 rows), field5 (6 rows)") and check.observed.endswith("and 2 more")
    assert "ignored-fields" in check.detail


@pytest.mark.parametrize(
    ("empty", "limit", "expected"),
    [
        (0, 0.0, GateAnswer.PASSED),
        (1, 0.0, GateAnswer.UNSEEN),
        (5, 0.0, GateAnswer.UNSEEN),
        (1, 0.2, GateAnswer.PASSED),
        (2, 0.1, GateAnswer.UNSEEN),
    ],
)
def test_rows_in_which_nothing_was_scanned(empty, limit, expected):
    """Their share is held against max-unscanned, which allows none by default."""
    check = checks(Tally(seen=6, kept=6, texts=6 - empty, empty=empty), max_unscanned=limit)["unscanned rows"]
    assert check.answer is expected
    assert check.observed.startswith(f"{empty} of 6 rows")


def test_nothing_is_known_where_nothing_looked():
    """A scan that could not take place says nothing about fields."""
    found = decide(GatePolicy(), Facts(DATA, ScanFacts(Tally(), (), "no detector")))
    assert {check.answer for check in found if check.kind == "unscanned"} == {GateAnswer.UNSEEN}
