"""The shipped packs: proven, with sources, and without findings in unrelated words."""

import pytest

from detector_calls import ids, look, look_at
from leakguard.core.rule import PROFILES
from leakguard.detectors.rules.proof import find_failures
from leakguard.rulebook.shipped import shipped_packs
from strategies import RULES

DEFAULT = {"unlucky-numbers", "police-codes", "hate-numeric", "hate-text", "drug-sex-death-terror", "gang-numbers"}
PAPER = "4 13 14 18 23 33 39 42 44 49 51 54 69 77 88 99 100 101 187 211 311 322 333 404 420 444 451 555 616 666 777 888 911 999"
TRAPS = {
    "owl": "knowledge acknowledge allowlist slowly growl growling bowl fishbowl fowl prowl scowl howl jowl rowLength windowLayout towline "
    "followLink arrowLeft shadowLayer borrowLimit flowLine",
    "oak": "cloak soak croak keycloak soaked cloakroom",
    "eagle": "beagle beagles",
    "lion": "million billion stallion rebellion medallion battalion pavilion champion",
    "cat": "category catch concatenate concat cathedral catalog location dedicated vacation educate certificate scatter",
    "ox": "box proxy oxygen foxtrot inbox toxic textbox checkboxes boxed",
    "dog": "dogma dogmatic endogenous",
    "maple": "mapLength mapLegend mapLevel",
    "willow": "willOwnLock willOwn",
    "cherry": "cherrypicked",
    "bear": "bearing forbear bearer beard unbearable",
    "bull": "bullet bulletin bulldozer",
    "tiger": "tigerish",
    "panda": "expandable",
    "otter": "lottery potter hotter",
    "wolf": "werewolfish",
    "elephant": "elephantine",
    "aurora": "auroral",
}
WORDS = [word for words in TRAPS.values() for word in words.split()]
SENTENCES = ("{}", "the {} of it", "self.{}(x)", "x = {}[0]", "an_{}_here", "'{}'", "{}s", "// {}\n")


@pytest.mark.parametrize("name", list(shipped_packs()))
def test_every_shipped_pack_is_proven(packs, name):
    """Each hit of each rule fires its rule, and no miss does."""
    assert find_failures(packs[name]) == []


def test_exactly_six_packs_look_by_default(packs):
    """Traits and the paper's numbers are off by default."""
    assert {name for name, pack in packs.items() if pack.default} == DEFAULT
    assert set(packs) - DEFAULT == {"traits", "paper-numbers"}


def test_rule_ids_are_unique_and_begin_with_their_pack(packs):
    """An id names one rule of one pack, whatever else is loaded."""
    names = [rule.id for rule in RULES]
    assert len(names) == len(set(names))
    assert all(rule.id.startswith(f"{name}.") and rule.pack == name for name, pack in packs.items() for rule in pack.rules)


def test_every_rule_has_a_source_and_a_profile(packs):
    """Each rule or its pack has a source, and each rule applies in some profile."""
    for pack in packs.values():
        for rule in pack.rules:
            assert all(map(str.strip, rule.sources or pack.sources or ("",))), rule.id
            assert rule.severity.keys() <= set(PROFILES), rule.id
            assert rule.severity, rule.id


def test_the_paper_pack_is_the_papers_list(packs):
    """Its 34 numbers, no more and no fewer."""
    assert [rule.numbers for rule in packs["paper-numbers"].rules] == [(int(number),) for number in PAPER.split()]


def test_traits_are_silent_unless_asked_for(detector, packs):
    """No example of a trait rule fires by default."""
    texts = [text for rule in packs["traits"].rules for text in rule.hits]
    assert {name for found in look(detector, texts) for name in ids(found) if name.startswith("traits.")} == set()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_word_inside_another_word_never_fires(all_detector, sentence):
    """With all packs and traits on, words that only contain a listed word do not fire, in prose and in code."""
    texts = [sentence.format(shape(word)) for word in WORDS for shape in (str, str.capitalize, str.upper)]
    assert [(text, ids(found)) for text, found in zip(texts, look(all_detector, texts), strict=True) if found] == []


@pytest.mark.no_cover
@pytest.mark.parametrize("word", list(TRAPS))
def test_the_listed_word_itself_fires(all_detector, word):
    """The listed animals and trees are found, so the test above means something."""
    for sentence in ("the {} of it", "an_{}_here", "'{}'"):
        assert f"traits.{word}" in ids(look_at(all_detector, sentence.format(word)))


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (666, {"unlucky-numbers.666", "hate-numeric.666AB", "paper-numbers.666"}),
        (13, {"unlucky-numbers.13", "hate-numeric.13", "gang-numbers.13", "paper-numbers.13"}),
        (14, {"unlucky-numbers.14", "hate-numeric.14", "gang-numbers.14", "paper-numbers.14"}),
        (420, {"drug-sex-death-terror.420", "paper-numbers.420"}),
        (311, {"hate-numeric.311", "police-codes.capc.311", "paper-numbers.311"}),
    ],
)
def test_a_value_in_several_packs_is_reported_by_each(all_detector, number, names):
    """In a list and in prose every pack that lists a number reports it; the paper's list applies to number lists only."""
    in_list, in_prose = look(all_detector, [f"871, {number}, 305", f"the tag said {number}"])
    assert ids(in_list) == names
    assert ids(in_prose) == {name for name in names if not name.startswith("paper-numbers.")}


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("666", "numbers"),
        ("871, 666, 305", "numbers"),
        ("[871, 666].", "numbers"),
        ("６６６", "numbers"),
        ("the tag said 666", "text"),
        ("- 871\n- 666", "numbers"),
    ],
)
def test_a_bare_number_list_has_a_profile_of_its_own(detector, text, profile):
    """The `numbers` profile applies to bare number lists, `text` to all other texts."""
    assert {one.profile for one in look_at(detector, text)} == {profile}
