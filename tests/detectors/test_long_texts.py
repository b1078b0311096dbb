"""The cost of a scan is linear in the length of a text, and findings do not depend on the length."""

import random

import pytest

from call_counts import count_calls
from detector_calls import batch_of, look_at
from leakguard.core.batch import Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Rule, Severity
from leakguard.detectors.rules import joined_texts, merge_hits
from leakguard.text import repeated_letters, separated
from leakguard.text.separated import read_separated

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


def repeat_to_size(unit, size, *, once=""):
    """Return a prefix followed by repetitions of a unit, up to a size."""
    return (once + unit * (size // len(unit) + 1))[:size]


def cost_ratio(detector, unit, once):
    """Return the ratio of counted calls for a text and one twice as long, with warm caches."""
    small, large = (repeat_to_size(unit, size, once=once) for size in (3_000, 6_000))
    for text in (small, large):
        detector.detect(batch_of([text]))
    counts = [count_calls(lambda text=text: detector.detect(batch_of([text]))) for text in (small, large)]
    return counts[1] / counts[0]


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_twice_the_length_is_twice_the_work(detector, unit):
    """Also behind a non-ASCII character, where bytes and characters differ."""
    assert cost_ratio(detector, unit, "") < 2.3
    assert cost_ratio(detector, unit, "é") < 2.3


@pytest.mark.parametrize("once", ONCE, ids=ascii)
@pytest.mark.parametrize("unit", ["1488 ", PROSE, "$88 666, "])
def test_one_special_character_does_not_slow_down_the_rest(detector, unit, once):
    """One entity, marker, invisible or accented character before plain text does not raise the cost of the rest."""
    assert cost_ratio(detector, unit, once) < 2.3


def test_the_offset_map_is_built_once_per_text(detector, monkeypatch):
    """It is built once, no matter how many findings a text has."""
    built = []
    map_offsets = joined_texts.map_offsets
    monkeypatch.setattr(joined_texts, "map_offsets", lambda text, table: built.append(text) or map_offsets(text, table))
    assert len(look_at(detector, repeat_to_size("１４８８ ", 600))) > 100
    assert len(built) == len(set(built)) and len(built) <= 3


def test_the_forms_of_a_view_are_searched_once(detector, monkeypatch):
    """They have an entry per character, and a view may have as many findings."""

    class Counted(str):
        __slots__ = ()
        compared = 0

        def __eq__(self, other):
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    monkeypatch.setattr(repeated_letters, "FORM", Counted(repeated_letters.FORM))
    text = "&amp; " + repeat_to_size("1488 ", 4_000)
    assert len(look_at(detector, text)) >= 790
    assert Counted.compared < 10 * len(text)


@pytest.mark.parametrize("unit", ["1488 ", "６６６, ", "&#54;66 ", "NjY2 ", "**6**66 ", "six six six. "])
def test_findings_do_not_depend_on_the_length(detector, unit):
    """Findings in the middle of a long text repeat at the distance of one unit."""
    found = look_at(detector, unit * 400)
    inner = [one for one in found if len(unit) * 100 <= one.start < len(unit) * 101]
    later = [one for one in found if len(unit) * 250 <= one.start < len(unit) * 251]
    assert inner and [one._replace(start=one.start + len(unit) * 150, end=one.end + len(unit) * 150) for one in inner] == later


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("in_list", [False, True])
def test_rows_of_pieces_are_read_in_parts_as_they_are_as_a_whole(monkeypatch, seed, in_list):
    """A very long sequence of separated digits has the same readings in parts as in one piece."""
    dice = random.Random(seed)
    text = "".join(dice.choice(["6", "14", "88", "1", "666"]) + dice.choice([", ", "-", " ", ".", "; "]) for _ in range(400))
    whole = list(read_separated(text, in_list=in_list))
    monkeypatch.setattr(separated, "_MOST_PIECES", 20)
    monkeypatch.setattr(separated, "_RUN", separated.re.compile(separated._RUN.pattern.replace("1000", "20")))
    assert list(read_separated(text, in_list=in_list)) == whole
    places = sorted({reading.start for reading in whole[::3]})
    assert list(read_separated(text, in_list=in_list, places=places)) == [one for one in whole if one.start in places]


def merge_pairwise(hits):
    """Return one hit per place and rule by pairwise comparison: the most severe, then the least disguised, then the first."""
    best = {}
    for hit in hits:
        key = *hit[:3], hit[3].rule.id
        old = best.get(key)
        if old is None or (hit[3].severity, -len(hit[3].form)) > (old[3].severity, -len(old[3].form)):
            best[key] = hit
    return sorted(best.values(), key=lambda hit: hit[:3])


@pytest.mark.parametrize("seed", range(5))
def test_the_most_severe_hit_at_a_place_is_kept(monkeypatch, seed):
    """HitCollector agrees with pairwise comparison, also across small parts."""
    monkeypatch.setattr(merge_hits, "_MANY", 16)
    dice = random.Random(seed)
    rules = [Rule(f"made.up.{number}", "made", "number", "1", "made up", {}) for number in range(4)]
    marks = [Mark(rule, level, "text", form) for rule in rules for level in Severity for form in ("", "base64", "markup")]
    hits = [(dice.randrange(3), place := dice.randrange(12), place + dice.randrange(1, 3), dice.choice(marks)) for _ in range(300)]
    found = merge_hits.HitCollector()
    found.add(iter(hits[:100]))
    found.add(hits[100:])
    assert list(found.collect()) == merge_pairwise(hits)
    assert merge_hits.HitCollector().collect() == Hits()
