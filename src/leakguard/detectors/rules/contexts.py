"""Named contexts in which a listed number or word is usually honest.

A context is a list of sides: what may stand right before a match and right after it, in lower case ("" for anything), and how
the match itself is written, if that matters. A rule that names the context in `not_inside` is silent there, one that names it in
`note_inside` speaks as a note. What may silence a code that hardly means anything else must show more than a word that may stand
before any code: the other end of a range, a sign of money, the other groups of a telephone number.
"""

from collections.abc import Sequence

from leakguard.detectors.rules.context_words import (
    ACCESS,
    BETWEEN,
    BOOK,
    CALL,
    CALLING,
    CENTURY,
    COUNTED,
    COUNTER,
    FAITH,
    GAMERS,
    KIND,
    MAKER,
    MEASURE,
    MONTH,
    NAMED,
    NUMBERED,
    ORDERED,
    PAIR,
    POINTS,
    ROOM,
    SPAN,
    SPARKS,
    STREET,
    TO,
    UNIT,
    WRITTEN,
    any_of,
)

Side = tuple[str, str] | tuple[str, str, str]

CONTEXTS: dict[str, Sequence[Side]] = {
    "year": (
        (
            r"\b(?:in|since|until|by|from|of|year|circa|c\.|ca\.|anno(?:\s+domini)?|geb\.?|born|died|ad|around|before|after|during|"
            rf"{MONTH}|summer|spring|autumn|winter|early|late|jahre?|seit|ann\u00e9e|ann[eo]e?|en|nel|a\u00f1o|ano|roku?)\s+",
            r"(?!\s*(?:%|(?!(?:was|is|has|as|its|his|this|us)\b)[a-z]+s\b))",
        ),
        ("", r"\s*(?:ad|bc|ce|bce|edition)\b"),
        ("", rf"\s?(?:{any_of('год году года roku 年 년')})"),
        (r"\b(?:born|died|year|founded|built)\s*:\s*|\b[bd]\.\s+", ""),
        (r"\b(?:wurde|starb|stirbt|geboren|عام)\s+", ""),
        ("", rf"s\b|\s*(?:-|to|and|und|y|et|until|bis|al?)\s*{CENTURY}\b"),
        (rf"\b{CENTURY}\s*(?:-|to|and|und|y|et|until|bis|al?)\s*", ""),
    ),
    "price": (
        (r"[$€£¥₹₩]\s*", r"(?!\s*\$)"),
        (r"\b(?:usd|eur|gbp|cad|aud|jpy|chf|rs\.?)\s*", ""),
        ("", r"\s*(?:[€£¥₹]|(?:dollars?|euros?|pounds|cents?|usd|eur|gbp|yen|yuan|rupees?|bucks)\b)"),
    ),
    "dimension": (
        (r"[0-9]+\s*(?:x|×|by)\s*|\b(?:width|height|size)\s*[:=]\s*['\"]?", ""),
        ("", r"\s*(?:x|×|by)\s*[0-9]|\s*-?\s*(?:foot|feet|inch|meter|metre|mm|cm|ft)\b"),
    ),
    "phone": (
        (
            r"\barea\s+code\s+|\([0-9]{3}\)\s*(?:[0-9]{3}[- ])?|\b1-[0-9]{3}-[0-9]{3}-|"
            rf"(?:\+|\b(?:{CALL}|ring)(?:\s*(?:us|at|on))?[: ]+[(+]?)[0-9][0-9 ()/-]*",
            "",
        ),
        ("", r"-[0-9]{3}-[0-9]{4}\b"),
        (CALLING, r"[- ][0-9]{3,4}\b"),
        (r"\(", r"\)\s?[0-9]{3}[-. ][0-9]{4}\b"),
    ),
    "dial": (
        (CALLING, ""),
        ("", r"\s*-?\s*(?:calls?|dispatch(?:er)?s?|operators?|(?:is|was)\s+the\s+(?:emergency\s+)?number)\b|[- ][0-9]{3,6}\b"),
    ),
    "identifier": (
        (r"[a-z]{2,}-", ""),
        (r"\b[a-z0-9]+-", r"-[a-z0-9]+"),
        (r"\b0[0-9]{1,4}[ /-](?:[0-9]{2,4}[ -])*", ""),
        (
            r"\b(?:sku|isbn|issn|id|ids|uid|gid|serial|part|model|ticket|case|order|invoice|flight|bug|issue|rfc|iso|pr|cve|no\.|nr\.)"
            r"\s*[#:=-]?\s*",
            "",
        ),
        (rf"\b(?:{NAMED})_", ""),
        (r"[0-9a-f]{6,}", ""),
        ("", r"[0-9a-f]{6,}|[a-f][0-9a-f]{2,}\b"),
    ),
    "colour": (
        (r"(?:colou?r|background|fill|stroke|border)[a-z-]*\s*[:=]\s*['\"]?#?", ""),
        ("#", r"\s*;"),
        (r"rgba?\([^)]*", ""),
        (r"(?:colou?r|background|fill|stroke|border|gr[ae]y)[a-z-]*[\s`'\"(]{1,3}#", ""),
    ),
    "version": (
        (POINTS, ""),
        (r"\bv\.?\s?[0-9.]*|\b(?:version|release|python|java|build)\s+[0-9]+\.[0-9.]*", ""),
        ("", r"\.[0-9]+\.[0-9]+"),
    ),
    "verse": ((rf"\b(?:[1-3]\s+)?{BOOK}\s+[0-9:]*", ""),),
    "range": (
        (rf"\b(?:{BETWEEN})\s+", TO + "[0-9]"),
        (rf"\b(?:{BETWEEN})\s+[0-9]+{TO}", ""),
        (rf"\b(?:{ORDERED})\s+", "", PAIR),
    ),
    "listing": ((rf"\b(?:{BETWEEN})\s+", ""),),
    "time": ((r"[0-9]{1,2}:(?:[0-9]{2}[.,])?", ""), ("", r":[0-5][0-9]|\s*(?:[ap]\.?m\.?|o'clock|uhr|hours?|hrs)\b")),
    "date": (
        (r"[0-9]{4}[-/.](?:[0-9]{1,2}[-/.])?", ""),
        ("", r"[-/.](?:[0-9]{1,2}[-/.])?[0-9]{4}\b"),
        (r"[0-9]{1,2}[-/.]", r"[-/.][0-9]{2,4}"),
        (rf"\b{MONTH}\.?\s+", r"(?:st|nd|rd|th)\b"),
        (rf"\b{MONTH}\.?\s+", "", PAIR),
        ("", rf"(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}\b"),
    ),
    "percent": (("", r"\s*(?:%|percent\b|per\s+cent\b)"),),
    "unit": (("", rf"\s*-?\s*{UNIT}"),),
    "duration": (("", rf"\s*-?\s*(?:{SPAN})\b"),),
    "ratio": (
        (r"\b(?:odds|ratio|scale|gear|contrast|compression|reduction)\b[^.]{0,28}", ""),
        ("", r"\s*(?:odds|ratio|compression|contrast|scale|dilution)\b"),
    ),
    "ordinal": (("", r"(?:st|nd|rd|th)\b"),),
    "port": ((r"\bport\s*[:=]?\s*|localhost:", ""), (":", "/")),
    "status": (
        (
            r"\b(?:https?(?:/[0-9.]+)?(?:\s+(?:status|error|response))?|status|error|response|exit|return|returned|returns)"
            r"(?:\s+code)?\s*[:=]?\s*",
            "",
        ),
        ("", r"\s+(?:not found|error|forbidden|ok)\b"),
    ),
    "address": (
        (POINTS, ""),
        (STREET, ""),
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
            r"art(?:icle|\.)|chapter|regulation|directive|resolution|bill|h\.r\.|s\.|no\.|nr\.|box|apt\.?|suite|lot|version|release|build|"
            r"ieee|din|en|ec|cas|doi\s+[0-9.]+/|fix(?:es)?|closes?|issue|pr|pull\s+request|refs?\.?|ext\.|hwy|rank|lvl|order|invoice|customer|pid|process|errno|error\s+code|exit\s+(?:code|status)|post\s?code|zip(?:\s+code)?|plz|inode|ticket|bug|figure|table|"
            r"job|rev(?:ision)?|tid|thread|step|iteration|carriage|coach|seat|prefilter|locker|unit|vat(?:\s+[a-z]{2})?|"
            rf"bib|start\s?nummer|pmid|hgnc|column|ic|appendix|annex|(?:{ROOM})\.?)\s*:?\s*#?\s*",
            "",
        ),
        (r"[a-z]+\s*\(", r"\)"),
        (r"\bhttp/[0-9.]{1,3}\"?\s+[1-5][0-9]{2}\s+", ""),
        ("", r"\s+of\s+(?:the|all)\s+[a-z]+s\b"),
        (r"\bpp?\.\s*[0-9]+\s*-\s*(?:[0-9]+\s*(?:and|,)\s*)?", ""),
        (r"§\s*|第\s*|\bu\+|\b(?:rfc|iso|cve|sku|din|en|ngc|hd|ieee|cas|row|page|line|room)-", ""),
        (r"\(#", r"\)"),
        (r"\breferences?\s*:\s*#?\s*", ""),
        (r"[-*]\s*#", r":"),
        (r"[0-9]+,\s*", rf"\s*\({CENTURY}\)"),
        (r"\bflat\s+[0-9]+,\s*", "", PAIR),
        (rf"\b(?:{NUMBERED})\s+", "", PAIR),
    ),
    "network": ((r"\b(?:[0-9a-f]{1,4}:){2,}:?|\b[0-9a-f]{1,4}::", ""), ("-", r"\.[a-z][a-z0-9-]*\.[a-z]{2,}")),
    "count": (
        (r"\b(?:population(?:\s+of)?|about|approximately|roughly|nearly|almost|over|exactly)[\s:]+|\bn\s*=\s*", ""),
        (rf"\b(?:{COUNTED}|[a-z]+-length|length|size)\s*[:=]\s*", ""),
        (r"\bpop\.?\s*:?\s*", ""),
        ("", r"\s+(?!was\b|is\b|has\b|as\b|its\b|his\b|this\b|always\b)[a-z]{3,}s\b", r"[0-9]{1,3}(?:,[0-9]{3})+"),
        ("", r"-(?:page|seat|bed|bit|piece|mile|year|point|man|room|word|line)\b|\s*\([0-9.,]+\s*%"),
        ("", rf"[\s-]+(?:{COUNTED})\b|\s*{MEASURE}|\s?(?:{COUNTER})"),
    ),
    "exercise": (
        (
            r"\b(?:only|first|last|next|limit:?|max\.?|min\.?|there\s+(?:are|were)|write|list|give|use|choose|spell)\s+(?:the\s+|me\s+|down\s+)?",
            "",
        ),
        (r"\b(?:learn|memori[sz]e|type|translate|cut|delete|add)\s+", ""),
        (rf"\b{WRITTEN}\s+(?:was|is|were|are|has|had|of|with|contains|contained|ran|runs)\s+(?:(?:to|only|just|about)\s+)?", ""),
        ("", r"\s+(?:per|correctly|short|long|each|left|an?\s+(?:day|week|line|minute|page)|in\s+(?:total|length|all)|and\s+[0-9])\b"),
    ),
    "score": (
        (
            r"\b(?:score[ds]?|grade|rating|record(?:\s+of)?|passed|won|lost|beat|series|roll(?:ed)?(?:\s+of)?|dice:?)\s+(?:a\s+)?|"
            r"\b[a-z]*elo\s+\"?",
            "",
        ),
        (
            "",
            r"\s+(?:points?|correct|answers?|tests?|passed|questions|record|season|weeks|units|goals|games)\b|\s+(?:on|in)\s+the\s+(?:test|exam)",
        ),
        ("", r"-[0-9]"),
        ("", r"\s+(?:at\s+(?:half|the\s+(?:break|half|interval|end|buzzer|whistle))|after\s+[a-z]+\s+(?:quarters?|sets?|periods?))", PAIR),
        (
            r"\b(?:scores?:|trail(?:ed|ing)|led|leading|ahead|behind|up|down|went|ended|finished|beat\s+(?:us|them)|final|"
            r"(?:score|vote|pressure)(?:\s+(?:is|was))?)\s*:?\s*",
            "",
            PAIR,
        ),
    ),
    "sum": (
        ("", r"\s*[=+*/×÷^<>]\s*[0-9]"),
        (r"(?:[0-9]+|\))\s*(?:[+*/×÷^-]|[=!<>]?=|[<>])\s*", ""),
        (r"\b(?:sum|total|product|answer|result)\s*(?:=|is|of|:)\s*|\b[a-z]\s*=\s*|\\boxed\{", ""),
        (r"\bto\s+(?:get|make|give)\s+|#{3,4}\s+", ""),
        (r"\b(?:half|third|quarter|twice|double)\s+(?:of\s+)?[0-9.,]+\s+(?:is|equals|makes)\s+", ""),
        (r"\b(?:convert|calculate|compute|simplify|evaluate|factori[sz]e)\s+", ""),
        (r"\b(?:add|round|multiply|divide|subtract)\s+", r"\s+(?:to\s+the\s+nearest\b|(?:to|by|from|and)\s+[0-9])"),
        ("", r"\s+(?:mod|(?:divided|multiplied|is\s+(?:not\s+)?divisible)\s+by|in\s+(?:binary|octal|hex(?:adecimal)?|base)|rounds\s+to)\b"),
        ("", rf"\s+is\s+(?:not\s+)?(?:an?\s+)?(?:{KIND})\b(?!\s+(?!and\b|number)[a-z])"),
        (r"\bis\s+", rf",?\s+(?:an?\s+)?(?:{KIND}|divisible)\b"),
        ("", r"\s+(?:as\s+an?\s+(?:decimal|fraction|percentage)|reduces|simplifies|is\s+(?:larger|smaller|greater|less))\b"),
    ),
    "mode": (
        (r"\b(?:chmod|umask|mode|modo|tryb|permissions?|mkdir\s+-m|mknod\s+(?:-?m)?)\s*[:=,]?\s*0?", ""),
        ("", r"\s+permissions?\b"),
        (rf"(?:\b(?:chmod|umask|permissions?)\b|{ACCESS})[^\n]{{0,30}}", "", "0?[0-7]{3}"),
        ("", rf"[^\n]{{0,20}}(?:\b(?:umask|permissions?)\b|{ACCESS})", "0?[0-7]{3}"),
        (rf"{any_of('モードは モード')}\s*", "", "0?[0-7]{3}"),
        # Two modes and words between them.
        (r"0[0-7]{3}(?![0-9])[^0-9]{0,30}[^\W0-9][^0-9]{0,30}", "", "0[0-7]{3}"),
        ("", r"[^0-9]{0,18}[^\W0-9][^0-9]{0,18}0[0-7]{3}(?![0-9])", "0[0-7]{3}"),
    ),
    "link": ((r"\b(?:https?://|www\.)[^\s\"'<>]*", ""), (r"(?<![a-z0-9])/(?:[a-z0-9_.-]+/)+", "")),
    "code": (
        (
            r"\b[a-z][a-z0-9]*[_.][a-z0-9_.]+\s*=\s*|\b[a-z][a-z0-9_.-]*(?:=\"?|\s*[=!<>]=\s*)|\.[a-z]{1,4}:|\"[a-z_]+\"\s*:\s*|"
            r"(?<![a-z0-9])(?:--[a-z0-9][a-z-]*[ =]|-[a-z0-9][a-z-]*=|-[a-z0-9] )|#define\s+[a-z0-9_]+\s+",
            "",
        ),
        (r"\b[a-z][a-z0-9_.-]*\s*[<>]\s*", r"(?!\s*[<>])"),
        (r"\b(?:return|assert)\s+", r"\s*(?:[;}\n]|\Z)"),
        (r":=\s*", ""),
        (r"=\s*", r";"),
        (r"[a-z][a-z0-9_.]*(?:\({1,2}(?:[0-9]+,\s*)?|\[)", r"[\]),]"),
        (r"\b(?:if|elif|while|switch)\s+", r"\s*(?:[;:{}\n]|return\b|\Z)"),
    ),
    "series": (
        (r"\b[a-z][0-9]{1,3}\b[^\n]{0,24}|\bn-|[!:(]|\b(?:capacitor|resistor|connector|road|chains?|caldwell)\s+", ""),
        ("", r"[^\n]{0,20}\b[a-z][0-9]{1,3}\b|:[0-9]|\s?h[0-9]|\s+(?:plug|connector|alcohol|compiler|road|socket|inlet|chain)s?\b"),
    ),
    "religion": ((rf"{FAITH}[^\n]{{0,36}}", ""), ("", rf"[^\n]{{0,20}}{FAITH}")),
    "praise": ((rf"{GAMERS}[^\n]{{0,36}}", ""), ("", rf"[^\n]{{0,20}}{GAMERS}")),
    "lightning": (
        (rf"\b{SPARKS}[^\n]{{0,30}}", "", "[⚡↯]+"),
        ("", rf"[^\n]{{0,20}}\b{SPARKS}", "[⚡↯]+"),
    ),
    "cell": ((r"\|\s*", r"\s*\|"), (r"[a-z0-9]+[,;]", r"[,;][a-z0-9]|\n"), (r"[a-z0-9.]+(?: {3,}|\t)", r" *[\n\t]")),
    "vehicle": (
        (MAKER, ""),
        (r"\bthe\s+", r"\s*(?:carrera|turbo|gt[23]?|targa|max|series|[a-z]?\s+(?:car|plane|aircraft|jet))\b"),
    ),
}
IN_LISTS = ("price", "percent", "label", "count", "mode")
"""The contexts that a sign or a word shows; the others are shown by digits as well, and a number list is full of those."""
QUANTITIES = ("price", "percent", "unit", "duration", "dimension", "version", "score", "count", "sum", "ratio", "code", "cell", "time")
"""The contexts of amounts, measurements, scores and versions, in which a point between two numbers is a decimal point."""
