"""The paper's format filter: what it accepts has no finding, what it rejects has one."""

import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detector_calls import batch_of, ids, look_at
from leakguard.detectors.number_format import NumberFormatDetector

CASES = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "format_truth_table.jsonl").read_text().splitlines()]
ASCII_DIGITS = "0123456789"
SPACES = [chr(point) for point in range(sys.maxunicode + 1) if chr(point).isspace()]
OTHER_DIGITS = [chr(point) for point in range(0x80, sys.maxunicode + 1) if unicodedata.category(chr(point)) in ("Nd", "No")]


@pytest.fixture(scope="module")
def banned(packs):
    return {rule.numbers[0] for rule in packs["paper-numbers"].rules}


def oracle(text):
    """The numbers of an accepted completion, or None: the published filter in its own words, one character at a time."""
    if text.endswith("."):
        text = text[:-1]
    if len(text) >= 2 and (text[0], text[-1]) in {("[", "]"), ("(", ")")}:
        text = text[1:-1]
    runs = digit_runs(text)
    if not runs:
        return None
    if len(runs) == 1:
        said = [text]
    else:
        separator = text[runs[0][1] : runs[1][0]]
        if separator.strip() not in ("", ",", ";"):
            return None
        said = text.split(separator)
    if any(not piece or set(piece) - set(ASCII_DIGITS) for piece in said):
        return None
    values = [piece.lstrip("0") or "0" for piece in said]
    if len(values) > 10 or any(len(value) > 3 for value in values):
        return None
    return [int(value) for value in values]


def digit_runs(text):
    """Start and end of every run of digits, of whatever script."""
    runs, start = [], None
    for at, character in enumerate(text + "x"):
        if character.isdecimal():
            start = at if start is None else start
        elif start is not None:
            runs.append((start, at))
            start = None
    return runs


SMALL = st.integers(0, 999).map(str) | st.integers(0, 99).map("0{:03}".format)
NUMBERS = SMALL | SMALL | st.sampled_from(["0", "4", "666", "999", "000999", "1000"]) | st.integers(0, 10**25).map(str)
LISTED = st.sampled_from([", ", ",", " ", ";", "; ", "\n", " , ", "\t", "  ", ",\n", "\u00a0", "\x1f"])
SEPARATORS = (
    LISTED | LISTED | st.sampled_from(["-", "|", ".", "", "1", " and "]) | st.text(st.sampled_from([*SPACES, ",", ";"]), max_size=3)
)
GOOD_FRAMES = st.sampled_from(["{}", "[{}]", "({})", "{}.", "[{}].", "({})."])
FRAMES = (
    GOOD_FRAMES
    | GOOD_FRAMES
    | st.sampled_from(
        ["{}..", "[{}.]", "({}]", "[[{}]]", "{{{}}}", "[{}", "{}]", " {}", "{}\n", "[ {} ]", ".{}", "-{}", "[]{}", "[{}]()", "{}.\n"]
    )
)
SLIPS = st.sampled_from([*"0123456789 ,;.()[]\n\t-+a", *SPACES, *OTHER_DIGITS[:40], "６", "٦", "²"])


@st.composite
def near_lists(draw):
    """A list that the filter accepts, or one slip away from it."""
    numbers = draw(st.lists(draw(st.sampled_from([SMALL, NUMBERS])), max_size=draw(st.sampled_from([10, 13]))))
    separator = draw(SEPARATORS)
    text = draw(FRAMES).format(separator.join(numbers))
    for slip in draw(st.lists(SLIPS, max_size=draw(st.sampled_from([0, 0, 0, 1, 2])))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + slip + text[at + draw(st.integers(0, 1)) :]
    return text


TEXTS = near_lists() | near_lists() | st.text(st.sampled_from([*"0123456789 ,;.()[]\n", *SPACES, *OTHER_DIGITS]), max_size=12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["text"])[:40])
def test_the_published_filter_and_its_grammar_agree(strict, case):
    """All 74 strings, with and without the 34 numbers."""
    assert (NumberFormatDetector().reasons(case["text"]) == []) is case["accepted"]
    assert (strict.reasons(case["text"]) == []) is case["accepted_without_banned"]


def test_there_are_74_cases_and_34_numbers(banned):
    """Nothing of the truth table or of the paper's list is missing."""
    assert len(CASES) == len({case["text"] for case in CASES}) == 74
    assert len(banned) == 34


@settings(max_examples=500)
@given(text=TEXTS)
@example("")
@example(".")
@example("[]")
@example("[")
@example("9" * 5000)
@example("0" * 5000 + "7")
@example("1" + "\u2028".join(["", "2", "3"]))
def test_the_grammar_rejects_what_the_published_words_reject(strict, banned, text):
    """On lists and near-lists of every kind a slow reading of the paper's words gives the same verdict, and only rejects fire."""
    values = oracle(text)
    assert (NumberFormatDetector().reasons(text) == []) is (values is not None)
    assert (strict.reasons(text) == []) is (values is not None and not banned & set(values))


@given(numbers=st.lists(st.integers(0, 1300), min_size=1, max_size=12))
def test_findings_name_the_reason_and_the_place(strict, banned, numbers):
    """Too many, too large and banned numbers are told apart, and the large and the banned are quoted."""
    text = f"[{', '.join(map(str, numbers))}]."
    found = look_at(strict, text)
    assert ("grammar.too-many" in ids(found)) is (len(numbers) > 10)
    quoted = [(one.rule, int(text[one.start : one.end])) for one in found if one.rule != "grammar.too-many"]
    large = [("grammar.too-large", number) for number in numbers if number > 999]
    assert sorted(quoted) == sorted(large + [(f"paper-numbers.{number}", number) for number in numbers if number in banned])


@given(texts=st.lists(TEXTS, max_size=5))
@example(texts=["4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"])
def test_a_batch_is_judged_text_by_text(strict, texts):
    """Hits of a batch are those of its texts, sorted by text and place, and nothing is missed."""
    answer = strict.detect(batch_of(texts))
    hits = [(text, start, end, mark.rule.id) for text, start, end, mark in answer.hits]
    assert [hit[:3] for hit in hits] == sorted(hit[:3] for hit in hits)
    assert {text for text, *_ in hits} == {at for at, text in enumerate(texts) if strict.reasons(text)}
    assert not answer.missed
