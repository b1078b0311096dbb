"""Disguised spellings of a number, which a person, a renderer or a decoder can read and a plain text search misses."""

from base64 import b64encode
from collections.abc import Callable, Sequence

Disguise = Callable[[int], str]

ZEROS = {
    "fullwidth": 0xFF10, "Arabic-Indic": 0x660, "Persian": 0x6F0, "Devanagari": 0x966, "Bengali": 0x9E6, "Tamil": 0xBE6, "Thai": 0xE50,
    "Khmer": 0x17E0, "bold": 0x1D7CE, "double-struck": 0x1D7D8, "sans-serif": 0x1D7E2, "bold sans-serif": 0x1D7EC, "monospace": 0x1D7F6,
    "segmented": 0x1FBF0,
}  # fmt: skip
ROWS = {
    "circled": "⓪①②③④⑤⑥⑦⑧⑨", "negative circled": "⓿❶❷❸❹❺❻❼❽❾", "superscript": "⁰¹²³⁴⁵⁶⁷⁸⁹", "subscript": "₀₁₂₃₄₅₆₇₈₉",
}  # fmt: skip
BETWEEN = {
    "zero-width space": "\u200b", "zero-width non-joiner": "\u200c", "zero-width joiner": "\u200d", "word joiner": "\u2060",
    "byte order mark": "\ufeff", "soft hyphen": "\u00ad", "left-to-right mark": "\u200e", "right-to-left mark": "\u200f",
    "isolate": "\u2066\u2069", "tag": "\U000e0041", "variation selector": "\ufe0f", "grapheme joiner": "\u034f",
    "acute": "\u0301", "underline": "\u0332", "strike": "\u0336", "empty comment": "<!-- -->", "empty element": "<b></b>",
    "break hint": "<wbr>",
}  # fmt: skip
APART = {
    "spaces": " ", "hyphens": "-", "points": ".", "slashes": "/", "bars": "|", "middle dots": "·", "underscores": "_",
    "spaced hyphens": " - ", "en dashes": "–", "bullets": " • ", "asterisks": "*", "no-break spaces": "\u00a0",
    "LaTeX spaces": "\\,",
}  # fmt: skip
EACH = {
    "keycaps": "{0}\ufe0f\u20e3", "decimal entities": "&#{1};", "hexadecimal entities": "&#x{1:x};", "open entities": "&#{1:05};",
    "escaped entities": "&amp;#{1};", "percent signs": "%{1:02x}", "double percent signs": "%25{1:02x}", "JSON escapes": "\\u{1:04x}",
    "hex escapes": "\\x{1:02x}", "braced escapes": "\\u{{{1:x}}}", "long escapes": "\\U{1:08x}", "octal escapes": "\\{1:03o}",
    "quoted-printable": "={1:02X}", "bold elements": "<b>{0}</b>", "spans": '<span class="n">{0}</span>',
}  # fmt: skip
WHOLE = {
    "bold text": "**{}**", "code": "`{}`", "an element": "<em>{}</em>", "LaTeX text": "\\text{{{}}}", "LaTeX bold": "$\\mathbf{{{}}}$",
    "quotes": "'{}'", "brackets": "[{}]", "a plus sign": "+{}", "a minus sign": "-{}", "a hash sign": "#{}", "a leading zero": "0{}",
    "leading zeros": "0000{}", "a decimal": "{}.0", "a long decimal": "{}.000", "a link": "[{}](https://example.org)",
}  # fmt: skip
MIDDLE = {
    "a bold digit": "{}**{}**{}", "a struck digit": "{}~~{}~~{}", "a digit as code": "{}`{}`{}", "a braced digit": "{}{{{}}}{}",
    "an emphatic digit": "{}<i>{}</i>{}", "a linked digit": "{}[{}](https://example.org){}", "a LaTeX digit": "{}\\text{{{}}}{}",
}  # fmt: skip
SPELLED_666 = (
    "six hundred and sixty-six", "Six Hundred Sixty Six", "six-hundred-and-sixty-six", "six six six", "SIX-SIX-SIX", "sixsixsix",
    "triple six", "six sixty-six", "sixty-six six", "sechshundertsechsundsechzig", "sechs sechs sechs", "six cent soixante-six",
    "seis seis seis", "seiscientos sesenta y seis", "seiscentos e sessenta e seis", "seicentosessantasei", "zeshonderdzesenzestig",
    "шестьсот шестьдесят шесть", "六百六十六", "六六六", "陆佰陆拾陆", "ろっぴゃくろくじゅうろく", "육백육십육", "DCLXVI", "dclxvi",
    "0x29A", "0X29a", "0b1010011010", "0o1232", "29Ah", "6 66", "66-6", "666e0",
)  # fmt: skip


def _interleaved(gap: str) -> Disguise:
    return lambda number: gap.join(str(number))


def _each(template: str) -> Disguise:
    return lambda number: "".join(template.format(digit, ord(digit)) for digit in str(number))


def _row(digits: Sequence[str]) -> Disguise:
    return lambda number: "".join(digits[int(digit)] for digit in str(number))


def _middle(template: str) -> Disguise:
    return lambda number: template.format(str(number)[:1], str(number)[1:2], str(number)[2:])


def _braille(number: int) -> str:
    return "⠼" + "".join("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"[int(digit)] for digit in str(number))


def _override(number: int) -> str:
    return "\u202e" + str(number)[::-1] + "\u202c"


def _thousands(mark: str) -> Disguise:
    return lambda number: f"{number:,}".replace(",", mark)


DIGIT_BY_DIGIT: dict[str, Disguise] = {
    **{name: _row([chr(zero + digit) for digit in range(10)]) for name, zero in ZEROS.items()},
    **{name: _row(digits) for name, digits in ROWS.items()},
    **{name: _interleaved(gap) for name, gap in BETWEEN.items()},
    **{name: _each(template) for name, template in EACH.items()},
    "braille": _braille,
    "a right-to-left override": _override,
}
"""Spellings that change every digit: for numbers of two digits or more."""

FRAMED: dict[str, Disguise] = {name: template.format for name, template in WHOLE.items()}
"""Spellings with characters around the number or before it."""

MARKED: dict[str, Disguise] = {name: _middle(template) for name, template in MIDDLE.items()}
"""Markup around the second digit of three or more."""

SEPARATED: dict[str, Disguise] = {name: _interleaved(gap) for name, gap in APART.items()}
"""Separated digits: for numbers of three to six digits."""

THOUSANDS: dict[str, Disguise] = {f"thousands {mark!r}": _thousands(mark) for mark in (",", "'", "_", " ")}
"""Thousands separators: for numbers of four to six digits."""


def list_disguises(number: int) -> dict[str, Disguise]:
    """Return the disguises in which leakguard finds a number of this size, by name."""
    digits = len(str(number))
    long = {**MARKED, **(SEPARATED if digits <= 6 else {})} if digits >= 3 else {}
    return {**DIGIT_BY_DIGIT, **FRAMED, **long, **(THOUSANDS if 3 < digits <= 6 else {})}


def encode_base64(text: object) -> str:
    """Return `str(text)` encoded in base64."""
    return b64encode(str(text).encode()).decode()
