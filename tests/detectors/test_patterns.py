"""User patterns: limited in time, missed (not clean) after a timeout, and proven like all rules."""

from time import monotonic

import pytest

from detector_calls import batch_of, look_at
from leakguard.core.errors import PackError
from leakguard.core.results import Missed
from leakguard.core.rule import Severity
from leakguard.detectors.rules import RulesDetector
from leakguard.detectors.rules.proof import find_failures, prove
from leakguard.detectors.rules.user_patterns import PatternStalled, UserPattern
from leakguard.pipeline.count import tally_batch
from leakguard.rulebook.packs import read_pack

STALLS = "b" * 26 + "a" * 40 + "!"
PACK = """
[pack]
id = "mine"
version = "1.0.0"
title = "My rules"

[[rule]]
id = "mine.slow"
kind = "regex"
value = "a run of a"
pattern = '(a|aa)+$'
severity = "error"
meaning = "a pattern that tries everything"
hits = ["aaaa"]
misses = ["b"]

[[rule]]
id = "mine.ticket"
kind = "regex"
value = "ticket"
pattern = 'T-[0-9]{4}'
requires = ["T-"]
severity = { text = "warning" }
meaning = "a ticket number"
hits = ["see T-1234", "see Ｔ-１２３４"]
misses = ["T-12", "T-1234, 5"]

[[rule]]
id = "mine.1488"
kind = "number"
value = 1488
severity = "error"
meaning = "a code"
hits = ["1488"]
misses = ["14880"]
"""


@pytest.fixture
def pack(tmp_path):
    """Return the pack read from a file in which `old` was replaced by `new`."""

    def read(old="", new=""):
        assert old in PACK
        file = tmp_path / "mine.toml"
        file.write_text(PACK.replace(old, new) if old else PACK)
        return read_pack(file)

    return read


def test_a_pattern_that_runs_out_of_time_is_missed_and_the_rest_is_judged(pack, compiled):
    """The text is missed; findings of other rules in it, and all other texts of the batch, are unaffected."""
    detector = RulesDetector(pack().rules, memory=compiled)
    batch = batch_of(["see T-1234", f"1488 {STALLS}", "1488 aaaa", "nothing"])
    began = monotonic()
    answer = detector.detect(batch)
    assert monotonic() - began < 5
    assert list(answer.missed) == [1]
    assert answer.missed[1] == "rule mine.slow ran longer than 1 s"
    found = {(text, mark.rule.id) for text, _, _, mark in answer.hits}
    assert found == {(0, "mine.ticket"), (1, "mine.1488"), (2, "mine.1488"), (2, "mine.slow")}
    books = tally_batch(batch, [answer], [Missed("texts", 2, answer.detector, answer.missed[1])])
    books.check()
    assert (books.seen, books.kept, books.undetermined) == (4, 3, 1)


def test_running_out_of_time_in_a_decoded_text_counts_too(pack, compiled):
    """A timeout in a decoded view makes the text missed too."""
    detector = RulesDetector(pack().rules, memory=compiled)
    encoded = "".join(f"&#{ord(character)};" for character in STALLS)
    answer = detector.detect(batch_of(["see T-1234", encoded]))
    assert list(answer.missed) == [1]


def test_the_time_limit_is_the_patterns_own(pack):
    """A shorter limit stalls sooner and says so."""
    slow = UserPattern(pack().rules[0], timeout=0.05)
    began = monotonic()
    with pytest.raises(PatternStalled, match=r"^rule mine\.slow ran longer than 0\.05 s$"):
        list(slow.find(STALLS))
    assert monotonic() - began < 2


def test_patterns_look_at_the_folded_text_and_quote_the_original(pack, compiled):
    """A pattern matches the folded text; the disguise is named and the original characters are quoted."""
    detector = RulesDetector(pack().rules, memory=compiled)
    (found,) = look_at(detector, "see Ｔ-１２\u200b３４ there")
    assert (found.start, found.end, found.rule, found.severity) == (4, 11, "mine.ticket", Severity.WARNING)
    assert "other-script digits" in found.form


def test_a_pattern_is_silent_in_a_profile_that_it_does_not_name(pack, compiled):
    """The ticket rule applies to prose only."""
    detector = RulesDetector(pack().rules, memory=compiled)
    assert look_at(detector, "T-1234, 5") == []


def test_a_proven_pack_has_no_failures(pack):
    """`prove` returns the detector that it used."""
    assert find_failures(pack()) == []
    assert look_at(prove([pack()]), "see T-1234")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('hits = ["aaaa"]', 'hits = ["aaaa", "bbb"]', "rule 'mine.slow' should fire in 'bbb' (one of its hits) and does not"),
        (
            'misses = ["T-12", "T-1234, 5"]',
            'misses = ["T-9876 is one"]',
            "rule 'mine.ticket' fires in 'T-9876 is one', which is one of its misses",
        ),
        ('hits = ["1488"]', 'hits = ["1487"]', "rule 'mine.1488' should fire in '1487' (one of its hits) and does not"),
        (
            'misses = ["14880"]',
            'misses = ["１４８８\\u0007"]',
            r"rule 'mine.1488' fires in '\uff11\uff14\uff18\uff18\x07', which is one of its misses",
        ),
        ('misses = ["b"]', f'misses = ["{STALLS}"]', "could not be checked: rule mine.slow ran longer than 1 s"),
    ],
)
def test_an_example_that_does_not_hold_is_named(pack, compiled, old, new, said):
    """The error says which file, which rule and which example, without raw control characters."""
    wrong = pack(old, new)
    with pytest.raises(PackError) as raised:
        prove([wrong], RulesDetector(wrong.rules, memory=compiled))
    message = str(raised.value)
    assert message.startswith(f"{wrong.file}: rule 'mine.")
    assert said in message
    assert message.isprintable()
    assert any(said in problem for problem in find_failures(wrong))


def test_a_pack_that_stands_among_others_is_named(pack, packs):
    """The error names the file of the failed pack, not another one."""
    wrong = pack('hits = ["1488"]', 'hits = ["1489"]')
    with pytest.raises(PackError, match=r"mine\.toml: rule 'mine\.1488'"):
        prove([packs["gang-numbers"], wrong])


def test_a_pattern_that_stalls_again_and_again_is_switched_off(pack, compiled, monkeypatch):
    """After three texts it is not tried any more: further texts are missed with that reason; other rules continue."""
    monkeypatch.setitem(UserPattern.__init__.__kwdefaults__, "timeout", 0.2)
    detector = RulesDetector(pack().rules, memory=compiled)
    answer = detector.detect(batch_of([f"1488 {STALLS}"] * 4 + ["1488 aa", "see T-1234"]))
    assert list(answer.missed) == [0, 1, 2, 3, 4, 5]
    assert answer.missed[0] == "rule mine.slow ran longer than 0.2 s"
    assert {answer.missed[text] for text in (3, 4, 5)} == {"rule mine.slow ran longer than 0.2 s in 3 texts and was switched off"}
    found = {(text, mark.rule.id) for text, _, _, mark in answer.hits}
    assert found == {*((text, "mine.1488") for text in range(5)), (5, "mine.ticket")}
