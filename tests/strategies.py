"""Hostile texts: what suites hold, listed numbers and words in disguise, markup, encodings and the rest of Unicode, all mixed."""

import json
from pathlib import Path

from disguises import DIGIT_BY_DIGIT, FRAMED, MARKED, SEPARATED, SPELLED_666, THOUSANDS, base64_of
from hypothesis import strategies as st

from leakguard.io.packs import read_packs
from leakguard.settings.selection import shipped

DATA = Path(__file__).parent / "data"
SUITE = [json.loads(line) for line in (DATA / "evasion.jsonl").read_text().splitlines()]
RULES = [rule for pack in read_packs(shipped().values()) for rule in pack.rules]
LISTED = sorted({rule.numbers[0] for rule in RULES if rule.kind == "number"})
WORDS = sorted({word for rule in RULES for word in ((rule.value, *rule.also) if rule.kind in ("term", "symbol") else rule.also)})
EXAMPLES = sorted({text for rule in RULES for text in (*rule.hits, *rule.misses)})

COUNTING = (
    "six sixty hundred and thirteen fourteen eighty eight one oh four twenty double triple thousand first point a million null sechs und "
    "hundert vierzehn achtundachtzig trece mil cuatrocientos six cent soixante deux sept venti sedici 六 百 十 四 千 零 육 십 ろく なな"
).split()
MARKUP = (
    "<b>", "</b>", "<br>", "<sup>", "</sup>", "<!--", "-->", "<i", ">", "**", "*", "__", "~~", "`", "](", "](x)", "[", "\\text{", "\\mathbf{",
    "{", "}", "$", "^", "{,}", "\\,", "\\ ", "^th^", "&", "&#", "&#5", "&#54;", "&#x36;", "&amp;", "&lt;b&gt;", "&nbsp;", "%", "%36", "%25", "%2",
    "%C3%A9", "\\u", "\\u0036", "\\u{36}", "\\x36", "\\066", "\\36 ", "=36=36", "=?UTF-8?B?NjY2?=", "=", "xn--", "NjY2", "MTQ4OA==", "==",
)  # fmt: skip
ODD = (
    "\u200b", "\u00ad", "\u202e", "\u202c", "\u2066", "\u2069", "\ufe0f", "\u20e3", "\u0301", "\u0338", "\U000e0036", "\x00", "\x1e", "\x1f", "\x7f",
    "\x85", "\u2028", "\ufeff", "\ufffd", "\ud800", "\udc36", "\u115f", "\u241e", "６", "٦", "𝟞", "⑥", "❻", "²", "½", "Ⅵ", "⒍", "⠼", "⠋", "é", "ß", "İ", "ſ",
    "ﬁ", "З", "б", "О", "l", "I", "O", "о", "ⓞ", "🇴", "🦉", "第", "号", "、", "。", "Æ", "ŉ", "\u0130",
)  # fmt: skip
GLUE = ("", "", " ", " ", ", ", ",", "\n", "-", ".", "/", ":", ";", "|", "_", "'", " and ", "\u00a0", "\u200b")

ANY_DISGUISE = st.sampled_from(
    [*DIGIT_BY_DIGIT.values(), *FRAMED.values(), *MARKED.values(), *SEPARATED.values(), *THOUSANDS.values(), base64_of, str, hex, oct, bin]
)
NUMBERS = st.sampled_from(LISTED) | st.integers(0, 2000)
DISGUISED = st.builds(lambda number, disguise: disguise(number), NUMBERS, ANY_DISGUISE) | st.sampled_from(SPELLED_666)
TWICE_DISGUISED = st.builds(
    lambda number, inner, outer: "".join(outer(int(c)) if c in "0123456789" else c for c in inner(number)),
    NUMBERS,
    ANY_DISGUISE,
    st.sampled_from([*DIGIT_BY_DIGIT.values()]),
)
LISTS = st.builds(
    lambda numbers, gap, frame: frame.format(gap.join(map(str, numbers))),
    st.lists(NUMBERS, min_size=1, max_size=12),
    st.sampled_from([", ", ",", " ", "\n", "; ", "\t", " | ", "-", "/", ", "]),
    st.sampled_from(["{}", "{}", "[{}]", "({}).", "{}.", "- {}"]),
)


@st.composite
def leeted(draw):
    """A listed word with some letters swapped, doubled, spaced out or in another case."""
    word = draw(st.sampled_from(WORDS))
    turns = draw(st.lists(st.integers(0, 5), min_size=len(word), max_size=len(word)))
    swaps = {"a": "4", "b": "8", "e": "3", "i": "1", "o": "0", "s": "$", "l": "|", "t": "7"}
    change = {1: lambda c: swaps.get(c.lower(), c), 2: str.upper, 3: lambda c: c + " ", 4: lambda c: c * 3, 5: lambda c: c + "\u0301"}
    rate = draw(st.sampled_from([1, 2, 5]))
    return "".join(change.get(turn if at % rate == 0 else 0, str)(c) for at, (c, turn) in enumerate(zip(word, turns, strict=True)))


FRAGMENTS = st.one_of(
    st.sampled_from([case["text"] for case in SUITE]),
    st.sampled_from(EXAMPLES),
    DISGUISED,
    TWICE_DISGUISED,
    LISTS,
    st.lists(st.sampled_from(COUNTING), min_size=1, max_size=5).map(" ".join),
    st.lists(st.sampled_from(COUNTING), min_size=1, max_size=3).map("".join),
    st.sampled_from(WORDS),
    leeted(),
    st.lists(st.sampled_from(MARKUP) | st.sampled_from("0123456789aeox"), max_size=6).map("".join),
    st.lists(st.sampled_from(ODD) | st.sampled_from("0123456789 owl"), max_size=6).map("".join),
    st.text(st.characters(codec=None), max_size=8),
    st.text(st.sampled_from("0123456789 ,.;:-/'_()[]\nabelOIxh#%&+=$*"), max_size=16),
)


@st.composite
def hostile(draw):
    """A text that somebody wrote to be misread."""
    parts = draw(st.lists(FRAGMENTS, min_size=1, max_size=5))
    return "".join(part + draw(st.sampled_from(GLUE)) for part in parts)


TEXTS = st.one_of(FRAGMENTS, hostile(), hostile())
BATCHES = st.lists(TEXTS, min_size=1, max_size=6)
