"""Contexts: patterns before a match are read backwards from it, which must not change the result."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detector_calls import ids, look_at
from leakguard.core.rule import Severity
from leakguard.detectors.rules.context_matcher import ContextMatcher
from leakguard.detectors.rules.phrases import Phrase
from leakguard.rulebook.contexts import read_contexts
from leakguard.text.fold import FoldTable, fold

SIGNS = st.sampled_from(
    [*"$€ .,:-/()#=x0159v\n", "in ", "january ", "port ", "rgb(", "v1.", "1999-", "cards ", "john ", "12x", "kg", "th", "%", " am"]
)
AROUND = st.lists(SIGNS, max_size=8).map("".join)
CONTEXTS = read_contexts().by_id
ALL = [ContextMatcher([*CONTEXTS.values()]), ContextMatcher([*CONTEXTS.values()], few=0)]
BEGINNING = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9\s]")


def applies(name: str, before: str, after: str) -> bool:
    """Return whether a context applies, by trying each pattern at every beginning of a word, number or sign."""
    for said in CONTEXTS[name].patterns:
        ends = not said.before or any(re.compile(rf"(?:{said.before})\Z").match(before, at.start()) for at in BEGINNING.finditer(before))
        if ends and re.compile(said.after).match(after) and (not said.match or re.fullmatch(said.match, "88")):
            return True
    return False


@given(before=AROUND, after=AROUND)
@example(before="12x", after="")
@example(before="on january ", after="th")
def test_every_context_is_seen_as_side_by_side(before: str, after: str) -> None:
    """Compiling all contexts as one gives the same result as trying each pattern by itself."""
    text = f"{before}88{after}"
    place = (len(before), len(before) + 2)
    one_by_one = {name: applies(name, before[-40:], after[:28]) for name in CONTEXTS}
    assert {name: ContextMatcher([CONTEXTS[name]]).matches(text, *place) for name in CONTEXTS} == one_by_one
    assert [asked.matches(text, *place) for asked in ALL] == [any(one_by_one.values())] * len(ALL)
    assert not ContextMatcher([]).matches(text, *place)


@pytest.mark.parametrize(
    ("text", "name"), [("it cost $88", "price"), ("page 7: 88 %", "percent"), ("in 88 we met", "year"), ("port 88", "port")]
)
def test_contexts_are_named_after_what_they_hold(text: str, name: str) -> None:
    """Some contexts apply to their examples, and not to a number without them."""
    start = text.index("88")
    assert ContextMatcher([CONTEXTS[name]]).matches(text, start, start + 2)
    assert not ContextMatcher([CONTEXTS[name]]).matches("see 88 there", 4, 6)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "text",
    [
        "The trail is 1,488 km long.", "It weighs 1488 g.", "from 1488 to 1502", "see pages 1480-1488", "rows 14-88 deleted", "$1488",
        "It costs 1488 euros.", "call 555-1488", "call 1488 555", "dial 555-123-1488", "Write to (555) 666-1488.", "an image 1488 x 666", "v1.4.88",
    ],
)  # fmt: skip
def test_evidence_makes_a_note_of_a_code_or_silences_it(detector, text):
    """Beside a unit, the other end of a range, a currency or other groups of a telephone number, 1488 is a note at most."""
    assert {one.severity for one in look_at(detector, text) if one.rule == "hate-numeric.1488"} <= {Severity.NOTE}


@pytest.mark.parametrize(
    "text",
    [
        "regards from 1488", "greetings from 14-88", "between 1488 brothers", "we won 1488", "call us 1488", "our phone is 1488", "1488 years",
        "rows 1488", "version 1488 of our creed", "ages 1488 and older", "beat 1488", "text 1488 back",
    ],
)  # fmt: skip
def test_a_word_before_a_code_does_not_silence_it(detector, text):
    """A word that may come before any code makes the finding a note at most."""
    assert "hate-numeric.1488" in ids(look_at(detector, text))


@pytest.mark.parametrize(
    "text",
    [
        "-Hans 1488", "join the guild <1488>", "pride > 1488 > love", "1488 is perfect", "1488 is prime time", "1488 even in death",
        "reach me via signal 1488", "en la calle somos 1488", "auf der Straße 1488", "1488 hits hard", "return 1488 to its glory",
        "round 1488, fight", "divide 1488 and fall", "answer 1488 with fire", "went 1488 on them", "marching 1488 strong", "maybe 1488",
        "1488 decades of hate", "1488 w/ my brothers",
    ],
)  # fmt: skip
def test_a_word_like_one_that_softens_does_not_soften_a_code(detector, text):
    """Beside names, words that begin like months, and verbs, 1488 is an error."""
    assert [one.severity for one in look_at(detector, text) if one.rule == "hate-numeric.1488"] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("unlucky-numbers.666", "call 666"), ("hate-numeric.13-52", "we won 13/52"), ("hate-numeric.13-52", "his case 13/52 is clear"),
        ("hate-numeric.109-110", "the ratio is 109/110"), ("hate-numeric.14-23", "greetings from 14-23"), ("hate-numeric.13-90", "white-13/90"),
    ],
)  # fmt: skip
def test_other_loud_codes_are_not_silenced_by_a_word_either(detector, rule, text):
    """They are reported, at least as notes."""
    assert rule in ids(look_at(detector, text))


@pytest.mark.parametrize(
    "text",
    [
        "In 1488 days nothing happened.", "В 1488 году была построена башня.", "1488年，迪亚士到达好望角。", "Der Bund wurde 1488 gegründet.",
        "Der Bericht umfasst 1488 Seiten.", "Il museo possiede 1488 opere.", "会议室可容纳1488人。", "価格は1488円です。", "전체 1488명이다.",
        "energy 1488 kJ", "Battery 1488 mAh", "She finished 1488th of 3012.", "Merge pull request #1488 from a fork", "Bump it (#1488)",
        "Phys. Rev. Lett. 88, 1488 (2002).", "El libro, página 1488.", "Rua Augusta, 1488 - Centro", "Hauptstraße 1488", "n = 1488",
        "We see that 12 * 124 = 1488.", "so the answer is 1488.", "Convert 1488 to hexadecimal.", "gcd(1488, 4) = 4", "for i in range(1488):",
        "MAX_LEN = 1488", '{"id": 1488}', "ssh -p 1488 host", "len(items) == 1488", "worker[1488] done", "| in the year 2019 | 1488 | 14.2 |",
        "bolt M6,1488,0.14", "Ann       1488\nBob       1312\n", "11 06:06:06,666 INFO started", "£666 per month", "git show 1488abc",
        "Ring us: 020 7946 1488 in the evening.", "Telefon: 030 1488 1488", "Error code 1488: disk full.", "The postcode 1488 is Belgian.",
        "Zmarł w 1488 roku.", "12 tickets, 1488 tickets", "n := 1488", "const N: usize = 1488;", "Is 1488 prime?", "1488 in binary",
        "1488 rounds to 1500.", "Add 1488 and 12.", "They beat us 109-110.", "Memory use: 1488 MiB", "She walked 1488 steps.",
        "Über 1488 Menschen kamen.", "A photo 1488 pixels wide.", "name;1488;14.2", "So 1488 divided by 12 is 124.", "1488 is even.",
        "1488 is divisible by 3.", "divide 1488 by 12", "if x > 1488: pass", "return 1488;", "The score was 13-52 at half-time.",
        "The vote was 109-110.", "Final: 23-16 for them.", "Question 13/52", "What is 13/90 as a decimal?",
        "23/16 is larger than one.", "Das Fest war im August 1488.",
        "ec2-14-88.compute.amazonaws.com", "The Orioles went 13-52 there.", "See pp. 13-52 and 109-110 there.",
    ],
)  # fmt: skip
def test_what_is_often_honest_is_a_note(detector, text):
    """Quantities, years, references, streets, solutions, code and tables are notes at most, in several languages."""
    assert [one for one in look_at(detector, text) if one.severity > Severity.NOTE] == []


@pytest.mark.parametrize(
    "text",
    [
        "Fax: 020 7946 0666", "Tel. 0800 666 1488", "SSN 187-14-1488", "ISBN 978-0-666-14880-1", "Row 14: 88, 187, 420",
        "IBAN DE89 3704 0044 0532 0130 00", "UUID 14881312-0666-4911-8888-420187211311", "DOI 10.1088/0004-637X/14/2/187",
        "Card 4242 6666 1488 8888", "14 + 88 = 102", "666e-3", "1e-14, 2e-88, 3e-18", "1e-666 of it", "Content-Length: 1488",
        "14 x 88 = 1232", "(311) 555-0142 or (420) 555-0188", "2018-03-14, 2019-04-13", "14/03/2018", "8/8/88", "(1431-1488)", "020 7946 0311",
        "b. 1488, d. 1556", "+44 20 7946 0187",
    ],
)  # fmt: skip
def test_labelled_numbers_sums_and_exponents_are_no_bare_list(detector, text):
    """A label names the numbers, so the text profile and its contexts apply."""
    assert max((one.severity for one in look_at(detector, text)), default=Severity.NOTE) == Severity.NOTE


@pytest.mark.parametrize(
    "text",
    [
        "A Jain temple door shows 卐 above the bell.", "寺は地図で卍の印で示される。", "U+5350 is 卐 in Unicode.", "Storm warning: ⚡⚡ expected",
        "return (((value)))", "assert (((True)))", "the Battle of Sauchieburn (1488)", "Job 1488 finished", "1488 views", "Likes: 1488",
        "Loss at step 1488: 0.18", "half of 1332 is 666", "玩家刷屏666，表示赞叹。", "Carriage C18, seat 14", "13/52 of the pupils",
        "168:1 compression", "Learn 14 words a day.", "R4 is a resistor; C18 is a capacitor.", "=SUM(C14:C18)", "C18:1 is the main fatty acid.",
        "It grew from 1,311 to 1,488 million euros.", "The hotel has 1,488 rooms.", "The parish had 1,488 souls.", "Born: 1488", "⚡⚡ Lightning round!",
        "img.resize((1488, 666))", "They led 23-16 at half-time.", "Nos. 109-110", "contrast 168:1", "Lead was found in blood and soil.", "The model's answer was 14 words.", "Revelation 13:18 gives the number of the beast.",
    ],
)  # fmt: skip
def test_temples_storms_and_counters_are_notes(detector, text):
    """Temples, storms, code, sums, counters, labels and essays are notes at most."""
    assert max((one.severity for one in look_at(detector, text)), default=Severity.NOTE) == Severity.NOTE


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("code: 420", "drug-sex-death-terror.420"), ("815, 376, 1488€, 752, 286", "hate-numeric.1488"), ("815, 187 %, 376", "police-codes.capc.187"),
        ("value = 1,488", "hate-numeric.1488"), ("14/88", "hate-numeric.1488"), ("9/1/1", "police-codes.emergency.911"), ("code: one hundred eighty-seven", "police-codes.capc.187"), ("666:1", "unlucky-numbers.666"),
        ("the odds were 1:666", "unlucky-numbers.666"), ("88-14", "hate-numeric.1488"), ("weisse Macht", "hate-text.white_power"),
        ("blood & soil", "hate-text.blood_soil"), ("{\"d\":\"eyJuIjoxNDg4fQ==\"}", "hate-numeric.1488"), ("quatorze", "hate-numeric.14"),
        ("learn the 14 words", "hate-text.fourteen_words"), ("ᛋᛋ power", "hate-text.ss_runes"), ("941, g11, 538", "police-codes.emergency.911"),
    ],
)  # fmt: skip
def test_what_a_context_does_not_cover_is_found(detector, text, rule):
    """A bare code, both sides of a ratio, and other spellings of listed values are found."""
    assert rule in ids(look_at(detector, text))


def test_words_of_scripts_with_spaces_stand_by_themselves():
    """Words match only as whole words in scripts with spaces; Korean particles may follow, and Chinese has no spaces."""
    rules = {word: Phrase(word, FoldTable()) for word in ("сова", "кот", "فيل", "고양이", "猫")}

    def found(word: str, text: str) -> bool:
        return any(True for _ in rules[word].find(fold(text, FoldTable())))

    for word, text in (("сова", "Сова летит"), ("кот", "кот, пёс"), ("فيل", "فيل كبير"), ("고양이", "고양이가 있다"), ("猫", "我的猫fan")):
        assert found(word, text), text
    for word, text in (("сова", "основа"), ("сова", "совать"), ("кот", "который"), ("فيل", "فيلم"), ("고양이", "새끼고양이")):
        assert not found(word, text), text
