"""Numbers from 0 to 9999 spelled out in many languages, independently of the reader's tables."""

from collections.abc import Callable


def words(text: str) -> list[str]:
    return text.split()


EN_SMALL = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
EN_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def english(n: int, conjunction: str = " and ") -> str:
    if n < 20:
        return EN_SMALL[n]
    if n < 100:
        return EN_TENS[n // 10] + ("-" + EN_SMALL[n % 10] if n % 10 else "")
    if n < 1000:
        return f"{EN_SMALL[n // 100]} hundred" + (conjunction + english(n % 100) if n % 100 else "")
    rest = n % 1000
    between = conjunction if rest < 100 else " "
    return f"{english(n // 1000)} thousand" + (between + english(rest, conjunction) if rest else "")


DE_SMALL = words("null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf")
DE_TENS = {20: "zwanzig", 30: "dreißig", 40: "vierzig", 50: "fünfzig", 60: "sechzig", 70: "siebzig", 80: "achtzig", 90: "neunzig"}


def german(n: int, one: str = "eins") -> str:
    if n == 1:
        return one
    if n < 13:
        return DE_SMALL[n]
    if n < 20:
        return {16: "sech", 17: "sieb"}.get(n, DE_SMALL[n - 10]) + "zehn"
    if n < 100:
        return ((german(n % 10, "ein") + "und") if n % 10 else "") + DE_TENS[n - n % 10]
    size, word = (100, "hundert") if n < 1000 else (1000, "tausend")
    return german(n // size, "ein") + word + (german(n % size) if n % size else "")


NL_SMALL = words(
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien"
)
NL_TENS = {20: "twintig", 30: "dertig", 40: "veertig", 50: "vijftig", 60: "zestig", 70: "zeventig", 80: "tachtig", 90: "negentig"}


def dutch(n: int) -> str:
    if n < 20:
        return NL_SMALL[n]
    if n < 100:
        unit = NL_SMALL[n % 10]
        return (unit + ("ën" if unit.endswith("ee") or unit == "drie" else "en") if n % 10 else "") + NL_TENS[n - n % 10]
    if n < 1000:
        return (dutch(n // 100) if n >= 200 else "") + "honderd" + (dutch(n % 100) if n % 100 else "")
    return (dutch(n // 1000) if n >= 2000 else "") + "duizend" + (" " + dutch(n % 1000) if n % 1000 else "")


FR_SMALL = words("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
FR_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante"}


def french(n: int) -> str:
    if n < 17:
        return FR_SMALL[n]
    if n < 20:
        return "dix-" + FR_SMALL[n - 10]
    if n < 80:
        ten = 60 if n >= 60 else n - n % 10
        rest = n - ten
        if not rest:
            return FR_TENS[ten]
        return FR_TENS[ten] + (" et " if rest in (1, 11) else "-") + french(rest)
    if n < 100:
        return "quatre-vingts" if n == 80 else "quatre-vingt-" + french(n - 80)
    if n < 1000:
        return (
            (french(n // 100) + " " if n >= 200 else "")
            + "cent"
            + ("s" if n >= 200 and not n % 100 else "")
            + (" " + french(n % 100) if n % 100 else "")
        )
    return (french(n // 1000) + " " if n >= 2000 else "") + "mille" + (" " + french(n % 1000) if n % 1000 else "")


ES_SMALL = words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
ES_TENS = {30: "treinta", 40: "cuarenta", 50: "cincuenta", 60: "sesenta", 70: "setenta", 80: "ochenta", 90: "noventa"}
ES_HUNDREDS = ["", *words("ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos")]


def spanish(n: int) -> str:
    if n < 30:
        return ES_SMALL[n]
    if n < 100:
        return ES_TENS[n - n % 10] + (" y " + ES_SMALL[n % 10] if n % 10 else "")
    if n < 1000:
        return "cien" if n == 100 else ES_HUNDREDS[n // 100] + (" " + spanish(n % 100) if n % 100 else "")
    return (spanish(n // 1000) + " " if n >= 2000 else "") + "mil" + (" " + spanish(n % 1000) if n % 1000 else "")


PT_SMALL = words(
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove"
)
PT_TENS = {20: "vinte", 30: "trinta", 40: "quarenta", 50: "cinquenta", 60: "sessenta", 70: "setenta", 80: "oitenta", 90: "noventa"}
PT_HUNDREDS = ["", *words("cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos")]


def portuguese(n: int) -> str:
    if n < 20:
        return PT_SMALL[n]
    if n < 100:
        return PT_TENS[n - n % 10] + (" e " + PT_SMALL[n % 10] if n % 10 else "")
    if n < 1000:
        return "cem" if n == 100 else PT_HUNDREDS[n // 100] + (" e " + portuguese(n % 100) if n % 100 else "")
    rest = n % 1000
    between = " e " if rest < 100 or not rest % 100 else " "
    return (portuguese(n // 1000) + " " if n >= 2000 else "") + "mil" + (between + portuguese(rest) if rest else "")


IT_SMALL = words(
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove"
)
IT_TENS = {20: "venti", 30: "trenta", 40: "quaranta", 50: "cinquanta", 60: "sessanta", 70: "settanta", 80: "ottanta", 90: "novanta"}


def italian(n: int) -> str:
    if n < 20:
        return IT_SMALL[n]
    if n < 100:
        ten, unit = IT_TENS[n - n % 10], n % 10
        return (ten[:-1] if unit in (1, 8) else ten) + ("tré" if unit == 3 else IT_SMALL[unit] if unit else "")
    if n < 1000:
        return (IT_SMALL[n // 100] if n >= 200 else "") + "cento" + (italian(n % 100) if n % 100 else "")
    return (italian(n // 1000) + "mila" if n >= 2000 else "mille") + (italian(n % 1000) if n % 1000 else "")


RU_SMALL = words(
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
    "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
)
RU_TENS = dict(zip(range(20, 100, 10), words("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"), strict=True))
RU_HUNDREDS = ["", *words("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")]


def russian(n: int) -> str:
    if n < 20:
        return RU_SMALL[n]
    if n < 100:
        return RU_TENS[n - n % 10] + (" " + RU_SMALL[n % 10] if n % 10 else "")
    if n < 1000:
        return RU_HUNDREDS[n // 100] + (" " + russian(n % 100) if n % 100 else "")
    count = n // 1000
    head = {1: "тысяча", 2: "две тысячи"}.get(count, f"{RU_SMALL[count]} {'тысячи' if count < 5 else 'тысяч'}")
    return head + (" " + russian(n % 1000) if n % 1000 else "")


def positional(digits: str, units: tuple[str, ...], zero: str = "", *, say_one: bool = True) -> Callable[[int], str]:
    """East Asian numbers: digit and unit, from thousands down; `zero` fills a gap, a one before a unit may be left out."""

    def spell(n: int) -> str:
        out, gap = "", False
        for place, unit in zip((1000, 100, 10, 1), (*units, ""), strict=True):
            digit = n // place % 10
            if not digit:
                gap = bool(out)
                continue
            silent = digit == 1 and unit and not (say_one or out)
            out += (zero if gap else "") + ("" if silent else digits[digit]) + unit
            gap = False
        return out or digits[0]

    return spell


chinese = positional("零一二三四五六七八九", ("千", "百", "十"), "零")
chinese_financial = positional("零壹贰叁肆伍陆柒捌玖", ("仟", "佰", "拾"), "零")
japanese = positional("〇一二三四五六七八九", ("千", "百", "十"), say_one=False)
korean = positional("영일이삼사오육칠팔구", ("천", "백", "십"), say_one=False)

KANA = ["ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"]
KANA_HUNDREDS = {3: "さんびゃく", 6: "ろっぴゃく", 8: "はっぴゃく"}
KANA_THOUSANDS = {3: "さんぜん", 8: "はっせん"}


def hiragana(n: int) -> str:
    thousands, hundreds, tens, units = n // 1000, n // 100 % 10, n // 10 % 10, n % 10
    out = KANA_THOUSANDS.get(thousands, (KANA[thousands] if thousands > 1 else "") + "せん") if thousands else ""
    out += KANA_HUNDREDS.get(hundreds, (KANA[hundreds] if hundreds > 1 else "") + "ひゃく") if hundreds else ""
    out += (KANA[tens] if tens > 1 else "") + "じゅう" if tens else ""
    return out + KANA[units] if units or not n else out


SPELLERS: dict[str, Callable[[int], str]] = {
    "English": english,
    "German": german,
    "Dutch": dutch,
    "French": french,
    "Spanish": spanish,
    "Portuguese": portuguese,
    "Italian": italian,
    "Russian": russian,
    "Chinese": chinese,
    "Chinese financial": chinese_financial,
    "Japanese": japanese,
    "Japanese kana": hiragana,
    "Korean": korean,
}
