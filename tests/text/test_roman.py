"""Roman numerals: canonical ones that stand alone, and nothing that is a word or an abbreviation."""

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from leakguard.text.roman import format_roman, make_roman_prefilters, read_roman

FEW = {4, 13, 14, 17, 66, 88, 100, 420, 666, 1488, 4000, 0}
PREFILTERS = [regex.compile(prefilter.encode(), regex.IGNORECASE) for prefilter in make_roman_prefilters(FEW)]


@given(st.integers(1, 3999))
def test_numerals_of_four_letters_are_read(value: int) -> None:
    """Every canonical numeral of four or more letters is its value, beside underscores and CJK as well; each reading is weak."""
    numeral = format_roman(value)
    assume(len(numeral) > 3)
    for text in (f"Folio {numeral}.", f"_{numeral}_", f"第{numeral}章"):
        (number,) = read_roman(text)
        assert (number.value, text[number.start : number.end], number.weak) == (value, numeral, True)


@given(st.integers(1, 3999))
def test_roman_has_one_spelling_for_each_value(value: int) -> None:
    """The written numeral is read back as its value."""
    worth = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
    digits = [worth[letter] for letter in format_roman(value)]
    assert sum(-one if one < two else one for one, two in zip(digits, [*digits[1:], 0], strict=True)) == value


@given(st.lists(st.sampled_from([*"IVXLCDMivx _-.9aé第", "DCLXVI", "xiv", "lxxxviii"]), max_size=9).map("".join) | st.text())
def test_no_listed_numeral_escapes_the_prefilters(text: str) -> None:
    """Where a listed numeral is read, the prefilter matches."""
    if {number.value for number in read_roman(text)} & FEW:
        assert any(prefilter.search(text.encode("utf-8", "surrogatepass")) for prefilter in PREFILTERS)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("DCLXVI", [666]),
        ("dclxvi", [666]),
        ("MCDLXXXVIII", [1488]),
        ("XIV and LXXXVIII", [14, 88]),
        ("chapter IV, VI, IX and XX", [4, 6, 9, 20]),
        ("a civil mix: I did mild, livid, vivid mimic Mix XIVth", []),
        ("MIX CLI DIV MD CD DC LI MM CV XL DM CCC XXX", []),
        ("xiv xvi mix dim mil", []),
        ("IIII VX IC XM DCLXVIX", []),
        ("AXIV XIVa 4XIV", []),
    ],
)
def test_examples(text: str, values: list[int]) -> None:
    """Capitals from two letters of I, V, X or three of any; small letters from four; never words."""
    assert [number.value for number in read_roman(text)] == values
