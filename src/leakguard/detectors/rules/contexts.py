"""Named contexts in which a listed number or word is usually honest.

Each context is a pattern over the folded text around a match, with the match itself written as the character ␞
(U+241E). A rule that names the context in `not_inside` is silent there.
"""

import re

HERE = "\u241e"
_BEFORE, _AFTER = 40, 24

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_UNIT = (
    r"(?:k?m|[cmn]m|km/h|mph|miles?|yards?|yd|feet|foot|ft|inch(?:es)?|in|kg|g|mg|lbs?|pounds?|oz|tons?|litres?|liters?|ml|cl|l|"
    r"hours?|hrs?|h|minutes?|mins?|min|seconds?|secs?|s|ms|days?|weeks?|months?|years?|°|degrees?|kw|w|watts?|v|volts?|hz|mhz|ghz|"
    r"kb|mb|gb|tb|px|pt|dpi|rpm|bpm|psi|calories|kcal|grams?|meters?|metres?|acres?|square|sq|mesh|horsepower|hp)"
)


def _context(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


CONTEXTS: dict[str, re.Pattern[str]] = {
    "year": _context(
        rf"\b(?:in|since|until|by|from|of|year|circa|c\.|ca\.|anno|born|died|ad|around|before|after|during|{_MONTH}|summer|spring|autumn|winter|early|late)\s+{HERE}(?!\s*(?:%|[a-z]+s\b))",
        rf"{HERE}\s*(?:ad|bc|ce|bce)\b",
        rf"{HERE}s\b|{HERE}\s*[-–]\s*(?:1[0-9]|20)[0-9]{{2}}\b|\b(?:1[0-9]|20)[0-9]{{2}}\s*[-–]\s*{HERE}",
    ),
    "price": _context(
        rf"[$€£¥₹₩]\s*{HERE}(?!\s*\$)",
        rf"(?:\b(?:usd|eur|gbp|cad|aud|jpy|chf|rs\.?))\s*{HERE}",
        rf"{HERE}\s*(?:[€£¥₹]|\$|(?:dollars?|euros?|pounds|cents?|usd|eur|gbp|yen|yuan|rupees?|bucks)\b)",
    ),
    "dimension": _context(
        rf"[0-9]\s*(?:x|×|by)\s*{HERE}", rf"{HERE}\s*(?:x|×|by)\s*[0-9]", rf"{HERE}\s*-?\s*(?:foot|feet|inch|meter|metre|mm|cm|ft)\b"
    ),
    "phone": _context(
        rf"\([0-9]{{3}}\)\s*{HERE}|\+[0-9][0-9 ()-]*{HERE}",
        rf"\b(?:area\s+code|call|calls|called|calling|dial|dialed|dialing|phone|tel\.?|fax|hotline|text|number to dial)\s*(?:us|at|on|:)?\s*{HERE}",
        rf"{HERE}\s*-?\s*(?:calls?|dispatch(?:er)?s?|operators?|(?:is|was)\s+the\s+(?:emergency\s+)?number)\b|{HERE}[- ][0-9]{{3,4}}\b",
    ),
    "identifier": _context(
        rf"[a-z]{{2,}}-{HERE}(?:-[a-z0-9]+)?\b|\b[a-z0-9]+-{HERE}-[a-z0-9]+",
        rf"\b(?:sku|isbn|issn|id|ids|uid|gid|serial|part|model|ticket|case|order|invoice|flight|bug|issue|rfc|iso|pr|cve|no\.|nr\.)\s*[#:=-]?\s*{HERE}",
        rf"[0-9a-f]{{6,}}{HERE}|{HERE}[0-9a-f]{{6,}}",
    ),
    "colour": _context(rf"(?:color|colour|background|fill|stroke|border)[a-z-]*\s*[:=]\s*['\"]?#?{HERE}", rf"#{HERE}\s*;", rf"rgba?\([^)]*{HERE}"),
    "version": _context(rf"\bv\.?\s?[0-9.]*{HERE}", rf"[0-9]+\.[0-9]+\.{HERE}|{HERE}\.[0-9]+\.[0-9]+", rf"\b(?:version|release|python|java|build)\s+[0-9.]*{HERE}"),
    "verse": _context(
        rf"\b(?:[1-3]\s+)?(?:genesis|exodus|leviticus|numbers|deuteronomy|joshua|judges|ruth|samuel|kings|chronicles|ezra|nehemiah|esther|job|"
        rf"psalms?|proverbs|ecclesiastes|isaiah|jeremiah|ezekiel|daniel|hosea|joel|amos|micah|matthew|mark|luke|john|acts|romans|corinthians|"
        rf"galatians|ephesians|philippians|colossians|thessalonians|timothy|titus|hebrews|james|peter|jude|revelation|surah?|quran|verse)\s+[0-9:]*{HERE}"
    ),
    "range": _context(
        rf"\b(?:rows|lines|pages|pp\.|columns|steps|ages|aged|chapters|items|questions|verses|between|from|won|lost|beat|grades|days|weeks)\s+{HERE}"
    ),
    "time": _context(rf"[0-9]{{1,2}}:{HERE}|{HERE}:[0-5][0-9]", rf"{HERE}\s*(?:[ap]\.?m\.?|o'clock|uhr|hours?|hrs)\b"),
    "date": _context(
        rf"[0-9]{{4}}[-/.](?:[0-9]{{1,2}}[-/.])?{HERE}|{HERE}[-/.](?:[0-9]{{1,2}}[-/.])?[0-9]{{4}}\b|[0-9]{{1,2}}[-/.]{HERE}[-/.][0-9]{{2,4}}",
        rf"\b{_MONTH}\.?\s+{HERE}(?:st|nd|rd|th)?\b|{HERE}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b",
        rf"\b(?:on|by|until|since|before|after|monday|tuesday|wednesday|thursday|friday|saturday|sunday),?\s+{HERE}\s*$",
    ),
    "percent": _context(rf"{HERE}\s*(?:%|percent\b|per\s+cent\b)"),
    "unit": _context(rf"{HERE}\s*-?\s*{_UNIT}\b"),
    "ratio": _context(rf"\b(?:odds|ratio|scale|gear)\b[^.]{{0,20}}{HERE}", rf"{HERE}\s*(?:odds|ratio)\b"),
    "ordinal": _context(rf"{HERE}(?:st|nd|rd|th)\b"),
    "port": _context(rf"\bport\s*[:=]?\s*{HERE}|:{HERE}/|localhost:{HERE}"),
    "status": _context(rf"\b(?:http|https|status|error|code|response|returned|returns)(?:/[0-9.]+)?\s*(?:code|status|error)?\s*[:=]?\s*{HERE}", rf"{HERE}\s+(?:not found|error|forbidden|ok)\b"),
    "address": _context(rf"[0-9]+\.[0-9]+\.(?:[0-9]+\.)?{HERE}|{HERE}\.[0-9]+\.[0-9]+", rf"{HERE}\s+(?:[nsew]\.?\s+)?[A-Z][a-z]+\s+(?:st|street|ave|avenue|road|rd|blvd|lane|drive)\b"),
    "seed": _context(rf"\b(?:seed|random_state|randomstate|manual_seed)\s*[(=:]*\s*{HERE}"),
    "cards": _context(rf"\b(?:cards?|deck|probability|fraction|hearts|spades|suit)\b[^\n]{{0,40}}{HERE}", rf"{HERE}[^\n]{{0,20}}\b(?:cards?|deck|probability|simplif|=|hearts|spades)"),
    "vehicle": _context(
        rf"\b(?:porsche|boeing|airbus|bmw|audi|peugeot|ferrari|fiat|mazda|volvo|saab|tesla|the)\s+{HERE}\s*(?:carrera|turbo|gt[23]?|targa|max|series|[a-z]?\b(?=\s+(?:car|plane|aircraft|jet)))|"
        rf"\b(?:porsche|boeing|airbus|bmw|audi|peugeot|ferrari|fiat|volvo|saab)\s+{HERE}"
    ),
}


def inside(names: tuple[str, ...], text: str, start: int, end: int) -> bool:
    """True if one of the named contexts holds around characters `start` to `end` of a folded text."""
    if not names:
        return False
    window = f"{text[max(start - _BEFORE, 0) : start]}{HERE}{text[end : end + _AFTER]}"
    return any(CONTEXTS[name].search(window) for name in names)
