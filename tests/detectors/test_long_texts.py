"""A text that is twice as long takes twice the work, whatever it is made of, and its findings are those of its parts."""

import random

import pytest

from detector_calls import batch_of, look_at
from leakguard.core.batch import Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Rule, Severity
from leakguard.detectors.rules import joined_texts, merge_hits
from leakguard.text import repeated_letters, separated
from leakguard.text.separated import read_separated
from work import work

PROSE = "The ferry left the pier at dusk, and a boy counted gulls until the lamps of the far shore went out. "
UNITS = {
    "prose": PROSE,
    "Chinese": "一四八八年春天，渡船离开码头。六六六，八十八人看见第666号灯。",
    "Japanese": "渡し船は夕方に桟橋を出た。六六六、ろくろくろく、千四百八十八円。",
    "Korean": "나룻배가 저녁에 떠났다. 육육육, 천사백팔십팔 원, 666명이 보았다. ",
    "Cyrillic": "Паром отошёл в сумерках. Шестьсот шестьдесят шесть, 1488 рублей и 666. ",
    "Arabic": "غادرت العبارة ١٤٨٨ عند الغروب ٦٦٦ و ٨٨. ",
    "HTML": "<p>Gate 14<b>8</b>8 &amp; <i>he</i>il &#49;&#52;88 &lt;dusk&gt;</p>\n",
    "Markdown": "The **fer**ry, 6**6**6, [li](http://pier.example)nk and `f`oo at 1488\n",
    "LaTeX": r"$x_{1} = 14{,}88$ \textbf{hei}l $6$6$6$ \emph{p}ier 1\,488 \quad 88. ",
    "maths": "14 + 88 = 102, √66 ≤ 6.66; x² − 1488/18 → 0.88, ",
    "code": "for i in range(88): x[i] = 0x29A + 1488 / 6.66e2  # \\u0036\\x36 dusk\n",
    "base64": "NjY2 MTQ4OA== ",
    "prices": "$88 ",
    "JSON in a string": '{"gull": [14, 88, "666"], "\\u006ba": "1488\\n"}, ',
    "percent encoding": "%36%36%36%20pier%3D1488 ",
    "number words": "six six six and fourteen eighty-eight, double six at dusk. ",
    "nothing to see": "1\u200b4\u200b88 h\u200beil ⚡⚡ 6️⃣6️⃣6️⃣ ",
    "full-width digits": "１４８８ ６６６、８８ ",
    "numbers one by one": "6, ",
    "numbers": "666, 1488, 88, 18, ",
    "names": "MCDLXXXVIII DCLXVI heil barn_owl l488 ",
    "controls": "6\x006\x006 \x1b[31m14\x1b[0m88 ",
    "drawn out": "heeeil siiieg 1488 ",
}
ONCE = ("", "é", "\u200b", "&amp; ", "**un**do ", "NjY2 ", "heeeil ", "\u202eedis\u202c ")


def long(unit, size, *, once=""):
    """Something once, and then a unit again and again, up to a size."""
    return (once + unit * (size // len(unit) + 1))[:size]


def doubled(detector, unit, once):
    """How much more work a text takes that is twice as long; what is remembered from one text to the next is there already."""
    small, large = (long(unit, size, once=once) for size in (3_000, 6_000))
    for text in (small, large):
        detector.detect(batch_of([text]))
    counts = [work(lambda text=text: detector.detect(batch_of([text]))) for text in (small, large)]
    return counts[1] / counts[0]


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_twice_the_length_is_twice_the_work(detector, unit):
    """Also behind a character that is no ASCII, for then bytes are no characters."""
    assert doubled(detector, unit, "") < 2.3
    assert doubled(detector, unit, "é") < 2.3


@pytest.mark.parametrize("once", ONCE, ids=ascii)
@pytest.mark.parametrize("unit", ["1488 ", PROSE, "$88 666, "])
def test_one_sign_does_not_make_everything_after_it_dear(detector, unit, once):
    """An entity, a marker, an invisible character or a letter with an accent once, and plain text behind it."""
    assert doubled(detector, unit, once) < 2.3


def test_the_offset_map_is_built_once_per_text(detector, monkeypatch):
    """However many findings are carried back."""
    built = []
    map_offsets = joined_texts.map_offsets
    monkeypatch.setattr(joined_texts, "map_offsets", lambda text, table: built.append(text) or map_offsets(text, table))
    assert len(look_at(detector, long("１４８８ ", 600))) > 100
    assert len(built) == len(set(built)) and len(built) <= 3


def test_the_forms_of_a_view_are_searched_once(detector, monkeypatch):
    """They have an entry for every character, and a view may have as many findings."""

    class Counted(str):
        __slots__ = ()
        compared = 0

        def __eq__(self, other):
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    monkeypatch.setattr(repeated_letters, "FORM", Counted(repeated_letters.FORM))
    text = "&amp; " + long("1488 ", 4_000)
    assert len(look_at(detector, text)) >= 790
    assert Counted.compared < 10 * len(text)


@pytest.mark.parametrize("unit", ["1488 ", "６６６, ", "&#54;66 ", "NjY2 ", "**6**66 ", "six six six. "])
def test_findings_do_not_depend_on_the_length(detector, unit):
    """Those of the middle of a long text come again and again at the distance of a unit."""
    found = look_at(detector, unit * 400)
    inner = [one for one in found if len(unit) * 100 <= one.start < len(unit) * 101]
    later = [one for one in found if len(unit) * 250 <= one.start < len(unit) * 251]
    assert inner and [one._replace(start=one.start + len(unit) * 150, end=one.end + len(unit) * 150) for one in inner] == later


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("in_list", [False, True])
def test_rows_of_pieces_are_read_in_parts_as_they_are_as_a_whole(monkeypatch, seed, in_list):
    """A row of digits with signs between them, far longer than a part."""
    dice = random.Random(seed)
    text = "".join(dice.choice(["6", "14", "88", "1", "666"]) + dice.choice([", ", "-", " ", ".", "; "]) for _ in range(400))
    whole = list(read_separated(text, in_list=in_list))
    monkeypatch.setattr(separated, "_MOST_PIECES", 20)
    monkeypatch.setattr(separated, "_RUN", separated.re.compile(separated._RUN.pattern.replace("1000", "20")))
    assert list(read_separated(text, in_list=in_list)) == whole
    places = sorted({reading.start for reading in whole[::3]})
    assert list(read_separated(text, in_list=in_list, places=places)) == [one for one in whole if one.start in places]


def slowly_distinct(hits):
    """One hit a place and rule, found by comparing them one by one: the loudest, then the least disguised, then the first."""
    best = {}
    for hit in hits:
        key = *hit[:3], hit[3].rule.id
        old = best.get(key)
        if old is None or (hit[3].severity, -len(hit[3].form)) > (old[3].severity, -len(old[3].form)):
            best[key] = hit
    return sorted(best.values(), key=lambda hit: hit[:3])


@pytest.mark.parametrize("seed", range(5))
def test_of_hits_at_one_place_the_loudest_stays(monkeypatch, seed):
    """In the order of places, and of rules as they came, also where they are compared in small parts."""
    monkeypatch.setattr(merge_hits, "_MANY", 16)
    dice = random.Random(seed)
    rules = [Rule(f"made.up.{number}", "made", "number", "1", "made up", {}) for number in range(4)]
    marks = [Mark(rule, level, "text", form) for rule in rules for level in Severity for form in ("", "base64", "markup")]
    hits = [(dice.randrange(3), place := dice.randrange(12), place + dice.randrange(1, 3), dice.choice(marks)) for _ in range(300)]
    found = merge_hits.HitCollector()
    found.add(iter(hits[:100]))
    found.add(hits[100:])
    assert list(found.collect()) == slowly_distinct(hits)
    assert merge_hits.HitCollector().collect() == Hits()
