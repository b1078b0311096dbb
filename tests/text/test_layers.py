"""Layers: encodings and markup are decoded, ordinary text is left alone, and the prefilters hide nothing."""

import base64
import gc
import time
from urllib.parse import quote

import hyperscan
import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from leakguard.text.base64 import PREFILTERS as ENCODED
from leakguard.text.layers import PREFILTERS, remove_layers
from leakguard.text.view import View

SIGNS = [*"&#;%=\\{}[]()<>*`~_$^!.,+/-|? \n\t01236789abdefgxXuUnNoOpPsStThHzZjJQqMNOk", "\u202e", "\u202c", "\u2066", "é", "八", "\ud83d"]
PIECES = (
    "&#54;|&#x36;|&#0054|&amp;|&amp;#54;|&amp|&lt;|&nbsp;|&shy|&copyright|&notanentity;|&#0;|&#xd800;|%36|%2536|%ef%bc%96|%e2%80%8b|%80|%00|%2d|"
    r"\u0036|\\u0036|\u{36}|\x36|\x{36}|\U00000036|\066|\36 |\36|\000036|\ud83d\ude00|\xef\xbc\x96|\x00|=31=34|=31|=00=31|"
    "=?UTF-8?B?MTQ4OA==?=|=?utf-8?Q?=31=34?=|=?x?b?!!?=|xn--|-xn--|xn--mnchen-3ya|NjY2|MTQ4OA|fDE0ODh8|d2hpdGUgcG93ZXI=|ODg|T0s|Cg==|"
    "<b>|</b>|<br>|<br/>|<sup>|<x y='z'>|<b\n>|</b\n>|<!--x-->|<!--|-->|<666/>|**|***|~~|__|`|[6](#)|[a b](http://c/d)|](|![|\\*|\\_|"
    r"\text{|\mathbf{|\emph{|\SI{|{,}|{}|{6}|^{6}|_{6}|\,|\;|\!|\ |\quad|\quad |\hspace{1pt}|$|$$|^th^|^{th}|"
    + "\u202e8841\u202c|\u202e024"
).split("|")
TEXTS = st.lists(st.sampled_from([*PIECES, "6", "66", "word", "white power", "a", "b ", "14"]) | st.sampled_from(SIGNS), max_size=9).map(
    "".join
)
ANY = TEXTS | st.text() | st.text(st.characters(codec=None), max_size=30)
EITHER_CASE = [regex.compile(prefilter.encode(), regex.IGNORECASE) for prefilter in (*PREFILTERS, *ENCODED)]


def remove_all_layers(text: str) -> str:
    """Return the text without all layers."""
    view = remove_layers(text)
    return view.text if view else text


@given(ANY)
def test_layers_are_found_only_where_a_prefilter_matches(text: str) -> None:
    """Where there is something to peel, some prefilter matches the text's bytes."""
    if remove_layers(text) is not None:
        assert any(prefilter.search(text.encode("utf-8", "surrogatepass")) for prefilter in EITHER_CASE)


@given(ANY)
@example("NjY2")
@example("Nj&#89;2")
def test_base64_is_skipped_only_where_no_prefilter_matches(text: str) -> None:
    """If no prefilter of base64 matches, skipping base64 on the text as it stands changes nothing."""
    data = text.encode("utf-8", "surrogatepass")
    assert remove_layers(text, encoded=any(prefilter.search(data) for prefilter in EITHER_CASE[len(PREFILTERS) :])) == remove_layers(text)


@given(ANY)
def test_both_engines_agree_on_the_prefilters(text: str) -> None:
    """Hyperscan and regex match the same texts."""
    data = text.encode("utf-8", "replace")
    found: list[int] = []
    DATABASE.scan(data, match_event_handler=lambda prefilter, start, end, flags, context: found.append(prefilter))
    assert bool(found) == any(prefilter.search(data) for prefilter in EITHER_CASE)


def database() -> hyperscan.Database:
    built = hyperscan.Database()
    patterns = [prefilter.encode() for prefilter in (*PREFILTERS, *ENCODED)]
    built.compile(expressions=patterns, ids=list(range(len(patterns))), flags=[hyperscan.HS_FLAG_CASELESS] * len(patterns))
    return built


DATABASE = database()


@given(ANY)
def test_every_character_knows_where_it_came_from(text: str) -> None:
    """Spans are never empty, in order, and an undisguised character is its own original."""
    view = remove_layers(text)
    if view is None:
        return
    assert len(view.text) == len(view.starts) == len(view.ends) == len(view.forms)
    assert list(view.starts) == sorted(view.starts)
    for character, start, end, form in zip(view.text, view.starts, view.ends, view.forms, strict=True):
        assert 0 <= start < end <= len(text)
        assert text[start:end] == character or (form and form.split(" and ")[0])


@given(ANY)
def test_removing_layers_twice_changes_nothing(text: str) -> None:
    """One call removes all layers."""
    once = remove_all_layers(text)
    assert remove_all_layers(once) == once


@given(st.text(st.characters(min_codepoint=33, codec="utf-8"), min_size=2, max_size=12))
def test_percent_encoded_text_is_read(text: str) -> None:
    """Text that was percent-encoded once or twice is decoded."""
    raw = text.encode()
    if all(character.isprintable() for character in text):
        once = "".join(f"%{byte:02X}" for byte in raw)
        assert remove_all_layers(once) == remove_all_layers(quote(once)) == remove_all_layers(text)


@given(st.text(st.characters(categories=["L", "N", "S", "P"], codec="utf-8"), min_size=1, max_size=12))
def test_character_references_are_read(text: str) -> None:
    """Decimal, hexadecimal and escaped references are decoded."""
    for write in ("&#{};", "&#x{:x};", "&amp;#{};", "&#0{};"):
        assert remove_all_layers("".join(write.format(ord(character)) for character in text)) == remove_all_layers(text)


@given(st.text("0123456789", min_size=3, max_size=12))
def test_base64_of_digits_is_read(digits: str) -> None:
    """A number in base64 is read, padded or not, unless its letters make a plain word."""
    padded = base64.b64encode(digits.encode()).decode()
    assert remove_all_layers(f"({padded})") == f"({digits})"
    assert remove_all_layers(f"({padded.rstrip('=')})") == f"({digits})"


@pytest.mark.parametrize(
    ("text", "peeled", "form"),
    [
        ("&#54;&#x36;&#054", "666", "HTML entities"),
        ("6&zwj;6", "6\u200d6", "HTML entities"),
        ("6&shy6", "6\xad6", "HTML entities"),
        ("&amp;amp;lt;b", "<b", "HTML entities"),
        ("foo%20bar", "foo bar", "percent-encoding"),
        ("%ef%bc%96", "６", "percent-encoding"),
        ("gr%65at", "great", "percent-encoding"),
        (r"\u0036\x36\u{36}\U00000036\066", "66666", "backslash escapes"),
        (r"\36 \36 \36 ", "666", "backslash escapes"),
        (r"\000036\36.", "66.", "backslash escapes"),
        (r"\\u0036", "6", "backslash escapes"),
        (r"\ud83d\ude00", "😀", "backslash escapes"),
        (r"\xef\xbc\x96", "６", "backslash escapes"),
        ("(=31=34=38=38)", "(1488)", "quoted-printable"),
        ("=?UTF-8?B?MTQ4OA==?=", "1488", "MIME encoded words"),
        ("=?iso-8859-1?Q?14=2F88_x?=", "14/88 x", "MIME encoded words"),
        ("1488-xn-- ", "1488 ", "punycode"),
        ("xn--mnchen-3ya.de", "münchen.de", "punycode"),
        ("MTQ4OA", "1488", "base64"),
        ("fDE0ODh8", "|1488|", "base64"),
        ("ODg=", "88", "base64"),
        ("NjY2Cg==", "666", "base64"),
        ("d2hpdGUgcG93ZXI=", "white power", "base64"),
        ("aGVpbCBoaXRsZXI", "heil hitler", "base64"),
        ("1<b>4</b>88", "1488", "markup"),
        ("bl<!--x-->ood", "blood", "markup"),
        ("<b>14 </b>words", "14 words", "markup"),
        ("6<br>6", "6\n6", "markup"),
        ("10<sup>6</sup>", "10^6", "markup"),
        ("6<x-y>66", "666", "markup"),
        ("gr**e**at", "great", "markup"),
        ("gr**eat repl**acement", "great replacement", "markup"),
        ("6~~6~~6", "666", "markup"),
        ("gr*e*at", "great", "markup"),
        ("9`1`1", "911", "markup"),
        ("[6](#)66", "666", "markup"),
        ("white [power](http://x.example/y)", "white power", "markup"),
        ("white\\_power", "white_power", "markup"),
        (r"$\text{6}66$", "$666$", "markup"),
        (r"\textbf{wh}ite", "white", "markup"),
        (r"whi\textbf{te}", "white", "markup"),
        ("$6{6}6$", "$666$", "markup"),
        ("$6^{6}6$", "$666$", "markup"),
        ("1{,}488", "1,488", "markup"),
        (r"1\,488", "1 488", "markup"),
        (r"6\ 6\ 6", "6 6 6", "markup"),
        (r"6\hspace{1pt}66", "6 66", "markup"),
        ("$6$66", "666", "markup"),
        ("6^th^ 66", "6 66", "markup"),
        ("(\u202e8841\u202c)", "(1488)", "reversed text"),
        ("\u202e024", "420", "reversed text"),
        ("(%26%2354;66)", "(666)", "percent-encoding and HTML entities"),
    ],
)
def test_each_layer_is_removed_and_named(text: str, peeled: str, form: str) -> None:
    """The hidden text is decoded, and the edit names the layer."""
    view = remove_layers(text)
    assert isinstance(view, View)
    assert view.text == peeled
    assert {name for name in view.forms if name} == {form} or not text.startswith(peeled)


@pytest.mark.parametrize(
    ("text", "peeled"),
    [
        ("%2526%2523%2535%2534%253B", "6"),
        ("&#92;u0036", "6"),
        ("&lt;b&gt;6&lt;/b&gt;6", "66"),
        (r"\u003c!--x--\u003e6", "6"),
        ("TmpZMg==", "666"),
        ("6&#42;&#42;6&#42;&#42;6", "666"),
    ],
)
def test_layers_may_be_nested(text: str, peeled: str) -> None:
    """Nested encodings are decoded."""
    assert remove_all_layers(text) == peeled


@pytest.mark.parametrize(
    "text",
    [
        "AT&T, R&D and Q&A; set(a) & b && c",
        "100% sure, 50%, 20 %d, %2d %02d %5.2f, strftime('%Y-%m-%d %H:%M')",
        r"C:\new\table\readme.txt and \alpha + \beta \\ \frac{1}{2} x_{1} 10^{2} \\30 & 40",
        "x = y == z; a=1, b=22; key=value",
        "Python3 iPhone15 README COVID19 deadbeef MTM NASA getElementById also blog d41d8cd98f00b204e9800998ecf8427e",
        "**Title**: a *word*, `code`, ~~gone~~, __init__, foo_bar, - item\n1. `x`",
        "x**2 + y**2, 2 * 3 * 4, (a*b) if x < y and z > w",
        'f"{a}{b}" {"k": [1, {"v": 2}]} arr[0] f(x)',
        "```python\nprint('hi')\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "costs $5 or $10, #hashtag, ~5, a^b, <3 <- -> <= >=",
        "List<String> names; std::vector<int> v;",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Prose, code, Markdown, JSON and formulas are unchanged."""
    assert remove_layers(text) is None


HOSTILE = [
    "<",
    "<a ",
    "<!--",
    "&",
    "&amp;",
    "%",
    "%25",
    "\\",
    "=",
    "=?",
    "=3",
    "[",
    "[a](",
    "!",
    "*",
    "**a ",
    "a*",
    "`",
    "{",
    "{6",
    "$",
    "\\text{",
    "\u202e",
    "a",
    "M",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_text(piece: str) -> None:
    """Time is not quadratic in the length of the text, for any kind of text."""
    short, long = piece * (20_000 // len(piece)), piece * (200_000 // len(piece))
    assert min(seconds(long) for _ in range(2)) < 50 * min(seconds(short) for _ in range(3)) + 0.02


def seconds(text: str) -> float:
    gc.disable()
    before = time.process_time()
    remove_layers(text)
    after = time.process_time()
    gc.enable()
    return after - before
