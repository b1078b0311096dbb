"""Named contexts in which a listed number or word is usually honest.

A context is a list of sides: what may stand right before a match and right after it, in lower case ("" for anything).
A rule that names the context in `not_inside` is silent there, one that names it in `note_inside` speaks as a note.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import regex

_BEFORE, _AFTER = 40, 28

Side = tuple[str, str]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CENTURY = r"(?:1[0-9]|20)[0-9]{2}"
_UNIT = (
    r"(?:k?m|[cmn]m|km/h|mph|miles?|yards?|yd|feet|foot|ft|inch(?:es)?|in(?!\s+[a-z])|kg|g|mg|lbs?|pounds?|oz|tons?|litres?|liters?|ml|cl|l|"
    r"hours?|hrs?|h|minutes?|mins?|min|seconds?|secs?|s|ms|days?|weeks?|months?|years?|°|degrees?|kw|w|watts?|v|volts?|hz|mhz|ghz|"
    r"kb|mb|gb|tb|px|pt|dpi|rpm|bpm|psi|calories|kcal|grams?|meters?|metres?|acres?|square|sq|mesh|horsepower|hp|decibels?|db)[23]?\b"
)
_BOOK = (
    r"(?:genesis|exodus|leviticus|numbers|deuteronomy|joshua|judges|ruth|samuel|kings|chronicles|ezra|nehemiah|esther|job|psalms?|"
    r"proverbs|ecclesiastes|isaiah|jeremiah|ezekiel|daniel|hosea|joel|amos|micah|matthew|mark|luke|john|acts|romans|corinthians|"
    r"galatians|ephesians|philippians|colossians|thessalonians|timothy|titus|hebrews|james|peter|jude|revelation|surah?|quran|verse)"
)
_MAKER = r"\b(?:porsche|boeing|airbus|bmw|audi|peugeot|ferrari|fiat|mazda|volvo|saab|tesla)\s+"

CONTEXTS: dict[str, Sequence[Side]] = {
    "year": (
        (
            r"\b(?:in|since|until|by|from|of|year|circa|c\.|ca\.|anno|born|died|ad|around|before|after|during|"
            rf"{_MONTH}|summer|spring|autumn|winter|early|late|jahre?|seit|ann\u00e9e|ann[eo]e?|en|nel|a\u00f1o|ano|roku?)\s+",
            r"(?!\s*(?:%|(?!(?:was|is|has|as|its|his|this|us)\b)[a-z]+s\b))",
        ),
        ("", r"\s*(?:ad|bc|ce|bce|edition)\b"),
        ("", rf"s\b|\s*(?:-|to|and|until)\s*{_CENTURY}\b"),
        (rf"\b{_CENTURY}\s*(?:-|to|and|until)\s*", ""),
    ),
    "price": (
        (r"[$€£¥₹₩]\s*", r"(?!\s*\$)"),
        (r"\b(?:usd|eur|gbp|cad|aud|jpy|chf|rs\.?)\s*", ""),
        ("", r"\s*(?:[€£¥₹]|(?:dollars?|euros?|pounds|cents?|usd|eur|gbp|yen|yuan|rupees?|bucks)\b)"),
    ),
    "dimension": (
        (r"[0-9]\s*(?:x|×|by)\s*|\b(?:width|height|size)\s*[:=]\s*['\"]?", ""),
        ("", r"\s*(?:x|×|by)\s*[0-9]|\s*-?\s*(?:foot|feet|inch|meter|metre|mm|cm|ft)\b"),
    ),
    "phone": (
        (r"\([0-9]{3}\)\s*(?:[0-9]{3}-)?|\+[0-9][0-9 ()-]*|\b(?:tel\.?|fax|phone|ring)[: ]+[(+]?[0-9][0-9 ()/-]*", ""),
        (
            r"\b(?:area\s+code|call|calls|called|calling|dial|dialed|dialing|phone|tel\.?|fax|hotline|text|number to dial)"
            r"\s*(?:us|at|on|:)?\s*",
            "",
        ),
        ("", r"\s*-?\s*(?:calls?|dispatch(?:er)?s?|operators?|(?:is|was)\s+the\s+(?:emergency\s+)?number)\b|[- ][0-9]{3,4}\b"),
    ),
    "identifier": (
        (r"[a-z]{2,}-", ""),
        (r"\b[a-z0-9]+-", r"-[a-z0-9]+"),
        (
            r"\b(?:sku|isbn|issn|id|ids|uid|gid|serial|part|model|ticket|case|order|invoice|flight|bug|issue|rfc|iso|pr|cve|no\.|nr\.)"
            r"\s*[#:=-]?\s*",
            "",
        ),
        (r"[0-9a-f]{6,}", ""),
        ("", r"[0-9a-f]{6,}"),
    ),
    "colour": ((r"(?:colou?r|background|fill|stroke|border)[a-z-]*\s*[:=]\s*['\"]?#?", ""), ("#", r"\s*;"), (r"rgba?\([^)]*", "")),
    "version": (
        (r"\bv\.?\s?[0-9.]*|[0-9]+\.[0-9]+\.|\b(?:version|release|python|java|build)\s+[0-9.]*", ""),
        ("", r"\.[0-9]+\.[0-9]+"),
    ),
    "verse": ((rf"\b(?:[1-3]\s+)?{_BOOK}\s+[0-9:]*", ""),),
    "range": (
        (
            r"\b(?:rows|lines|sections|articles|pages|pp\.|columns|steps|ages|aged|chapters|items|questions|verses|between|from|won|lost|beat|grades|days|weeks)"
            r"\s+",
            "",
        ),
    ),
    "time": ((r"[0-9]{1,2}:", ""), ("", r":[0-5][0-9]|\s*(?:[ap]\.?m\.?|o'clock|uhr|hours?|hrs)\b")),
    "date": (
        (r"[0-9]{4}[-/.](?:[0-9]{1,2}[-/.])?", ""),
        ("", r"[-/.](?:[0-9]{1,2}[-/.])?[0-9]{4}\b"),
        (r"[0-9]{1,2}[-/.]", r"[-/.][0-9]{2,4}"),
        (rf"\b{_MONTH}\.?\s+", r"(?:st|nd|rd|th)?\b"),
        ("", rf"(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b"),
    ),
    "percent": (("", r"\s*(?:%|percent\b|per\s+cent\b)"),),
    "unit": (("", rf"\s*-?\s*{_UNIT}"),),
    "ratio": ((r"\b(?:odds|ratio|scale|gear)\b[^.]{0,20}", ""), ("", r"\s*(?:odds|ratio)\b")),
    "ordinal": (("", r"(?:st|nd|rd|th)\b"),),
    "port": ((r"\bport\s*[:=]?\s*|localhost:", ""), (":", "/")),
    "status": (
        (r"\b(?:https?|status|error|code|response|returned|returns)(?:/[0-9.]+)?\s*(?:code|status|error)?\s*[:=]?\s*", ""),
        ("", r"\s+(?:not found|error|forbidden|ok)\b"),
    ),
    "address": (
        (r"[0-9]+\.[0-9]+\.(?:[0-9]+\.)?", ""),
        ("", r"\.[0-9]+\.[0-9]+|\s+(?:[nsew]\.?\s+)?[a-z]+\s+(?:st|street|ave|avenue|road|rd|blvd|lane|drive)\b"),
    ),
    "seed": ((r"\b(?:seed|random_state|randomstate|manual_seed)\s*[(=:]*\s*", ""),),
    "cards": (
        (r"\b(?:cards?|deck|probability|fraction|hearts|spades|suit)\b[^\n]{0,40}", ""),
        ("", r"[^\n]{0,20}(?:\b(?:cards?|deck|probability|simplif|hearts|spades)|=)"),
    ),
    "label": (
        (
            r"\b(?:room|page|p\.|pp\.|vol(?:ume|\.)?|line|row|route|highway|bus|tram|train|flight\s+[a-z]{2}|asteroid|ngc|hd|section|sec\.|"
            r"art(?:icle|\.)|chapter|regulation|directive|resolution|bill|h\.r\.|s\.|no\.|nr\.|box|apt\.?|suite|lot|"
            r"ieee|din|en|ec|cas|doi\s+[0-9.]+/|fix(?:es)?|closes?|issue|pr|ticket|bug|figure|table)\s*#?\s*",
            "",
        ),
        (r"\bpp?\.\s*[0-9]+\s*-\s*|§\s*|\bu\+|\b(?:rfc|iso|cve|sku|din|en|ngc|hd|ieee|cas|row|page|line|room)-", ""),
    ),
    "network": ((r"\b(?:[0-9a-f]{1,4}:){2,}:?|\b[0-9a-f]{1,4}::", ""),),
    "count": (
        (r"\b(?:population(?:\s+of)?|about|approximately|roughly|nearly|almost|over|exactly)[\s:]+", ""),
        (
            "",
            r"\s+(?:people|persons|inhabitants|residents|visitors|guests|members|students|soldiers|men|women|children|cases|deaths|seats|"
            r"words|pages|points|votes|copies|items|entries|rows|lines|files|users|units)\b",
        ),
    ),
    "exercise": (
        (
            r"\b(?:only|first|last|next|limit:?|max\.?|min\.?|there\s+(?:are|were)|write|list|give|use|choose|spell)\s+(?:the\s+|me\s+|down\s+)?",
            "",
        ),
        ("", r"\s+(?:per|correctly|and\s+[0-9])\b"),
    ),
    "score": (
        (r"\b(?:score[ds]?|grade|record(?:\s+of)?|passed|won|lost|roll(?:ed)?(?:\s+of)?|dice:?)\s+(?:a\s+)?", ""),
        (
            "",
            r"\s+(?:points?|correct|answers?|tests?|passed|questions|record|season|weeks|units|goals|games)\b|\s+(?:on|in)\s+the\s+(?:test|exam)",
        ),
        ("", r"-[0-9]"),
    ),
    "sum": (("", r"\s*[=+*/×÷^<>]\s*[0-9]"), (r"[0-9)]\s*[=+*/×÷^<>-]\s*|\b(?:sum|total|product)\s*(?:=|is|of)\s*", "")),
    "mode": ((r"\b(?:chmod|umask|mode|permissions?|mkdir\s+-m)\s*[:=,]?\s*0?", ""), ("", r"\s+permissions?\b")),
    "link": ((r"\b(?:https?://|www\.)[^\s\"'<>]*", ""),),
    "vehicle": (
        (_MAKER, ""),
        (r"\bthe\s+", r"\s*(?:carrera|turbo|gt[23]?|targa|max|series|[a-z]?\s+(?:car|plane|aircraft|jet))\b"),
    ),
}
IN_LISTS = ("price", "percent", "label", "count", "mode")
"""The contexts that a sign or a word shows; the others are shown by digits as well, and a number list is full of those."""


class _Sides(NamedTuple):
    """The contexts of one rule in three questions: what stands before, what after, and which pairs of both."""

    before: "regex.Pattern[str]"
    after: re.Pattern[str]
    both: tuple[tuple["regex.Pattern[str]", re.Pattern[str]], ...]


_BEGINNING = r"(?:(?=[a-z])(?<![a-z])|(?=[0-9])(?<![0-9])|(?=[^a-z0-9\s]))"
_NOTHING = r"(?!)"


@lru_cache(maxsize=256)
def _sides(names: tuple[str, ...]) -> _Sides:
    sides = [side for name in names for side in CONTEXTS[name]]
    before = "|".join(before for before, after in sides if not after) or _NOTHING
    after = "|".join(after for before, after in sides if not before) or _NOTHING
    both = tuple((_ending(before), re.compile(after)) for before, after in sides if before and after)
    return _Sides(_ending(before), re.compile(after), both)


def _ending(before: str) -> "regex.Pattern[str]":
    """What a text ends with, read backwards from its end, where nearly every alternative fails at the first character.

    Only beginnings of words, digits and signs count, as everywhere in this table.
    """
    import regex

    return regex.compile(rf"(?r){_BEGINNING}(?:{before})")


def inside(names: tuple[str, ...], text: str, start: int, end: int) -> bool:
    """True if one of the named contexts holds around characters `start` to `end` of a folded text."""
    if not names:
        return False
    sides = _sides(names)
    after = text[end : end + _AFTER].lower()
    if sides.after.match(after):
        return True
    before = text[max(start - _BEFORE, 0) : start].lower()
    if sides.before.match(before):
        return True
    return any(right.match(after) and left.match(before) for left, right in sides.both)
