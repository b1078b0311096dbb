"""Spellings by technique, written before the readers supported them, and ordinary texts that look like them."""

from urllib.parse import quote as percent_encoded

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector_calls import ids, look, look_at
from leakguard.core.rule import Severity
from leakguard.testing.disguises import BETWEEN, DIGIT_BY_DIGIT, EACH, ROWS, ZEROS
from strategies import RULES

PROSE = (
    "The badge on the gate read {} that evening.",
    "He kept repeating {} under his breath.",
    "note to self ({}) end",
    "Draft: {}\nDone.",
)
LISTED = "263, 947, {}, 829, 167"
IN_LISTS = {
    "letters that look like digits": {
        **{211: ("21і", "2l1", "2I1"), 420: ("ч20", "4ZO", "42〇"), 311: ("Ʒ11", "З11")},
        **{88: ("8Ȣ", "Ᏼ8"), 1312: ("ІЗІ2", "13l2")},
    },
    "digits of other scripts": {666: ("⑥⑥⑥", "➏➏➏", "᧖᧖᧖", "𑁬𑁬𑁬"), 1488: ("𞥑𞥔𞥘𞥘", "꩑꩔꩘꩘", "⒈⒋⒏⒏"), 39: ("㊴", "⑶⑼")},
}
IN_PROSE = {
    "behind an abbreviation": {666: ("No.666", "№666", "…666", "...666", "page.666"), 1488: ("Nr.1488",)},
    "glued to a word": {
        666: ("user666", "666user", "#tag666", "file666.txt", "x666", "x666x", "dark666lord"),
        1488: ("@agent1488", "xX1488Xx"),
    },
    "a unit": {666: ("666m²", "666kg", "666km/h", "666%"), 1312: ("1312㏄",)},
    "a power of ten": {666: ("6.66e2", "6.66E+02", "6.66×10^2", "6.66·10²", "66.6e1"), 1488: ("1.488e3", "14.88×10^2")},
    "radix": {666: ("0x29aL", "0x29Au", "0o1232", "0b1010011010", "29Ah"), 1488: ("0x5D0UL",)},
    "percent-encoding": {666: ("%20666%20", "%22666%22", "%u0036%u0036%u0036", "%2536%2536%2536"), 187: ("%3D187%26",)},
    "backslash escapes": {
        666: (r"\N{DIGIT SIX}\N{DIGIT SIX}\N{DIGIT SIX}", r"\x{36}\x{36}\x{36}", r"\\u0036\\u0036\\u0036", r"\36 \36 \36 "),
        88: (r"\000038\000038",),
    },
    "base64": {
        666: ("eyJjb2RlIjogIjY2NiJ9", "dGhlIG51bWJlciBpcyA2NjY=", "data:text/plain;base64,NjY2"),
        1488: ("UmVtZW1iZXI6IDE0ODgsIGFsd2F5cy4=", "4LmR4LmU4LmY4LmY", "77yR77yU77yY77yY", "2aHZpNmo2ag=", "8J2fj_Cdn5LwnZ-W8J2flg=="),
    },
    "markup": {
        666: ("[b]6[/b]66", "6[i]6[/i]6", '[66](https://e.invalid "t")6', "<tspan>6</tspan><tspan>6</tspan><tspan>6</tspan>"),
        1488: ("[color=red]1[/color]488", "1*488*", "*1*488"),
    },
    "attributes, addresses, comments": {666: ('<a v="666"/>', "<!--666-->", "[x](https://e.invalid/666)", '<a href="/666">x</a>')},
    "LaTeX": {
        666: (r"6\phantom{}66", r"6\relax{}66", r"6\mathstrut66", r"6\kern1pt66", r"6\textsuperscript{6}6", r"6\negthinspace66"),
        1488: (r"1\textcolor{red}{4}88", r"1\allowbreak{}488"),
    },
    "tag characters": {666: ("\U000e0036\U000e0036\U000e0036", "Hi\U000e0036\U000e0036\U000e0036")},
    "digit words": {250: ("two five oh",), 420: ("four-two-oh",), 911: ("nine-one-one",)},
}
PHRASES = {
    "hate-text.heil_hitler": (
        *("heil! hitler", "heil @ hitler", "heil\\nhitler", "heil\\r\\nhitler", "h|e|i|l|h|i|t|l|e|r", "h·e·i·l·h·i·t·l·e·r"),
        *("h!e!i!l h!i!t!l!e!r", "h@e@i@l h@i@t@l@e@r", "h$e$i$l h!i!t!l!e!r", "h@e!i$l h!i@t$l!e@r"),
        *("ħeɨł ħɨŧłer", "ꓧꓰꓲꓡ ꓧꓲꓔꓡꓰꓣ", "[x](https://e.invalid/heil-hitler)", "<!-- heil hitler -->", '<a title="heil hitler">x</a>'),
    ),
    "hate-text.rahowa": ("R!a!H!o!W!a", "R·a·H·o·W·a", "R\u2009a\u2009H\u2009o\u2009W\u2009a", "R•a•H•o•W•a", "RαΗοωα", "RɑHᴑѡɑ"),
    "hate-text.zog": ("Z!O!G", "Z@O@G", "Z$O$G", "Z·O·G", "Z\u2009O\u2009G", "ꓜꓳꓖ"),
    "hate-text.blood_soil": ("Ьӏооԁ апԁ ѕоіӏ", "blood\\nand\\nsoil", "bł00d and soił"),
    "hate-numeric.13-52": ("13_52", "13•52", "13⁄52"),
    "gang-numbers.13": ("MS13",),
    "police-codes.capc.187": ("code 187",),
}
HONEST = {
    "years": (
        *(
            "It runs from 1480 to 1488 in the annals.",
            "The year 1488 was a leap year.",
            "En 1488, le roi signa.",
            "Im Jahr 1488 gegründet.",
        ),
        *("the 1488 edition of the Bible", "On 1/4/88 the unit opened."),
    ),
    "counts": ("a village of 1,488 inhabitants", "1488 people attended", "Population 1488 at the last count", "a 24cm² stamp"),
    "labels": (
        *("see page 1488 there", "They drove Route 666 in 2003.", "asteroid 1488 Aura", "the IEEE 1488 norm", "DOI 10.1000/1488 is theirs"),
        *(
            "Fixes #1488 and more.",
            "flight BA 1488 to Rome",
            "1488 Main Street is sold.",
            "listen on port 1488 only",
            "Article 1488 of the Code",
        ),
        *("UN Resolution 1488 was passed.", "§ 1488 of the Code applies", "E1488 is no additive", "https://example.org/items/1488 is gone"),
    ),
    "code": (
        *("chmod 666 file, please", "set it to 0666 permissions", "0o666 is octal", "arr[14:88] is a slice", "range(13, 52) and more"),
        *("\\u1488 is a syllable", "&#x666; is a digit", "U+0666 is a digit", "abad1488 and 9f1488ab are hashes", "deadbeef666cafe is one"),
        *(
            "libfoo 6.6.6 fixes a crash",
            '<img width="88" height="14"> is small',
            "C:\\users\\name\\new",
            "2*14*x is a product",
            "| 13 | 52 | is a row",
        ),
    ),
    "sums and scores": (
        *(
            "the sum = 666 there",
            "x = 1488/2 is even",
            "They rolled 6-6-6 again.",
            "a record of 6-6-6 this year",
            "EC 1.4.8.8 is an enzyme",
        ),
        *("He got 13/52 on the test.", "14/23 correct answers so far", "scored 14/23 this time", "109-110 decibels at least"),
    ),
    "phrases": (
        *("Write 14 words that start with A.", "There are 14 words in this line.", "limit: 14 words", "spell these 14 words correctly"),
        *("Er zog den Mantel an.", "Sie zog nach Berlin.", "Der Zug zog vorbei.", "a white power washer", "the day of the Rope Walk race"),
        *("The wall is white. Power tools lie there.", "It glows white, power is on."),
    ),
    "signs between letters": ("a!b!c and x@y@z", "w$x$y = 3 in TeX", "mail a@b.c or p|q|r"),
    "counting": (
        "One. Two. Three. Four. Five. Six. Seven. Eight.",
        "One! Four of them. Eight horses! Eight riders!",
        "Six? No, sixty-six.",
    ),
    "hashes": ("sha 9f1488ab3 and a1488b", "x1y1488z3", "key abc1488def"),
    "other scripts": (
        *("Η Αθήνα είναι πρωτεύουσα, όλοι οι άνθρωποι.", "Я шёл домой, шумя.", "ᎠᎡᎥ ᎩᎳᏟ ᏕᏦᏤ", "ᐃᓄᒃᑎᑐᑦ ᐊᒻᒪᓗ", "about 4σ, 10σ and more"),
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f won",
    ),
}
SPOKEN = [rule for rule in RULES if rule.kind == "number" and "text" in rule.severity and not rule.near and rule.numbers[0] > 99]
INNER = [*ZEROS, *(name for name in ROWS if name != "subscript"), *BETWEEN]
LAW = settings(max_examples=200, deadline=None)


def cases(table):
    return [
        pytest.param(value, written, id=f"{technique}: {written!a}")
        for technique, spellings in table.items()
        for value, all_written in spellings.items()
        for written in all_written
    ]


def values(found):
    """The numbers of all rules that fired."""
    return {number for one in found for rule in RULES if rule.id == one.rule for number in rule.numbers[:1]}


@pytest.mark.parametrize(("value", "written"), cases(IN_LISTS))
def test_it_is_read_in_a_list(detector, value, written):
    """Found among other numbers."""
    assert value in values(look_at(detector, LISTED.format(written)))


@pytest.mark.parametrize(("value", "written"), cases(IN_PROSE))
def test_it_is_read_in_prose(detector, value, written):
    """Found in every sentence; the quote is part of the text."""
    for prose in PROSE:
        text = prose.replace("{}", written)
        begin = prose.index("{}")
        found = [one for one in look_at(detector, text) if value in values([one])]
        assert found, text
        assert all(begin <= one.start < one.end <= begin + len(written) for one in found), text


@pytest.mark.parametrize(("rule", "written"), [(rule, written) for rule, spellings in PHRASES.items() for written in spellings])
def test_a_phrase_is_read(detector, rule, written):
    """Found in every sentence."""
    assert all(rule in ids(found) for found in look(detector, [prose.replace("{}", written) for prose in PROSE]))


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in HONEST.items() for text in texts])
def test_an_honest_text_raises_no_alarm(detector, kind, text):
    """All findings are notes."""
    assert [one for one in look_at(detector, text) if one.severity > Severity.NOTE] == []


@pytest.mark.parametrize(
    "text",
    [
        "#1488", "blood 1488", "our rule 1488", "the 14 words that every white man knows", "learn the 14 words",
        "wir kämpfen gegen USA und ZOG", "the 211 Crew and the Aryan Brotherhood", "the day of the rope race war",
    ],
)  # fmt: skip
def test_what_softens_does_not_soften_slogans(detector, text):
    """A sign before a number, or an ordinary word beside it, does not lower the severity of slogans."""
    assert max(one.severity for one in look_at(detector, text)) == Severity.ERROR


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(1488, "One. Four. Eight. Eight."), (1488, "He said: Fourteen. Eighty-eight."), (1488, "one\nfour\neight\neight\n")],
        *[(666, "Six! Six! Six!"), (666, "Sechs. Sechs. Sechs."), (1488, "一・四・八・八"), (666, r"$\textbf{6}\textbf{6}\textbf{6}$ it is")],
    ],
)  # fmt: skip
def test_a_number_in_pieces_is_read(detector, value, text):
    """Words that are sentences or lines of their own, numerals with dots between them, digits that are bold one by one."""
    assert value in values(look_at(detector, text))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("page &#35;1488 there", "page #1488 there"), ("it cost &#36;1488", "it cost $1488"), ("the way is 1488&nbsp;km", "the way is 1488 km"),
        ("<b>in</b> 1488 he died", "in 1488 he died"), ("the tag &#35;1488", "the tag #1488"), ("<i>the</i> 1488", "the 1488"),
        ("fixes&#32;1488&#32;today", "fixes 1488 today"),
    ],
)  # fmt: skip
def test_what_is_read_decides_about_a_number_that_is_written_plainly(detector, written, read):
    """Contexts are checked in the decoded text, however the surroundings are encoded."""
    loud, plain = ({one.rule: one.severity for one in look_at(detector, text)} for text in (written, read))
    assert loud.get("hate-numeric.1488") == plain.get("hate-numeric.1488")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.kind == "number" and "sum" in rule.note_inside], ids=lambda rule: rule.id)
@pytest.mark.parametrize("honest", ["the sum = {} there", "so x = {} + 2 is even"])
def test_a_context_that_softens_never_silences(all_detector, rule, honest):
    """A context in `note_inside` makes a note, it does not drop the finding."""
    found = [one for one in look_at(all_detector, honest.format(rule.value)) if one.rule == rule.id]
    assert [one.severity for one in found] == [Severity.NOTE]


def _percent(text):
    return "".join(percent_encoded(character) if not character.isascii() else f"%{ord(character):02X}" for character in text)


def _each(template):
    return lambda text: "".join(template.format(character, ord(character)) for character in text)


OUTER = {
    name: _each(EACH[name]) for name in ("decimal entities", "hexadecimal entities", "escaped entities", "braced escapes", "long escapes")
} | {"percent signs": _percent}


@settings(LAW, derandomize=True)
@given(
    rule=st.sampled_from([rule for rule in SPOKEN if rule.numbers[0] < 10_000]),
    inner=st.sampled_from(INNER),
    outer=st.lists(st.sampled_from(sorted(OUTER)), max_size=2),
    prose=st.sampled_from(PROSE),
)
def test_any_composition_of_forms_is_read_and_quoted_exactly(all_detector, rule, inner, outer, prose):
    """Another script or invisible characters, then up to two encodings: found, and quoted exactly. Numbers of up to four digits
    only: a number of nine digits, encoded twice, is not always found.
    """
    written = DIGIT_BY_DIGIT[inner](rule.numbers[0])
    for name in outer:
        written = OUTER[name](written)
    text = prose.replace("{}", written)
    assert written in {text[one.start : one.end] for one in look_at(all_detector, text) if one.rule == rule.id}
