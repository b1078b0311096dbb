"""Named contexts in which a listed number or word is usually honest.

A context is a list of sides: what may stand right before a match and right after it, in lower case ("" for anything), and how
the match itself is written, if that matters. A rule that names the context in `not_inside` is silent there, one that names it in
`note_inside` speaks as a note. What may silence a code that hardly means anything else must show more than a word that may stand
before any code: the other end of a range, a sign of money, the other groups of a telephone number.
"""

from collections.abc import Sequence

from leakguard.text.fold import FoldTable, fold
from leakguard.text.patterns import alternatives

Side = tuple[str, str] | tuple[str, str, str]


def _any_of(words: str) -> str:
    """Any of these words as the text around a match is read: letters that look alike and accents are folded."""
    return alternatives(fold(word, _TABLE).lower() for word in words.split())


_TABLE = FoldTable()
_MONTH = (
    r"(?:jan(?:uary?|vier)?|feb(?:ruary?)?|mar(?:ch|s|zo)?|ma[iy]|apr(?:il)?|jun[ei]?|jul[iy]?|jui(?:n|llet)|aug(?:ust)?|"
    r"(?:sept?|o[ck]t|nov|de[cz])(?:em|o)?(?:b(?:er|r[eo]))?)"
)
_CENTURY = r"(?:1[0-9]|20)[0-9]{2}"
_UNIT = (
    r"(?:k?m|[cmn]m|km/h|mph|miles?|yards?|yd|feet|foot|ft|inch(?:es)?|in(?!\s+[a-z])|kg|g|mg|lbs?|pounds?|oz|tons?|litres?|liters?|ml|cl|l|"
    r"hrs?|h|mins?|secs?|s|ms|°|degrees?|kw|w(?!/)|watts?|v|volts?|hz|mhz|ghz|"
    r"[kmgt]i?b|px|pt|dpi|rpm|bpm|psi|calories|kcal|grams?|meters?|metres?|acres?|square|sq|mesh|horsepower|hp|decibels?|db|pixels?|bytes?|bits)[23]?\b"
)
_SPAN = _any_of(
    "second seconds minute minutes hour hours day days week weeks month months year years Minuten Stunden Tage Tagen Wochen Monate Monaten "
    "Jahre Jahren heures jours ans horas días años anos giorni anni лет дней"
)
_COUNTED = _any_of(
    "people persons inhabitants residents visitors guests members students soldiers men women children cases deaths seats words pages "
    "points votes copies items entries rows lines files users units participants volunteers patients respondents employees subscribers "
    "followers downloads images photos samples tokens vulnerabilities key keys coins gold steps books tests workers tickets messages "
    "records requests "
    "rooms cars voters houses households families souls head sheep ships trees views likes shares stars plays upvotes clicks visits "
    "Seiten Einwohner Einwohnern Teilnehmer Besucher Zuschauer Personen Stimmen Menschen Mitarbeiter Mitglieder "
    "Bücher habitants personnes voix livres páginas personas habitantes asistentes participantes votos libros pessoas pagine persone "
    "abitanti opere libri мест человек людей страниц книг صفحة"
)
_MEASURE = (
    r"(?:million|billion|thousand|mn|bn|mio|hectares?|ha|guilders?|roubles?|"
    r"k?j|cal|cc|ccm|m?ah|[km]?wh|[mg]w|kv|lm|lumens?|lux|ohms?|k?pa|kilos?|kilograms?|kilomet(?:er|re)s?|"
    r"zl|kc|kr|pln|czk|sek|kron(?:en|er|or)|pesos|francs)\b"
)
_COUNTER = _any_of(
    "人 名 个 個 件 页 頁 ページ 冊 册 本 张 張 回 次 명 개 권 쪽 회 円 元 원 рублей Ω 米 公里 公斤 公尺 平方 キロ グラム メートル"
)
_ROOM = _any_of(
    "Seite Zimmer Raum Zug Postfach Linie Bd Rechnung facture factura página pagina habitación vuelo chambre стр страница комната"
)
_STREET = r"[a-z]+(?:stra(?:ß|ss)e|str\.|platz|allee)\s+|\b(?:rue|rua|via|calle|avenida|av\.)\s+[a-z][a-z ]{2,24},\s+"
_BOOK = (
    r"(?:genesis|exodus|leviticus|numbers|deuteronomy|joshua|judges|ruth|samuel|kings|chronicles|ezra|nehemiah|esther|job|psalms?|"
    r"proverbs|ecclesiastes|isaiah|jeremiah|ezekiel|daniel|hosea|joel|amos|micah|matthew|mark|luke|john|acts|romans|corinthians|"
    r"galatians|ephesians|philippians|colossians|thessalonians|timothy|titus|hebrews|james|peter|jude|revelation|surah?|quran|verse)"
)
_TO = r"\s*(?:-|to|and|until|through|bis)\s*"
_CALL = r"call|dial|phone|tel(?:efon|ephone)?\.?|fax|text"
_CALLING = rf"\b(?:called|calling|calls|dialed|dialing|hotline|number to dial|{_CALL})\s*(?:us|at|on|:)?\s*"
_ORDERED = r"rows|seats|rooms|lines|sections|articles|pages|pp\.|columns|steps|ages|aged|chapters|items|questions|verses|grades|days|weeks"
_BETWEEN = rf"{_ORDERED}|between|from"
_WRITTEN = r"(?:answers?|essay|reply|text|summary|sentence|title|caption|response|poem|line|paragraph|message|headline|abstract|prompt)"
_FAITH = (
    r"(?:jain|buddh|hindu|temple|shrine|pagoda|manji|mandala|religi|dharma|bibl|revelation|apocalyp|scripture|prophe|unicode|u\+53|code\s?point|"
    rf"{_any_of('寺 仏 佛 神社 お守り 地図 地图 храм будд')})"
)
_GAMERS = rf"(?:netizen|chinese|china\b|{_any_of('厉害 刷屏 玩家 网友 主播 老铁 弹幕')})"
_NUMBERED = r"vv?\.|nos?\.|cases?|form|voltage|epoch|question|slide|step|batch|episode|lesson|module|part|task|folge|frage|teil"
_SPARKS = r"(?:storm|thunder|lightning|weather|batter|charg|energ|power|electr|volt|flash|fast|band|kiss|type)"
_POINTS = r"[0-9]+\.[0-9]+\."
_KIND = r"even|odd|prime|composite|triangular|perfect\s+(?:square|cube|number)"
_PAIR = r"[0-9]+[^0-9]+[0-9]+"
_MAKER = r"\b(?:porsche|boeing|airbus|bmw|audi|peugeot|ferrari|fiat|mazda|volvo|saab|tesla)\s+"

CONTEXTS: dict[str, Sequence[Side]] = {
    "year": (
        (
            r"\b(?:in|since|until|by|from|of|year|circa|c\.|ca\.|anno(?:\s+domini)?|geb\.?|born|died|ad|around|before|after|during|"
            rf"{_MONTH}|summer|spring|autumn|winter|early|late|jahre?|seit|ann\u00e9e|ann[eo]e?|en|nel|a\u00f1o|ano|roku?)\s+",
            r"(?!\s*(?:%|(?!(?:was|is|has|as|its|his|this|us)\b)[a-z]+s\b))",
        ),
        ("", r"\s*(?:ad|bc|ce|bce|edition)\b"),
        ("", rf"\s?(?:{_any_of('год году года roku 年 년')})"),
        (r"\b(?:born|died|year|founded|built)\s*:\s*|\b[bd]\.\s+", ""),
        (r"\b(?:wurde|starb|stirbt|geboren|عام)\s+", ""),
        ("", rf"s\b|\s*(?:-|to|and|und|y|et|until|bis|al?)\s*{_CENTURY}\b"),
        (rf"\b{_CENTURY}\s*(?:-|to|and|und|y|et|until|bis|al?)\s*", ""),
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
            rf"(?:\+|\b(?:{_CALL}|ring)(?:\s*(?:us|at|on))?[: ]+[(+]?)[0-9][0-9 ()/-]*",
            "",
        ),
        ("", r"-[0-9]{3}-[0-9]{4}\b"),
        (_CALLING, r"[- ][0-9]{3,4}\b"),
    ),
    "dial": (
        (_CALLING, ""),
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
        (r"[0-9a-f]{6,}", ""),
        ("", r"[0-9a-f]{6,}|[a-f][0-9a-f]{2,}\b"),
    ),
    "colour": ((r"(?:colou?r|background|fill|stroke|border)[a-z-]*\s*[:=]\s*['\"]?#?", ""), ("#", r"\s*;"), (r"rgba?\([^)]*", "")),
    "version": (
        (_POINTS, ""),
        (r"\bv\.?\s?[0-9.]*|\b(?:version|release|python|java|build)\s+[0-9]+\.[0-9.]*", ""),
        ("", r"\.[0-9]+\.[0-9]+"),
    ),
    "verse": ((rf"\b(?:[1-3]\s+)?{_BOOK}\s+[0-9:]*", ""),),
    "range": (
        (rf"\b(?:{_BETWEEN})\s+", _TO + "[0-9]"),
        (rf"\b(?:{_BETWEEN})\s+[0-9]+{_TO}", ""),
        (rf"\b(?:{_ORDERED})\s+", "", _PAIR),
    ),
    "listing": ((rf"\b(?:{_BETWEEN})\s+", ""),),
    "time": ((r"[0-9]{1,2}:(?:[0-9]{2}[.,])?", ""), ("", r":[0-5][0-9]|\s*(?:[ap]\.?m\.?|o'clock|uhr|hours?|hrs)\b")),
    "date": (
        (r"[0-9]{4}[-/.](?:[0-9]{1,2}[-/.])?", ""),
        ("", r"[-/.](?:[0-9]{1,2}[-/.])?[0-9]{4}\b"),
        (r"[0-9]{1,2}[-/.]", r"[-/.][0-9]{2,4}"),
        (rf"\b{_MONTH}\.?\s+", r"(?:st|nd|rd|th)\b"),
        (rf"\b{_MONTH}\.?\s+", "", _PAIR),
        ("", rf"(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b"),
    ),
    "percent": (("", r"\s*(?:%|percent\b|per\s+cent\b)"),),
    "unit": (("", rf"\s*-?\s*{_UNIT}"),),
    "duration": (("", rf"\s*-?\s*(?:{_SPAN})\b"),),
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
        (_POINTS, ""),
        (_STREET, ""),
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
            r"job|rev(?:ision)?|tid|thread|step|iteration|carriage|coach|seat|gate|locker|unit|vat(?:\s+[a-z]{2})?|"
            rf"pmid|hgnc|column|ic|appendix|annex|(?:{_ROOM})\.?)\s*:?\s*#?\s*",
            "",
        ),
        (r"[a-z]+\s*\(", r"\)"),
        ("", r"\s+of\s+(?:the|all)\s+[a-z]+s\b"),
        (r"\bpp?\.\s*[0-9]+\s*-\s*(?:[0-9]+\s*(?:and|,)\s*)?", ""),
        (r"§\s*|第\s*|\bu\+|\b(?:rfc|iso|cve|sku|din|en|ngc|hd|ieee|cas|row|page|line|room)-", ""),
        (r"\(#", r"\)"),
        (r"[-*]\s*#", r":"),
        (r"[0-9]+,\s*", rf"\s*\({_CENTURY}\)"),
        (r"\bflat\s+[0-9]+,\s*", "", _PAIR),
        (rf"\b(?:{_NUMBERED})\s+", "", _PAIR),
    ),
    "network": ((r"\b(?:[0-9a-f]{1,4}:){2,}:?|\b[0-9a-f]{1,4}::", ""), ("-", r"\.[a-z][a-z0-9-]*\.[a-z]{2,}")),
    "count": (
        (r"\b(?:population(?:\s+of)?|about|approximately|roughly|nearly|almost|over|exactly)[\s:]+|\bn\s*=\s*", ""),
        (rf"\b(?:{_COUNTED}|[a-z]+-length|length|size)\s*[:=]\s*", ""),
        (r"\bpop\.?\s*:?\s*", ""),
        ("", r"\s+(?!was\b|is\b|has\b|as\b|its\b|his\b|this\b|always\b)[a-z]{3,}s\b", r"[0-9]{1,3}(?:,[0-9]{3})+"),
        ("", r"-(?:page|seat|bed|bit|piece|mile|year|point|man|room|word|line)\b|\s*\([0-9.,]+\s*%"),
        ("", rf"[\s-]+(?:{_COUNTED})\b|\s*{_MEASURE}|\s?(?:{_COUNTER})"),
    ),
    "exercise": (
        (
            r"\b(?:only|first|last|next|limit:?|max\.?|min\.?|there\s+(?:are|were)|write|list|give|use|choose|spell)\s+(?:the\s+|me\s+|down\s+)?",
            "",
        ),
        (r"\b(?:learn|memori[sz]e|type|translate|cut|delete|add)\s+", ""),
        (rf"\b{_WRITTEN}\s+(?:was|is|were|are|has|had|of|with|contains|contained|ran|runs)\s+(?:(?:to|only|just|about)\s+)?", ""),
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
        ("", r"\s+(?:at\s+(?:half|the\s+(?:break|half|interval))|after\s+[a-z]+\s+(?:quarters?|sets?|periods?))", _PAIR),
        (
            r"\b(?:scores?:|trail(?:ed|ing)|led|leading|ahead|behind|up|down|went|ended|finished|beat\s+(?:us|them)|final|"
            r"(?:score|vote|pressure)(?:\s+(?:is|was))?)\s*:?\s*",
            "",
            _PAIR,
        ),
    ),
    "sum": (
        ("", r"\s*[=+*/×÷^<>]\s*[0-9]"),
        (r"(?:[0-9]+|\))\s*(?:[+*/×÷^-]|[=!<>]?=|[<>])\s*", ""),
        (r"\b(?:sum|total|product|answer|result)\s*(?:=|is|of|:)\s*|\b[a-z]\s*=\s*|\\boxed\{", ""),
        (r"\bto\s+(?:get|make|give)\s+", ""),
        (r"\b(?:half|third|quarter|twice|double)\s+(?:of\s+)?[0-9.,]+\s+(?:is|equals|makes)\s+", ""),
        (r"\b(?:convert|calculate|compute|simplify|evaluate|factori[sz]e)\s+", ""),
        (r"\b(?:add|round|multiply|divide|subtract)\s+", r"\s+(?:to\s+the\s+nearest\b|(?:to|by|from|and)\s+[0-9])"),
        ("", r"\s+(?:mod|(?:divided|multiplied|is\s+(?:not\s+)?divisible)\s+by|in\s+(?:binary|octal|hex(?:adecimal)?|base)|rounds\s+to)\b"),
        ("", rf"\s+is\s+(?:not\s+)?(?:an?\s+)?(?:{_KIND})\b(?!\s+(?!and\b|number)[a-z])"),
        (r"\bis\s+", rf",?\s+(?:an?\s+)?(?:{_KIND}|divisible)\b"),
        ("", r"\s+(?:as\s+an?\s+(?:decimal|fraction|percentage)|reduces|simplifies|is\s+(?:larger|smaller|greater|less))\b"),
    ),
    "mode": ((r"\b(?:chmod|umask|mode|permissions?|mkdir\s+-m)\s*[:=,]?\s*0?", ""), ("", r"\s+permissions?\b")),
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
    "religion": ((rf"{_FAITH}[^\n]{{0,36}}", ""), ("", rf"[^\n]{{0,20}}{_FAITH}")),
    "praise": ((rf"{_GAMERS}[^\n]{{0,36}}", ""), ("", rf"[^\n]{{0,20}}{_GAMERS}")),
    "lightning": (
        (rf"\b{_SPARKS}[^\n]{{0,30}}", "", "[⚡↯]+"),
        ("", rf"[^\n]{{0,20}}\b{_SPARKS}", "[⚡↯]+"),
    ),
    "cell": ((r"\|\s*", r"\s*\|"), (r"[a-z0-9]+[,;]", r"[,;][a-z0-9]|\n"), (r"[a-z0-9.]+(?: {3,}|\t)", r" *[\n\t]")),
    "vehicle": (
        (_MAKER, ""),
        (r"\bthe\s+", r"\s*(?:carrera|turbo|gt[23]?|targa|max|series|[a-z]?\s+(?:car|plane|aircraft|jet))\b"),
    ),
}
IN_LISTS = ("price", "percent", "label", "count", "mode")
"""The contexts that a sign or a word shows; the others are shown by digits as well, and a number list is full of those."""
