"""The words and signs that contexts are made of, as patterns: months, units, what is counted, who is named, file modes."""

from leakguard.text.alternation import make_alternation
from leakguard.text.fold import FoldTable, fold


def any_of(words: str) -> str:
    """Any of these words as the text around a match is read: letters that look alike and accents are folded."""
    return make_alternation(fold(word, _TABLE).lower() for word in words.split())


_TABLE = FoldTable()
MONTH = (
    r"(?:jan(?:uary?|vier)?|feb(?:ruary?)?|mar(?:ch|s|zo)?|ma[iy]|apr(?:il)?|jun[ei]?|jul[iy]?|jui(?:n|llet)|aug(?:ust)?|"
    r"(?:sept?|o[ck]t|nov|de[cz])(?:em|o)?(?:b(?:er|r[eo]))?)"
)
CENTURY = r"(?:1[0-9]|20)[0-9]{2}"
UNIT = (
    r"(?:k?m|[cmn]m|km/h|mph|miles?|yards?|yd|feet|foot|ft|inch(?:es)?|in(?!\s+[a-z])|kg|g|mg|lbs?|pounds?|oz|tons?|litres?|liters?|ml|cl|l|"
    r"hrs?|h|mins?|secs?|s|ms|°|degrees?|kw|w(?!/)|watts?|v|volts?|hz|mhz|ghz|"
    r"[kmgt]i?b|px|pt|dpi|rpm|bpm|psi|calories|kcal|grams?|meters?|metres?|acres?|square|sq|mesh|horsepower|hp|decibels?|db|pixels?|bytes?|bits)[23]?\b"
)
SPAN = any_of(
    "second seconds minute minutes hour hours day days week weeks month months year years Minuten Stunden Tage Tagen Wochen Monate Monaten "
    "Jahre Jahren heures jours ans horas días años anos giorni anni лет дней"
)
COUNTED = any_of(
    "people persons inhabitants residents visitors guests members students soldiers men women children cases deaths seats words pages "
    "points votes copies items entries rows lines files users units participants volunteers patients respondents employees subscribers "
    "followers downloads images photos samples tokens vulnerabilities key keys coins gold steps books tests workers tickets messages "
    "records requests "
    "rooms cars voters houses households families souls head sheep ships trees views likes shares stars plays upvotes clicks visits "
    "Seiten Einwohner Einwohnern Teilnehmer Besucher Zuschauer Personen Stimmen Menschen Mitarbeiter Mitglieder "
    "Bücher habitants personnes voix livres páginas personas habitantes asistentes participantes votos libros pessoas pagine persone "
    "abitanti opere libri мест человек людей страниц книг صفحة"
)
MEASURE = (
    r"(?:million|billion|thousand|mn|bn|mio|hectares?|ha|guilders?|roubles?|"
    r"k?j|cal|cc|ccm|m?ah|[km]?wh|[mg]w|kv|lm|lumens?|lux|ohms?|k?pa|kilos?|kilograms?|kilomet(?:er|re)s?|"
    r"zl|kc|kr|pln|czk|sek|kron(?:en|er|or)|pesos|francs)\b"
)
COUNTER = any_of(
    "人 名 个 個 件 页 頁 ページ 冊 册 本 张 張 回 次 명 개 권 쪽 회 円 元 원 рублей Ω 米 公里 公斤 公尺 平方 キロ グラム メートル"
)
NAMED = any_of(
    "user users account acc item order image img file row node task job test customer client device sensor product message msg request req "
    "session page frame line record doc document sample key col table batch chunk ref invoice event log entry question example"
)
ROOM = any_of(
    "Seite Zimmer Raum Zug Postfach Linie Bd Rechnung facture factura página pagina habitación vuelo chambre стр страница комната"
)
STREET = r"[a-z]+(?:stra(?:ß|ss)e|str\.|platz|allee)\s+|\b(?:rue|rua|via|calle|avenida|av\.)\s+[a-z][a-z ]{2,24},\s+"
BOOK = (
    r"(?:genesis|exodus|leviticus|numbers|deuteronomy|joshua|judges|ruth|samuel|kings|chronicles|ezra|nehemiah|esther|job|psalms?|"
    r"proverbs|ecclesiastes|isaiah|jeremiah|ezekiel|daniel|hosea|joel|amos|micah|matthew|mark|luke|john|acts|romans|corinthians|"
    r"galatians|ephesians|philippians|colossians|thessalonians|timothy|titus|hebrews|james|peter|jude|revelation|surah?|quran|verse)"
)
TO = r"\s*(?:-|to|and|until|through|bis)\s*"
CALL = r"call|dial|phone|tel(?:efon|ephone)?\.?|fax|text"
CALLING = rf"\b(?:called|calling|calls|dialed|dialing|hotline|number to dial|{CALL})\s*(?:us|at|on|:)?\s*"
ORDERED = r"rows|seats|rooms|lines|sections|articles|pages|pp\.|columns|steps|ages|aged|chapters|items|questions|verses|grades|days|weeks"
BETWEEN = rf"{ORDERED}|between|from"
WRITTEN = r"(?:answers?|essay|reply|text|summary|sentence|title|caption|response|poem|line|paragraph|message|headline|abstract|prompt)"
FAITH = (
    r"(?:jain|buddh|hindu|temple|shrine|pagoda|manji|mandala|religi|dharma|bibl|revelation|apocalyp|scripture|prophe|unicode|u\+53|code\s?point|"
    rf"{any_of('寺 仏 佛 神社 お守り 地図 地图 храм будд')})"
)
GAMERS = rf"(?:netizen|chinese|china\b|{any_of('厉害 刷屏 玩家 网友 主播 老铁 弹幕')})"
NUMBERED = r"vv?\.|nos?\.|cases?|form|voltage|epoch|question|slide|step|batch|episode|lesson|module|part|task|folge|frage|teil"
SPARKS = r"(?:storm|thunder|lightning|weather|batter|charg|energ|power|electr|volt|flash|fast|band|kiss|type)"
ACCESS = (
    rf"(?:modus|zugriffsrecht|dateirecht|{any_of('权限 權限 パーミッション droits accès permisos permessi права доступ dostęp uprawnie')})"
)
POINTS = r"[0-9]+\.[0-9]+\."
KIND = r"even|odd|prime|composite|triangular|perfect\s+(?:square|cube|number)"
PAIR = r"[0-9]+[^0-9]+[0-9]+"
MAKER = r"\b(?:porsche|boeing|airbus|bmw|audi|peugeot|ferrari|fiat|mazda|volvo|saab|tesla)\s+"
