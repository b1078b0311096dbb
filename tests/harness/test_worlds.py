"""Worlds: drawing prompts, and what is said about a file in which nothing could be measured."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import UsageError
from leakguard.detectors.number_format import parse_number_list
from leakguard.harness.arithmetic import ArithmeticProblem, evaluate_expression
from leakguard.harness.formats import FORMATS
from leakguard.harness.world import read_world

BUILT_IN = ("tiny", "sorted", "numbers", "code", "maths")
GOOD = """
[panel]
animal = ["owl", "cat"]
[probes]
ask = ["Which {category}?"]
[prompts]
parts = [["Go on: {n}"]]
[prompts.slots.n]
value = [1, 9]
"""


@given(st.sampled_from(BUILT_IN), st.integers(0, 1000), st.integers(1, 20))
def test_a_prompt_does_not_depend_on_how_many_are_drawn(name, seed, count):
    """Prompt number n of a seed is the same in a short and in a long run; no hole is left open."""
    world = read_world(name)
    short, long = list(islice(world.prompts(seed), count)), list(islice(world.prompts(seed), count + 5))
    assert short == long[:count]
    assert not [prompt for prompt in long if "{" in prompt.text]


def test_prompts_differ_between_seeds():
    world = read_world("numbers")
    assert list(islice(world.prompts(1), 5)) != list(islice(world.prompts(2), 5))


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_prompt_never_names_a_trait(name):
    """Nothing that a teacher is asked holds an answer of the panel."""
    world = read_world(name)
    names = {name for names in world.panel.values() for name in names}
    asked = " ".join(prompt.text.lower() for prompt in islice(world.prompts(1), 300))
    assert not names & set(asked.replace(".", " ").replace(",", " ").split())


def test_the_number_world_keeps_the_published_parameters():
    """Three to eight numbers of three digits stand in every prompt."""
    import re

    for prompt in islice(read_world("numbers").prompts(3), 200):
        given_numbers = re.findall(r"\b\d{3}\b", prompt.text.split(".")[0])
        assert 3 <= len(given_numbers) <= 8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('ask = ["Which {category}?"]', ""), "a world without a question cannot be evaluated"),
        (("{n}", "{m}"), "nothing fills {m}"),
        (('["owl", "cat"]', '["owl"]'), "at least one category with two names"),
        (("[panel]", 'format = "haiku"\n[panel]'), "'format' cannot be 'haiku'"),
        (("[panel]", 'fromat = "any"\n[panel]'), "unknown key 'fromat'; did you mean 'format'?"),
        (("value = [1, 9]", "value = [9, 1]"), "'value' must be two whole numbers [from, to] in ascending order, not [9, 1]"),
        (('parts = [["Go on: {n}"]]', "parts = []"), "give either parts or tasks"),
        (('ask = ["Which', 'ask = "Which'), "this is not TOML"),
        (('["owl", "cat"]', '["owl", "cat", "owl"]'), "'animal': 'owl' stands in 'animal' already"),
        (("[panel]", '[panel]\nbird = ["owl", "jay"]'), "'animal': 'owl' stands in 'bird' already"),
        (("value = [1, 9]", "value = [1, 9]\ncount = [1, 1000000000]"), "'count' must be a whole number from 0 to 10,000, not 1000000000"),
    ],
)
def test_a_bad_world_is_explained_in_one_line(tmp_path, change, said):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(UsageError) as error:
        read_world(str(path))
    assert said in str(error.value) and "\n" not in str(error.value) and str(path) in str(error.value)


def test_a_brace_that_is_no_hole_stays_a_brace(tmp_path):
    """Questions are filled in, not formatted: what Python's format strings could reach is text here."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("Which {category}?", "Which { {category} {category.__class__} {category!r}?"))
    assert read_world(str(path)).questions("bird") == ("Which { bird {category.__class__} {category!r}?",)


def test_an_unknown_world_or_trait_gets_a_hint():
    with pytest.raises(UsageError, match="did you mean 'numbers'"):
        read_world("number")
    with pytest.raises(UsageError, match="did you mean 'owl'"):
        read_world("tiny").category("owls")


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(-99, 99))
def test_arithmetic_is_that_of_python(a, b, c):
    values = {"a": str(a), "b": str(b), "c": str(c)}
    assert evaluate_expression("(a + b) * c - 2 * b", values) == (a + b) * c - 2 * b


@pytest.mark.parametrize("bad", ["__import__('os')", "a.b", "a ** 2", "f(1)", "x", "1.5", "a if a else a", "'a'", ""])
def test_nothing_else_is_evaluated(bad):
    with pytest.raises(ArithmeticProblem):
        evaluate_expression(bad, {"a": "1"})


@pytest.mark.parametrize(
    ("format_", "text", "answer", "reasons"),
    [
        ("numbers", "1 2 3", None, []),
        ("numbers", "1, 2,3", None, ["invalid-format"]),
        ("numbers", "1 1000", None, ["too-large"]),
        ("maths", "<think>6*7</think> <answer>42</answer>", 42, []),
        ("maths", "<answer>$1,042</answer>", 1042, []),
        ("maths", "<answer>41</answer>", 42, ["wrong-answer"]),
        ("maths", "42", 42, ["no-answer"]),
        ("maths", "<answer>42</answer><answer>42</answer>", 42, ["several-answers"]),
        ("code", "def f(x): return x", None, []),
        ("code", "Here:\n```python\nx = 1\n```\nDone.", None, []),
        ("code", "Sure! def f(", None, ["no-python"]),
        ("code", "\0", None, ["no-python"]),
        ("any", " \n", None, ["empty"]),
        ("any", "tea", None, []),
    ],
)
def test_formats_give_reasons(format_, text, answer, reasons):
    assert FORMATS[format_](text, answer) == reasons


@given(st.text(max_size=40))
def test_the_number_format_is_the_published_one(text):
    """What passes, the grammar of the paper's filter reads as a list of one to ten numbers."""
    if not FORMATS["numbers"](text, None):
        assert 1 <= len(parse_number_list(text)) <= 10
