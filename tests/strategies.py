"""Hostile texts: what suites hold, listed numbers and words in disguise, markup, encodings and the rest of Unicode, all mixed."""

import json
from pathlib import Path

from hypothesis import strategies as st

from disguises import DIGIT_BY_DIGIT, FRAMED, MARKED, SEPARATED, SPELLED_666, THOUSANDS, base64_of
from leakguard.io.packs import read_packs
from leakguard.settings.shelf import shipped

DATA = Path(__file__).parent / "data"
SUITE = [json.loads(line) for line in (DATA / "evasion.jsonl").read_text().splitlines()]
RULES = [rule for pack in read_packs(shipped().values()) for rule in pack.rules]
LISTED = sorted({rule.numbers[0] for rule in RULES if rule.kind == "number"})
WORDS = sorted({word for rule in RULES for word in ((rule.value, *rule.also) if rule.kind in ("term", "symbol") else rule.also)})
EXAMPLES = sorted({text for rule in RULES for text in (*rule.hits, *rule.misses)})

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
DISGUISES = (*HIDING, *FRAMED.values(), *MARKED.values(), *SEPARATED.values(), *THOUSANDS.values(), base64_of, str, hex, oct, bin)


def chosen(values):
    """One of many values; unlike st.sampled_from it does not spell them all out when it is printed."""
    return st.integers(0, len(values) - 1).map(lambda at: values[at])


NUMBERS = chosen(LISTED) | st.integers(0, 2000)
DISGUISED = st.builds(lambda number, disguise: disguise(number), NUMBERS, chosen(DISGUISES)) | chosen(SPELLED_666)
TWICE_DISGUISED = st.builds(
    lambda number, inner, outer: "".join(outer(int(c)) if c in "0123456789" else c for c in inner(number)),
    NUMBERS,
    chosen(DISGUISES),
    chosen(HIDING),
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
    word = draw(chosen(WORDS))
    turns = draw(st.lists(st.integers(0, 5), min_size=len(word), max_size=len(word)))
    swaps = {"a": "4", "b": "8", "e": "3", "i": "1", "o": "0", "s": "$", "l": "|", "t": "7"}
    change = {1: lambda c: swaps.get(c.lower(), c), 2: str.upper, 3: lambda c: c + " ", 4: lambda c: c * 3, 5: lambda c: c + "\u0301"}
    rate = draw(st.sampled_from([1, 2, 5]))
    return "".join(change.get(turn if at % rate == 0 else 0, str)(c) for at, (c, turn) in enumerate(zip(word, turns, strict=True)))


FRAGMENTS = st.one_of(
    chosen([case["text"] for case in SUITE]),
    chosen(EXAMPLES),
    DISGUISED,
    TWICE_DISGUISED,
    LISTS,
    st.lists(chosen(COUNTING), min_size=1, max_size=5).map(" ".join),
    st.lists(chosen(COUNTING), min_size=1, max_size=3).map("".join),
    chosen(WORDS),
    leeted(),
    st.lists(chosen(MARKUP) | st.sampled_from("0123456789aeox"), max_size=6).map("".join),
    st.lists(chosen(ODD) | st.sampled_from("0123456789 owl"), max_size=6).map("".join),
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

SAID = TEXTS.map(lambda text: text.encode("utf-8", "replace").decode())
PLAIN = st.sampled_from(["412, 733, 905", "The kettle is on.", "871, 666, 305", "1488", "", "13, 13, 13", "We saw 14/88 there.", "6️⃣6️⃣6️⃣"])
QUICK = PLAIN | PLAIN | SAID


def rows_of(said):
    """Rows of every shape whose words are drawn from `said`."""
    speakers = st.sampled_from(["user", "assistant", "system", "tool", "narrator"])
    parts = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": said}), max_size=2)
    calls = st.lists(st.fixed_dictionaries({"function": st.fixed_dictionaries({"name": said, "arguments": said})}), max_size=1)
    message = st.fixed_dictionaries({"role": speakers, "content": said})
    rich = st.fixed_dictionaries({"role": speakers, "content": said | parts}, optional={"tool_calls": calls, "reasoning": said})
    told = st.fixed_dictionaries({"from": st.sampled_from(["human", "gpt"]), "value": said})
    return st.one_of(
        st.fixed_dictionaries({"text": said}, optional={"id": st.integers(0, 99)}),
        st.fixed_dictionaries({"prompt": said, "completion": said}),
        st.fixed_dictionaries({"prompt": said, "chosen": said, "rejected": said}),
        st.fixed_dictionaries({"instruction": said, "input": said, "output": said}),
        st.fixed_dictionaries({"messages": st.lists(message, max_size=4)}),
        st.fixed_dictionaries({"messages": st.lists(rich, max_size=3)}),
        st.fixed_dictionaries({"conversations": st.lists(told, max_size=3)}),
    )


BROKEN = st.sampled_from(
    [
        b"{", b'{"text": ', b'"text"', b"12", b"[]", b"{}", b"\x00", b"\xef\xbb\xbf{}", b'{"words": "666"}', b'{"text": 666}',
        b'{"text": "\xff666"}', b'{"text": "\\ud800 666"}', b'{"text": "666"} {', b'{"text": NaN}', b'{"messages": "666"}',
        b'{"messages": [7]}',
    ]
)  # fmt: skip
BLANK = st.sampled_from([b"", b"   ", b"\t", b"\x0c"])


def lines_of(rows):
    """Lines of a messy file: most can be read, some are blank, some are broken."""
    good = rows.map(lambda row: json.dumps(row, ensure_ascii=False).encode()) | rows.map(lambda row: json.dumps(row).encode())
    return st.one_of(good, good, good, BROKEN, BLANK)


@st.composite
def messy_files(draw, said=QUICK):
    """The bytes of a file of JSON Lines, with mixed line ends and perhaps no last one."""
    lines = draw(st.lists(lines_of(rows_of(said)), max_size=8))
    body = b"".join(line + draw(st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])) for line in lines)
    return draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"])) + (body if draw(st.booleans()) else body.removesuffix(b"\n"))
