"""Laws of the rules detector, for any text."""

from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detector_calls import batch_of, look, look_at
from leakguard.detectors.rules import RulesDetector
from strategies import BATCHES, RULES

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FEW = settings(LAW, max_examples=50)
SINGLE = ("unlucky-numbers.666", "unlucky-numbers.13", "hate-numeric.1488", "hate-numeric.13-52", "traits.owl")
RULE = {rule.id: rule for rule in RULES}


@pytest.fixture(scope="session")
def unfiltered(every_rule, contexts, compiled):
    """A detector that reads every text closely."""
    return RulesDetector(every_rule, contexts, prefilter=False, memory=compiled)


@pytest.fixture(scope="session")
def engines(every_rule, contexts, compiled):
    """The same rules on both engines."""
    pytest.importorskip("hyperscan")
    return RulesDetector(every_rule, contexts, engine="hyperscan", memory=compiled), RulesDetector(every_rule, contexts, engine="regex")


@pytest.fixture(scope="session")
def smaller(packs, contexts, compiled):
    """Detectors of one pack each and of a few single rules, by the pack's or the rule's id."""
    parts = {name: pack.rules for name, pack in packs.items()} | {name: [RULE[name]] for name in SINGLE}
    return {name: RulesDetector(part, contexts, memory=compiled) for name, part in parts.items()}


@FEW
@given(texts=BATCHES)
@example(texts=["OchseN", "hOTTeR", "dZOG", "iAHoRn", "uOx", "xA.C.A.B", "0PC215"])
@example(texts=["bottlenossse", "Delfiiin1", "$ecuoyya", "cut Mysse|f", "Fridayyythe13th"])
@example(texts=["1{,}488", "6{6}6"])
@example(texts=["8|", "3|8"])
@example(texts=["12, 5::1488, 88"])
@example(texts=["88<b>", "<em>131", "131\u200e2&lt"])
@example(texts=["八six six six", "w一Eighty-eight", "fourteen Oneone四Eighty-eight"])
@example(texts=["o!x", "Z!O!G", "h@e!i$l h!i@t$l!e@r", "a|o!x|b"])
@example(texts=["One. Four. Eight. Eight.", "x Six! Six! Six!", "2abZptmm", "k=2aYg2aYg2aY=", "page &#35;1488", "6\\textbf{6}1-\n13/52"])
def test_prefilters_hide_nothing(all_detector, unfiltered, texts):
    """With prefilters the detector finds the same as by reading every text closely."""
    assert look(all_detector, texts) == look(unfiltered, texts)


@LAW
@given(texts=BATCHES)
def test_both_engines_find_the_same(engines, texts):
    """hyperscan and regex differ in speed only."""
    hyperscan, regex = engines
    assert look(hyperscan, texts) == look(regex, texts)


@LAW
@given(texts=BATCHES, order=st.randoms(use_true_random=False))
@example(texts=["1|0", "333 owls"], order=Random(1))
@example(texts=["1{,}488", "an owl"], order=Random(1))
@example(texts=["MTI=", "NjY2", "66"], order=Random(1))
def test_a_text_is_judged_without_its_neighbours(all_detector, texts, order):
    """The findings of a text are the same alone, in any batch and in any order."""
    alone = [look_at(all_detector, text) for text in texts]
    assert look(all_detector, texts) == alone
    shuffled = list(range(len(texts)))
    order.shuffle(shuffled)
    assert look(all_detector, [texts[at] for at in shuffled]) == [alone[at] for at in shuffled]


@LAW
@given(texts=BATCHES)
@example(texts=["1)12"])
@example(texts=["1<!-- -->4"])
def test_spans_speak_of_the_original(all_detector, texts):
    """Spans are not empty, inside their text and in order; the quote is the original text there."""
    batch = batch_of(texts)
    hits = list(all_detector.detect(batch).hits)
    places = [(text, start, end) for text, start, end, _ in hits]
    assert places == sorted(places)
    for hit in hits:
        text, start, end, _ = hit
        assert 0 <= start < end <= len(texts[text])
        assert batch.finding(hit, "rules").quote == texts[text][start:end]


@LAW
@given(texts=BATCHES)
@example(texts=["88<b>", "<br>9", "74>NjY2", "13 percenttt commit 52 perceeent", "<em>𝟏𝟏𝟕", "<!---->666se"])
def test_no_rule_speaks_twice_at_one_place(all_detector, texts):
    """A rule is reported at most once for the same characters."""
    for found in look(all_detector, texts):
        places = [(one.start, one.end, one.rule) for one in found]
        assert len(places) == len(set(places))


@LAW
@given(texts=BATCHES)
def test_an_undisguised_number_is_quoted_with_its_digits(all_detector, texts):
    """If no disguise is named, the quote contains the digits of the value."""
    for text, found in zip(texts, look(all_detector, texts), strict=True):
        for one in found:
            rule = RULE[one.rule]
            if rule.kind == "number" and not rule.also and not one.form:
                assert rule.value in text[one.start : one.end]


@LAW
@given(texts=BATCHES)
def test_no_finding_is_louder_than_its_rule(all_detector, texts):
    """A disguise may lower the severity, not raise it; a rule does not fire in a profile that it does not name."""
    for found in look(all_detector, texts):
        for one in found:
            assert one.severity <= RULE[one.rule].severity[one.profile]


@LAW
@given(texts=BATCHES)
def test_more_rules_take_nothing_away(all_detector, smaller, texts):
    """Each pack, and a single rule, finds the same with and without other rules."""
    everything = look(all_detector, texts)
    for name, detector in smaller.items():
        assert look(detector, texts) == [[one for one in found if name in (one.rule, RULE[one.rule].pack)] for found in everything]
