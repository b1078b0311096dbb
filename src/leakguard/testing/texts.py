"""Strategies for hostile texts: disguised numbers and words of rules, number words, markup, encodings and odd Unicode, mixed."""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from leakguard.core.rule import Rule
from leakguard.rulebook.packs import read_packs
from leakguard.rulebook.shipped import list_packs
from leakguard.testing.disguises import DIGIT_BY_DIGIT, FRAMED, MARKED, SEPARATED, SPELLED_666, THOUSANDS, Disguise, encode_base64

Value = TypeVar("Value")
Texts = st.SearchStrategy[str]

COUNTING = (
    "six", "sixty", "hundred", "and", "thirteen", "fourteen", "eighty", "eight", "one", "oh", "four", "twenty", "double", "triple",
    "thousand", "first", "point", "a", "million", "null", "sechs", "und", "hundert", "vierzehn", "achtundachtzig", "trece", "mil",
    "cuatrocientos", "cent", "soixante", "deux", "sept", "venti", "sedici", "六", "百", "十", "四", "千", "零", "육", "십", "ろく", "なな",
)  # fmt: skip
MARKUP = (
    "<b>", "</b>", "<br>", "<sup>", "</sup>", "<em>", "<!--", "-->", "<i", ">", "**", "*", "__", "~~", "`", "](", "](x)", "[", "{", "}",
    "{,}", "\\text{", "\\mathbf{", "\\,", "\\ ", "$", "^", "^th^", "&", "&#", "&#5", "&#54;", "&#x36;", "&amp;", "&lt;b&gt;", "&nbsp;",
    "%", "%36", "%25", "%2", "%C3%A9", "\\u", "\\u0036", "\\u{36}", "\\x36", "\\066", "\\36 ", "=36=36", "=?UTF-8?B?NjY2?=", "=", "==",
    "xn--", "NjY2", "MTQ4OA==",
)  # fmt: skip
ODD = (
    "\u200b", "\u00ad", "\u202e", "\u202c", "\u2066", "\u2069", "\ufe0f", "\u20e3", "\u0301", "\u0338", "\U000e0036", "\x00", "\x1e",
    "\x1f", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffd", "\ud800", "\udc36", "\u115f", "\u241e", "６", "٦", "𝟞", "⑥", "❻", "²", "½",
    "Ⅵ", "⒍", "⠼", "⠋", "é", "ß", "İ", "ſ", "ﬁ", "З", "б", "О", "l", "I", "O", "о", "ⓞ", "🇴", "🦉", "第", "号", "、", "。", "Æ", "ŉ",
)  # fmt: skip
GLUE = (
    "", "", "", " ", " ", " ", ", ", ",", "\n", "-", ".", "/", ":", ";", "|", "_", "'", " and ", "\u00a0", "\u200b", ". ", "! ", ".\n",
)  # fmt: skip

HIDING = tuple(DIGIT_BY_DIGIT.values())
DISGUISES: tuple[Disguise, ...] = (
    *HIDING, *FRAMED.values(), *MARKED.values(), *SEPARATED.values(), *THOUSANDS.values(), encode_base64, str, hex, oct, bin,
)  # fmt: skip
SWAPS = {"a": "4", "b": "8", "e": "3", "i": "1", "o": "0", "s": "$", "l": "|", "t": "7"}


@cache
def list_shipped_rules() -> tuple[Rule, ...]:
    """Return all rules of the packs that are shipped with leakguard."""
    return tuple(rule for pack in read_packs(list_packs().values()) for rule in pack.rules)


def rule_numbers(rules: Sequence[Rule]) -> list[int]:
    """Return the numbers that rules search for."""
    return sorted({rule.numbers[0] for rule in rules if rule.kind == "number"})


def rule_words(rules: Sequence[Rule]) -> list[str]:
    """Return the words and symbols that rules search for."""
    return sorted({word for rule in rules for word in ((rule.value, *rule.also) if rule.kind in ("term", "symbol") else rule.also)})


def choose(values: Sequence[Value]) -> st.SearchStrategy[Value]:
    """Return a strategy for one of many values, with a short repr (unlike st.sampled_from)."""
    return st.integers(0, len(values) - 1).map(lambda at: values[at])


def fragments(rules: Sequence[Rule] | None = None, also: Sequence[str] = ()) -> Texts:
    """Return a strategy for parts of hostile texts: disguises and examples of `rules` (default: all shipped rules), and `also`."""
    rules = list_shipped_rules() if rules is None else rules
    terms, examples = rule_words(rules), sorted({text for rule in rules for text in (*rule.hits, *rule.misses)})
    numbers = st.sampled_from(rule_numbers(rules) or [666]) | st.integers(0, 2000)
    return st.one_of(
        *([choose(also)] if also else []),
        *([choose(examples)] if examples else []),
        st.builds(lambda number, disguise: disguise(number), numbers, choose(DISGUISES)) | choose(SPELLED_666),
        st.builds(_disguise_twice, numbers, choose(DISGUISES), choose(HIDING)),
        _number_lists(numbers),
        st.lists(choose(COUNTING), min_size=1, max_size=5).map(" ".join),
        st.lists(choose(COUNTING), min_size=1, max_size=3).map("".join),
        *([choose(terms), misspell(terms)] if terms else []),
        st.lists(choose(MARKUP) | st.sampled_from("0123456789aeox"), max_size=6).map("".join),
        st.lists(choose(ODD) | st.sampled_from("0123456789 owl"), max_size=6).map("".join),
        st.text(st.characters(codec=None), max_size=8),
        st.text(st.sampled_from("0123456789 ,.;:-/'_()[]\nabelOIxh#%&+=$*"), max_size=16),
    )


def texts(rules: Sequence[Rule] | None = None, also: Sequence[str] = ()) -> Texts:
    """Return a strategy for hostile texts. They may contain an unpaired surrogate, which cannot be written to a file."""
    parts = fragments(rules, also)
    return st.one_of(parts, _hostile(parts), _hostile(parts))


def writable(said: Texts) -> Texts:
    """Return a strategy for the texts of another one without unpaired surrogates, so that they can be written to a file."""
    return said.map(lambda text: text.encode("utf-8", "replace").decode())


def _disguise_twice(number: int, inner: Disguise, outer: Disguise) -> str:
    return "".join(outer(int(c)) if c in "0123456789" else c for c in inner(number))


def _number_lists(numbers: st.SearchStrategy[int]) -> Texts:
    return st.builds(
        lambda values, gap, frame: frame.format(gap.join(map(str, values))),
        st.lists(numbers, min_size=1, max_size=12),
        st.sampled_from([", ", ",", " ", "\n", "; ", "\t", " | ", "-", "/", ", "]),
        st.sampled_from(["{}", "{}", "[{}]", "({}).", "{}.", "- {}"]),
    )


def misspell(terms: Sequence[str]) -> Texts:
    """Return a strategy for a word with some letters swapped, repeated, followed by a space or in the other case."""
    # Strategies are built once: hypothesis takes longer to check a new one than to draw from it.
    return _misspell(choose(terms), st.integers(0, 5), st.sampled_from([1, 2, 5]))


@st.composite
def _misspell(draw: st.DrawFn, terms: Texts, turns: st.SearchStrategy[int], rates: st.SearchStrategy[int]) -> str:
    """Draw a word, and apply a drawn turn to each letter whose place is a multiple of the drawn rate."""
    word, rate = draw(terms), draw(rates)
    return "".join(_turn(c, draw(turns)) if at % rate == 0 else c for at, c in enumerate(word))


def _turn(c: str, turn: int) -> str:
    return {1: SWAPS.get(c.lower(), c), 2: c.upper(), 3: c + " ", 4: c * 3, 5: c + "\u0301"}.get(turn, c)


def _hostile(parts: Texts) -> Texts:
    """Return a strategy for one to five parts, each followed by glue."""
    pieces = st.lists(st.tuples(parts, st.sampled_from(GLUE)), min_size=1, max_size=5)
    return pieces.map(lambda pairs: "".join(part + glue for part, glue in pairs))
