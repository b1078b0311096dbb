"""Number words: spelled-out numbers are read, prose is not, and the prefilters hide nothing."""

import gc
import time
import unicodedata
from functools import partial
from itertools import chain

import hyperscan
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from spellers import SPELLERS, english

from leakguard.detectors.rules.close_reader import find_sentences
from leakguard.text.number_word_reader import WordReader


def fold(text: str) -> str:
    """Fold case and accents, compose letters."""
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)))


READER = WordReader(fold)
EVERY = range(10_000)
SOME = [*range(1200), *range(1200, 10_000, 17)]
FULL = ("English", "German", "French", "Spanish", "Chinese")
SHY = {
    "German": {0, 11},
    "Dutch": {0, 1, 10, 11},
    "French": {1, 7, 10, 16, 100, 101, 106, 600, 601, 606, 1000},
    "Spanish": {1, 2, 3, 11, 15, 1000},
    "Portuguese": {1, 3, 100, 1000},
    "Italian": {1, 2, 3, 6, 8, 20, 30, 100, 1000},
    "Japanese kana": {*range(11), 100, 1000, 1002, 1005, 2000, 2002, 2005, 5000, 5002, 5005},
    "Korean": {*range(11), 100, 1000},
}
"""Words that are not read alone: they are common words of English or of their own language."""


def values(text: str) -> list[int]:
    return [number.value for number in READER.read(fold(text))]


@pytest.mark.parametrize("language", SPELLERS)
def test_every_spelled_number_is_read(language: str) -> None:
    """Any number that is spelled out in full is read, except for the few words that prove no language alone."""
    spell, tried = SPELLERS[language], EVERY if language in FULL else SOME
    missed = {n for n in tried if n not in values(f"q {spell(n)} q")}
    assert missed == SHY.get(language, set()).intersection(tried)


@pytest.mark.parametrize("between", [" ", ", ", "-", "", "\n", " - ", "/"])
def test_digits_one_by_one_are_read(between: str) -> None:
    """Three or more digit words in a row are one number, whatever stands between them."""
    for n in (111, 187, 420, 666, 911, 1312, 1488, 8964):
        said = between.join(english(int(digit)) for digit in str(n))
        assert n in values(f"the code {said} again")


@given(st.integers(10, 99), st.integers(10, 99))
def test_numbers_side_by_side_are_read_together(left: int, right: int) -> None:
    """Two numbers below a hundred next to each other are read as one, unless they are one."""
    assert values(f"{english(left)} {english(right)}") == [int(f"{left}{right}")]


@given(st.integers(100, 999), st.sampled_from([" and ", " ", "-", " & "]), st.booleans())
def test_a_number_may_be_glued_hyphenated_or_shouted(n: int, conjunction: str, glued: bool) -> None:
    """Spaces, hyphens, an "and" and capitals make no difference."""
    said = english(n, conjunction)
    said = said.replace(" ", "").replace("-", "").replace("&", "") if glued else said
    assert n in values(said.upper())


FRAGMENTS = [english(n) for n in (*range(0, 30, 3), 60, 80, 88, 100, 666)]
FRAGMENTS += [spell(n) for spell in SPELLERS.values() for n in (0, 1, 4, 8, 13, 88, 666, 1488)]
FRAGMENTS += ["oh", "double", "sixes", "a hundred", "a", "hundred", "tre", "mil", "un", "sixth", "point", "点", "ö", "6", "x", "百"]
PIECES = st.sampled_from(FRAGMENTS)
GLUE = [" ", ", ", "-", "", " and ", "\n", ". ", " и ", "et", " y ", "🔥", "、", " – ", "...."]
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(GLUE)), max_size=8).map(lambda pairs: "".join(word + gap for word, gap in pairs))
LISTED = [{666, 88, 1488, 911, 420, 1312, 14}, {4, 6, 13, 0}, {100, 1100, 2000, 8}, {101, 66}]
PREFILTERS = [[regex.compile(prefilter.encode(), regex.IGNORECASE) for prefilter in READER.make_prefilters(listed)] for listed in LISTED]


@given(TEXTS)
def test_no_listed_number_escapes_the_prefilters(text: str) -> None:
    """Where the reader finds a listed number, some prefilter matches, whatever the case of the text."""
    folded = fold(text)
    found = {number.value for number in READER.read(folded)}
    for listed, prefilters in zip(LISTED, PREFILTERS, strict=True):
        if found & listed:
            assert any(prefilter.search(folded.encode()) for prefilter in prefilters)


@pytest.mark.parametrize("language", SPELLERS)
@pytest.mark.parametrize("shape", [str, str.upper, str.capitalize])
def test_prefilters_match_every_spelled_listed_number(language: str, shape: partial[str]) -> None:
    """Each language's own spelling of a listed number passes a prefilter in small letters, capitals and at a sentence's start."""
    for n in LISTED[0]:
        text = shape(SPELLERS[language](n))
        if n in values(text):
            assert any(prefilter.search(fold_keeping_case(text).encode()) for prefilter in PREFILTERS[0]), text


def fold_keeping_case(text: str) -> str:
    """Fold, but keep capitals."""
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)))


@given(TEXTS)
def test_hyperscan_and_regex_agree_on_the_prefilters(text: str) -> None:
    """Both engines match the same texts."""
    data = fold(text).encode()
    assert bool(matches(data)) == any(prefilter.search(data) for prefilter in PREFILTERS[0])


def database() -> hyperscan.Database:
    built = hyperscan.Database()
    patterns = [prefilter.pattern for prefilter in PREFILTERS[0]]
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    built.compile(expressions=patterns, ids=list(range(len(patterns))), flags=[flags] * len(patterns))
    return built


DATABASE = database()


def matches(data: bytes) -> set[int]:
    found: set[int] = set()
    DATABASE.scan(data, match_event_handler=lambda prefilter, start, end, flags, context: found.add(prefilter))
    return found


@given(st.text() | TEXTS)
def test_reading_never_fails_and_spans_are_words(text: str) -> None:
    """Any text can be read; spans are inside it, begin and end with letters, and are in order."""
    numbers = list(READER.read(text))
    assert [number.start for number in numbers] == sorted(number.start for number in numbers)
    for number in numbers:
        said = text[number.start : number.end]
        assert said[0].isalpha() or said[0] == "〇"
        assert said[-1].isalpha() or said[-1] == "〇"
        assert number.value >= 0


@pytest.mark.parametrize(
    ("text", "value", "form", "weak"),
    [
        ("six hundred and sixty six", 666, "number words", False),
        ("fourteen hundred eighty-eight", 1488, "number words", False),
        ("one thousand, four hundred and eighty-eight", 1488, "number words", False),
        ("thirteen", 13, "number words", True),
        ("a hundred and one", 101, "number words", False),
        ("a hundred", 100, "number words", True),
        ("six six six", 666, "digit words", False),
        ("sixsixsix", 666, "digit words", False),
        ("six_six_six", 666, "digit words", False),
        ("eight eight", 88, "digit words", True),
        ("four two zero", 420, "digit words", False),
        ("one oh one", 101, "digit words", False),
        ("double eight", 88, "number words", False),
        ("triple six", 666, "number words", False),
        ("three sixes", 666, "number words", False),
        ("six double six", 666, "paired number words", False),
        ("nine eleven", 911, "paired number words", False),
        ("one eighty-seven", 187, "paired number words", False),
        ("fifty-one fifty", 5150, "paired number words", False),
        ("six sixty-six", 666, "paired number words", False),
        ("thirteen oh five", 1305, "paired number words", False),
        ("nineteen nineteen", 1919, "paired number words", False),
        ("acht und achtzig", 88, "German number words", False),
        ("vierzehnhundertachtundachtzig", 1488, "German number words", False),
        ("neun eins eins", 911, "German digit words", False),
        ("achtzehn", 18, "German number words", True),
        ("soixante et onze", 71, "French number words", False),
        ("septante-sept", 77, "French number words", False),
        ("six cent seize", 616, "French number words", False),
        ("seisseisseis", 666, "Spanish digit words", False),
        ("sei sei sei", 666, "Italian digit words", False),
        ("centottantotto", 188, "Italian number words", False),
        ("eenentwintig", 21, "Dutch number words", False),
        ("六百六十六", 666, "Chinese numerals", False),
        ("陆佰陆拾陆", 666, "Chinese numerals", False),
        ("八九六四", 8964, "Chinese numerals", False),
        ("二百五", 250, "Chinese numerals", False),
        ("一千零八十八", 1088, "Chinese numerals", False),
        ("六、六、六", 666, "Chinese numerals", False),
        ("八八", 88, "Chinese numerals", True),
        ("四", 4, "Chinese numerals", True),
        ("第六百六十六号", 666, "Chinese numerals", False),
        ("ろくろくろく", 666, "Japanese digit words", False),
        ("ハチジュウハチ", 88, "Japanese number words", False),
        ("육육육", 666, "Korean digit words", False),
        ("육백육십육번", 666, "Korean number words", False),
    ],
)
def test_each_form_is_read_and_named(text: str, value: int, form: str, weak: bool) -> None:
    """Value, name and doubt of each form; the span is the words and nothing else."""
    start = len("code: ")
    said = fold(f"code: {text} .")
    first = next(READER.read(said))
    end = start + len(fold(text).removeprefix("第").removesuffix("号").removesuffix("번"))
    assert first == (value, start + text.startswith("第"), end + text.startswith("第"), form, weak)


@pytest.mark.parametrize(
    "text",
    [
        "once upon a time, a second one-on-one with the six-pack of two-time winners",
        "sixty-sixth place, the twenty-first century, two thirds of it, six hundred and sixth",
        "six point six six six",
        "someone often listens to the phone in the stone tennis weight class",
        "due to the seize of power, an elf paid cents per cent in UN null",
        "hundreds of thousands, dozens, several hundred",
        "四川, 十分, 万一 is not 四",
        "いちご に さん",
        "이사 사이 오이",
        "CTO",
    ],
)
def test_prose_is_not_read(text: str) -> None:
    """Words that only look like numbers, ordinals, fractions and words attached to others contain no listed number."""
    assert [number for number in READER.read(fold(text)) if number.value not in (1, 10001, 4)] == []


def test_numbers_of_a_list_are_read_one_by_one() -> None:
    """A list of different numbers is read as its numbers; only as a weak whole."""
    found = list(READER.read("fourteen, eighty-eight and thirteen"))
    assert [(number.value, number.weak) for number in found] == [(1488, True), (14, True), (88, False), (13, True)]


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    """Time is not quadratic for texts of number words only."""
    for piece in ("six, ", "六", "千", "ろく", "육", "zwei", "mil e ", "a hundred and "):
        most = 50 * min(timed(piece * 2_000) for _ in range(3)) + 0.03
        assert any(timed(piece * 20_000) < most for _ in range(3))


def timed(text: str) -> float:
    gc.disable()
    before = time.process_time()
    for _ in READER.read(text):
        pass
    after = time.process_time()
    gc.enable()
    return after - before


WORDS = st.sampled_from(
    [
        *[
            "six",
            "four",
            "a",
            "oh",
            "and",
            "hundred",
            "double",
            "sixes",
            "point",
            "zwei",
            "und",
            "zwanzig",
            "mil",
            "dix",
            "y",
            "cat",
            "e",
            "x",
            "5",
            "sixth",
            "twenty",
        ],
        "日",
        "don't",
    ]
)
BETWEEN = st.sampled_from([" ", " ", " ", "-", ", ", "   ", "    ", ". ", "\n", "'", "_", ": "])


@given(st.lists(st.tuples(WORDS, BETWEEN), max_size=10).map(lambda parts: "".join(chain.from_iterable(parts))))
def test_reading_where_a_number_stands_finds_it(text: str) -> None:
    """Reading near the last character of a number finds it as reading the whole sentence does, or asks for the whole sentence."""
    for start, end in find_sentences(text, []):
        for number in READER.read(text[start:end]):
            _, found = READER.read_near(text, start + number.end - 1)
            if found is not None:
                there = [(one.value, one.start - start, one.end - start, one.form, one.weak) for one in found]
                assert tuple(number) in there
