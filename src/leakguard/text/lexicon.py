"""Number words of the languages that are read: data only.

In a table, words are in order of value and "/" separates spellings of the same value; a word that ends in "-" occurs only inside a longer
word (Spanish "veinti-" in "veintiuno").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Language:
    """How numbers are written in words in one language.

    - `name`: "" for English. `script`: letters, numerals, kana or hangul.
    - `words`: values that are added. `times`: multipliers of what comes before them; `bare_times`: a hundred needs no "one" before it.
    - `joiners`: words that only connect; `joins_tens`: also after tens. `unit_first`: units come before tens. `twenties`: French 70, 80,
      90.
    - `colloquial`: the last unit may be left out, as in Chinese.
    - `apart`: short words that are numbers only beside others. `repeats`: "double". `plurals`: digits that can be counted ("three sixes").
    - `suffixes`: possible endings of a token. `ordinals`, `points`: words after which the number before them is not a whole number.
    - `shy`: words that are not read alone. `homographs`: words that are also common English words, and no evidence of the language.
    """

    name: str
    words: Mapping[str, int]
    times: Mapping[str, int]
    joiners: frozenset[str] = frozenset()
    joins_tens: bool = False
    unit_first: bool = False
    twenties: bool = False
    bare_times: bool = True
    colloquial: bool = False
    apart: Mapping[str, int] = field(default_factory=dict)
    repeats: Mapping[str, int] = field(default_factory=dict)
    plurals: Mapping[str, int] = field(default_factory=dict)
    shy: frozenset[str] = frozenset()
    homographs: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    ordinals: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    script: str = "letters"


def _row(table: str, start: int = 0, step: int = 1) -> dict[str, int]:
    """Return words in order of value: from `start` on, in steps of `step`."""
    return {word: start + step * place for place, entry in enumerate(table.split()) for word in entry.split("/")}


def _worth(table: str) -> dict[str, int]:
    """Parse a table such as "a/b=10" and return {word: value}."""
    return {word: int(value) for words, value in (entry.split("=") for entry in table.split()) for word in words.split("/")}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = Language(
    name="",
    words=_row("zero/nought/naught one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen")
    | _row("seventeen eighteen nineteen", 17)
    | _row("twenty thirty forty/fourty fifty sixty seventy eighty ninety/ninty", 20, 10),
    times={"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9},
    joiners=_set("and"),
    bare_times=False,
    apart={"a": 1, "oh": 0},
    repeats={"double": 2, "triple": 3, "treble": 3, "quadruple": 4},
    plurals=_row("zeros/zeroes ones twos threes fours fives sixes sevens eights nines"),
    ordinals=_set(
        "first third thirds fourth fourths fifth fifths sixth sixths seventh sevenths eighth eighths ninth ninths tenth tenths "
        "eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth "
        "fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth hundredths thousandth thousandths"
    ),
    points=_set("point"),
)

GERMAN = Language(
    name="German",
    words=_row("null eins/ein/eine zwei/zwo drei vier fünf/fuenf sechs sieben acht neun zehn elf zwölf/zwoelf dreizehn vierzehn")
    | _row("fünfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn", 15)
    | _row("zwanzig dreißig/dreissig vierzig fünfzig/fuenfzig sechzig siebzig achtzig neunzig", 20, 10),
    times={"hundert": 100, "tausend": 1000},
    joiners=_set("und"),
    joins_tens=True,
    unit_first=True,
    points=_set("komma"),
    repeats={"doppel": 2, "dreifach": 3},
    shy=_set("ein eine"),
    homographs=_set("null elf"),
)

DUTCH = Language(
    name="Dutch",
    words=_row("nul een/één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien")
    | _row("achttien negentien", 18)
    | _row("twintig dertig veertig vijftig zestig zeventig tachtig negentig", 20, 10),
    times={"honderd": 100, "duizend": 1000},
    joiners=_set("en"),
    joins_tens=True,
    unit_first=True,
    points=_set("komma"),
    repeats={"dubbel": 2, "driedubbel": 3},
    shy=_set("nul een tien"),
    homographs=_set("elf"),
)

FRENCH = Language(
    name="French",
    words=_row("zéro un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
    | _row("vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante", 20, 10),
    times={"cent": 100, "cents": 100, "mille": 1000, "mil": 1000},
    joiners=_set("et"),
    joins_tens=True,
    twenties=True,
    repeats={"double": 2, "triple": 3},
    shy=_set("une sept dix seize mille mil"),
    homographs=_set("un cent cents"),
    ordinals=_set(
        "unième deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième treizième "
        "quatorzième quinzième seizième vingtième trentième quarantième cinquantième soixantième centième millième"
    ),
    points=_set("virgule"),
)

SPANISH = Language(
    name="Spanish",
    words=_row("cero uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince")
    | _row("dieciséis diecisiete dieciocho diecinueve", 16)
    | _row("veinte/veinti- treinta cuarenta cincuenta sesenta setenta ochenta noventa", 20, 10)
    | _row("cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas quinientos/quinientas", 100, 100)
    | _row("seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas novecientos/novecientas", 600, 100),
    times={"mil": 1000},
    joiners=_set("y"),
    joins_tens=True,
    points=_set("coma punto"),
    repeats={"doble": 2, "triple": 3},
    shy=_set("una uno dos tres quince mil"),
    homographs=_set("un once"),
)

PORTUGUESE = Language(
    name="Portuguese",
    words=_row("zero um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze quinze")
    | _row("dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove", 16)
    | _row("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
    | _row("cem/cento duzentos/duzentas trezentos/trezentas quatrocentos/quatrocentas quinhentos/quinhentas", 100, 100)
    | _row("seiscentos/seiscentas setecentos/setecentas oitocentos/oitocentas novecentos/novecentas", 600, 100),
    times={"mil": 1000},
    joiners=_set("e"),
    joins_tens=True,
    points=_set("vírgula ponto"),
    repeats={"duplo": 2, "triplo": 3},
    shy=_set("uma três mil cem cento"),
    homographs=_set("um"),
)

ITALIAN = Language(
    name="Italian",
    words=_row("zero uno/un/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici")
    | _row("diciassette diciotto diciannove", 17)
    | _row("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", 20, 10)
    | _row("ventuno trentuno quarantuno cinquantuno sessantuno settantuno ottantuno novantuno", 21, 10)
    | _row("ventotto trentotto quarantotto cinquantotto sessantotto settantotto ottantotto novantotto", 28, 10),
    times={"cento": 100, "cent-": 100, "mille": 1000, "mila": 1000},
    points=_set("virgola punto"),
    repeats={"doppio": 2, "triplo": 3},
    shy=_set("uno una tre sei otto cento mille mila venti trenta"),
    homographs=_set("un due"),
)

RUSSIAN = Language(
    name="Russian",
    words=_row("ноль/нуль один/одна/одно два/две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать")
    | _row("четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать", 14)
    | _row("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто", 20, 10)
    | _row("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот", 100, 100),
    times={"тысяча": 1000, "тысячи": 1000, "тысяч": 1000},
    homographs=_set("cto copok"),
)

CHINESE = Language(
    name="Chinese",
    words=_row("零/〇 一/壹/壱 二/贰/貳/兩/两/弐 三/叁/參/叄/参 四/肆 五/伍 六/陆/陸 七/柒/漆 八/捌 九/玖") | {"廿": 20, "卅": 30},
    times=_worth("十/拾=10 百/佰=100 千/仟=1000 万/萬=10000 亿/億=100000000"),
    points=_set("点 點"),
    colloquial=True,
    script="numerals",
)
KANJI = replace(CHINESE, name="Japanese", colloquial=False)

_HIRAGANA = _row("れい/ゼロ/ぜろ/まる いち/いっ- に さん し/よん/よ- ご ろく/ろっ- しち/なな はち/はっ- きゅう/く")
_KANA_TIMES = _worth("じゅう/じゅっ-=10 ひゃく/びゃく/ぴゃく=100 せん/ぜん=1000 まん=10000")


def _katakana(words: Mapping[str, int]) -> dict[str, int]:
    """Return the words in hiragana and in katakana, with their values."""
    return {"".join(chr(ord(c) + 96) if "ぁ" <= c <= "ん" else c for c in word): value for word, value in words.items()} | dict(words)


JAPANESE = Language(name="Japanese", words=_katakana(_HIRAGANA) | {"キュー": 9}, times=_katakana(_KANA_TIMES), script="kana")

KOREAN = Language(
    name="Korean",
    words=_row("영/공/령 일 이 삼 사 오 육/륙 칠 팔 구"),
    times=_worth("십=10 백=100 천=1000 만=10000"),
    suffixes=tuple(_row("번 호 호실 원 명 개 년 월 층 점 회 쪽 입니다 이다 을 를 은 는 이 가 의 에")),
    script="hangul",
)

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, DUTCH, PORTUGUESE, ITALIAN, RUSSIAN, CHINESE, KANJI, JAPANESE, KOREAN)
