"""Context files: what is read, what is refused with which message, and the proof of the shipped ones and of a user's own."""

import pytest

from detector_calls import ids, look_at
from leakguard.core.errors import PackError
from leakguard.detectors.rules.context_proof import find_context_failures
from leakguard.detectors.rules.proof import find_failures, prove
from leakguard.rulebook.contexts import read_contexts
from leakguard.rulebook.packs import read_pack, read_packs

PACK = """
[pack]
id = "mine"
version = "1.0.0"
title = "Mine"

[[rule]]
id = "mine.4711"
kind = "number"
value = 4711
severity = "error"
meaning = "a code"
not_inside = ["perfume"]
hits = ["4711"]
misses = ["a bottle of 4711"]

[words]
bottle = "bottle bottles Flasche Fläschchen"

[fragments]
of = '(?:of|with|mit)\\s+'

[[context]]
id = "perfume"
title = "the name of a perfume"
patterns = [{ before = '\\b{bottle}\\s+{of}' }]
hits = ["a bottle of «4711»"]
misses = ["bottles: «4711»"]
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_every_shipped_context_applies_in_its_hits_and_in_none_of_its_misses():
    """At least two of each, so that a pattern cannot be lost unseen."""
    contexts = read_contexts().by_id.values()
    assert [context.id for context in contexts if min(len(context.hits), len(context.misses)) < 2] == []
    assert [problem for _, problem in find_context_failures(contexts)] == []


def test_a_pack_can_define_contexts_for_its_rules(write):
    """A rule is silent inside a context of its own pack, and the words of the context are folded as text is."""
    pack = read_pack(write(PACK))
    assert find_failures(pack) == []
    detector = prove([pack])
    assert ids(look_at(detector, "join 4711")) == {"mine.4711"}
    assert ids(look_at(detector, "ein Fläschchen mit 4711")) == set()


def test_packs_that_are_read_together_share_one_set_of_contexts(write):
    """Contexts of both packs are known to the detector; an id that both define is an error that names both files."""
    other = PACK.replace("mine", "other").replace("perfume", "cologne")
    packs = read_packs([write(PACK), write(other, "other.toml")])
    assert packs[0].contexts == packs[1].contexts
    assert {"perfume", "cologne", "year"} <= set(packs[1].contexts.by_id)
    prove(packs)
    with pytest.raises(PackError, match=r"other\.toml: the context 'perfume' is already defined by .*mine\.toml"):
        read_packs([write(PACK), write(PACK.replace("mine", "other"), "other.toml")])


def test_a_cached_pack_keeps_its_contexts(write):
    """The second reading comes from the cache and gives the same pack, contexts and file names included."""

    class Dictionary:
        def __init__(self):
            self.kept = {}

        def recall(self, key, make):
            return self.kept.setdefault(key, make())

    cache, path = Dictionary(), write(PACK)
    first, second = read_packs([path], cache), read_packs([path], cache)
    assert first == second == read_packs([path])
    assert first[0].contexts == second[0].contexts == read_packs([path])[0].contexts
    assert second[0].contexts.by_id["perfume"].file == str(path)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('hits = ["a bottle of «4711»"]', 'hits = ["bottles: «4711»"]', "context 'perfume' should apply in 'bottles: .*one of its hits"),
        ('misses = ["bottles: «4711»"]', 'misses = ["a bottle of «4711»"]', "context 'perfume' applies in .*one of its misses"),
    ],
)
def test_a_context_that_its_examples_contradict_is_refused(write, before, after, message):
    """The proof of a pack includes its contexts, and the message names the file, the context and the example."""
    pack = read_pack(write(PACK.replace(before, after)))
    with pytest.raises(PackError, match=rf"mine\.toml: {message}"):
        prove([pack])


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('id = "perfume"', 'id = "year"', "the context 'year' comes with leakguard"),
        ('id = "perfume"', 'id = "per fume"', "context 'per fume': 'id' cannot be"),
        ('id = "perfume"', "", r"\[\[context\]\] number 1: 'id' is missing"),
        ('title = "the name of a perfume"', "titel = 1", "context 'perfume': unknown key 'titel'; did you mean 'title'"),
        ("{bottle}", "{botle}", "context 'perfume', pattern 1: 'before' cannot be 'botle'; did you mean 'bottle'"),
        ("before = ", "befor = ", "context 'perfume', pattern 1: unknown key 'befor'; did you mean 'before'"),
        (r"{ before = '\b{bottle}\s+{of}' }", "{ }", "context 'perfume', pattern 1: a pattern needs"),
        (r"[{ before = '\b{bottle}\s+{of}' }]", "[]", "context 'perfume': 'patterns' is empty"),
        (r"{of}' }", r"(' }", "context 'perfume', pattern 1: 'before' is not a regular expression"),
        ("(?:of|with|mit)", "(?:of", r"\[fragments\]: 'of' is not a regular expression"),
        ('bottle = "bottle bottles Flasche Fläschchen"', "bottle = 3", r"\[words\]: 'bottle' must be words"),
        ('["a bottle of «4711»"]', '["a bottle of 4711"]', "context 'perfume': 'hits' must mark one match in guillemets"),
        ('hits = ["a bottle of «4711»"]', "", "context 'perfume': 'hits' is missing: give at least one text"),
        ('misses = ["bottles: «4711»"]', "misses = []", "context 'perfume': 'misses' is missing: give at least one text"),
        (
            'not_inside = ["perfume"]',
            'not_inside = ["perfum"]',
            "rule 'mine.4711': 'not_inside' cannot be 'perfum'; did you mean 'perfume'",
        ),
    ],
)
def test_errors_name_file_context_and_key(write, before, after, message):
    """Every mistake in a context of one's own is reported with its place and what to do."""
    assert before in PACK
    with pytest.raises(PackError, match=rf"mine\.toml: {message}"):
        read_pack(write(PACK.replace(before, after)))


def test_words_without_a_context_are_refused(write):
    """[words] and [fragments] do nothing without a [[context]]."""
    text = PACK[: PACK.index("[fragments]")].replace('not_inside = ["perfume"]\n', "")
    with pytest.raises(PackError, match=r"mine\.toml: \[words\] belongs to the patterns of contexts"):
        read_pack(write(text))
