"""Read characters as a reader or a tokenizer would: one plain letter or digit for every look-alike.

Fullwidth, mathematical, circled, keycap and other-script digits become 0-9; accents, combining marks and invisible
characters vanish; Cyrillic and Greek letters that look Latin become Latin. Case is kept: roman numerals and camelCase
need it. Folding is idempotent: every replacement folds to itself.
"""

import re
import unicodedata

from leakguard.text.view import Edit, OffsetMap, View, apply_edits, join_disguises, make_view

INVISIBLE = "invisible characters"
MARKS = "combining marks"
DIGITS = "other-script digits"
LETTERS = "styled letters"
HOMOGLYPHS = "look-alike letters"
BRAILLE = "braille"
REVERSED = "reversed text"
TAGS = "tag characters"

_LOOKALIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХЗаеіјорсухѕһԁԝԛӏгкмнптв" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυχι" + "ҮүҺԌԍ" + "աոսօցհՕՍԼ" + "ᎪᏴᎬᏀᎻᎫᏞᎷᏢᏒᏚᎢᏙᏃ",
        "ABESIJKMHOPCTYX3aeijopcyxshdwqlrkmhntb" + "ABEZHIKMNOPTYXavopuxi" + "YyhGg" + "wnuoghOUL" + "ABEGHJLMPRSTVZ",
        strict=True,
    )
)
# More of those that Unicode's list of confusable characters (UTS 39) names, and what is written for its looks: я, ш, ω.
_LOOKALIKE |= dict(
    zip(
        "ЬьӀѡҽѵѴԜЯяШшЦц"
        + "κτωηγεϲϹͿϺ"
        + "Տքռգ"
        + "ꓮꓐꓚꓓꓒꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ"
        + "ⲤⲥⲎⲒⲔⲘⲚⲞⲟⲢⲣⲦⲬⲨ"
        + "ᎠᎡᎥᎩᎳᏟᏕᏦᏤᏏᏂᏳ"
        + "ᗅᗷᗞᗪᖴᕼᒍᒪᗰᑭᖇᑌᐯ᙭ᑲᑯ"
        + "ᴑɩɯɣƽƦ",
        "bbIwevVWRrWwUu"
        + "ktwnyecCJM"
        + "Sfnq"
        + "ABCDdEFGHIJKLMNOPRSTUVWXYZ"
        + "CcHIKMNOoPpTXY"
        + "DRiYWCSKVbhG"
        + "ABDDFHJLMPRUVXbd"
        + "oiwysR",
        strict=True,
    )
)
_LOOKALIKE |= {"З": "З", "ı": "i", "ɡ": "g", "ɑ": "a", "ƒ": "f"}
_SOFT = {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "⁄": "/", "∕": "/", "٬": ",", "٫": ".", "−": "-", "⠀": " "}
_SOFT |= {"№": "#", "…": "…"}
_FILLERS = "\u115f\u1160\u3164\uffa0"
_KEPT_CONTROLS = "\t\n\r"
_SPACE_CONTROLS = "\x0b\x0c\x1c\x1d\x1e\x1f\x85"
_NAMED_LETTER = re.compile(r"(?:CIRCLED|SQUARED|PARENTHESIZED|REGIONAL INDICATOR|SMALL CAPITAL|SUBSCRIPT SMALL)\b.* ([A-Z])$")
_ADORNED_LETTER = re.compile(r"LATIN (CAPITAL|SMALL) LETTER ([A-Z]) WITH ")
_STRIPPED_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
UNUSUAL = re.compile(r"[^\t\n\r -~]")
"""Every character that may be read as another one."""
_FEW = 12
_RAISABLE = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")
_JOINED = _RAISABLE | frozenset("\x1b\u202e\u283c")
"""What is read together with the characters beside it."""
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""What a terminal takes as an order, such as a colour, and does not show."""
_RAISED = re.compile(r"(?<=[0-9])[⁰¹²³⁴-⁹₀-₉]+(?![0-9⁰¹²³⁴-⁹₀-₉])")
_OVERRIDE = re.compile("\u202e([^\u202c\u2069\n]*)\u202c?")
_TAG = 0xE0000
_SMUGGLED = re.compile("[\U000e0020-\U000e007e]{2,}")
_BRAILLE_NUMBER = re.compile("\u283c([\u2801\u2803\u2809\u2819\u2811\u280b\u281b\u2813\u280a\u281a]+)")
_BRAILLE_DIGITS = str.maketrans("\u2801\u2803\u2809\u2819\u2811\u280b\u281b\u2813\u280a\u281a", "1234567890")


def fold_character(character: str) -> str:
    """What one character is read as: itself, something plainer, or nothing."""
    if character.isascii():
        return _control(character) if character < " " or character == "\x7f" else character
    if character in _SOFT:
        return _SOFT[character]
    if character in _LOOKALIKE:
        return _LOOKALIKE[character]
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me") or character in _FILLERS:
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if category == "Pd":
        return "-"
    if category == "Cc":
        return _control(character)
    return _plainer(character, category)


_HANGZHOU = "".join(map(chr, range(0x3021, 0x302A)))
"""Digits of Chinese merchants; to Unicode they are letters."""


def _control(character: str) -> str:
    if character in _KEPT_CONTROLS:
        return character
    return " " if character in _SPACE_CONTROLS else ""


def _plainer(character: str, category: str) -> str:
    if category in ("Nd", "No") or character in _HANGZHOU:
        value = unicodedata.numeric(character, None)
        if value is not None and value == int(value) and 0 <= value < 100:
            return str(int(value))
        return character
    name = unicodedata.name(character, "")
    named = _NAMED_LETTER.search(name)
    if named:
        letter = named.group(1)
        return letter if "CAPITAL LETTER" in name or "REGIONAL" in name else letter.lower()
    compatible = unicodedata.normalize("NFKC", character)
    if compatible != character:
        return "".join(fold_character(part) for part in compatible)
    if category.startswith("L") and name.startswith(_STRIPPED_SCRIPTS):
        bare = unicodedata.normalize("NFD", character)[0]
        if bare != character:
            return fold_character(bare)
        adorned = _ADORNED_LETTER.match(name)
        return character if adorned is None else adorned.group(2) if adorned.group(1) == "CAPITAL" else adorned.group(2).lower()
    return character


def name_character_disguise(character: str, folded: str) -> str:
    """Name of the disguise in which `character` was read as `folded` ("" where it is no disguise)."""
    if character == folded or character in _SOFT or folded in (" ", "-"):
        return ""
    if not folded:
        return MARKS if unicodedata.category(character) in ("Mn", "Me") else INVISIBLE
    if folded.isdigit():
        return DIGITS
    return HOMOGLYPHS if character in _LOOKALIKE else LETTERS


class FoldTable(dict[int, str]):
    """A table for str.translate that learns each character when it is first seen."""

    def __init__(self) -> None:
        super().__init__()
        self._harmless: set[str] = set()
        self.tagged = False
        """Whether a tag character was ever met."""

    def __missing__(self, codepoint: int) -> str:
        folded = fold_character(chr(codepoint))
        self[codepoint] = folded
        self.tagged |= _TAG < codepoint < _TAG + 0x80
        return folded

    def harmless(self, characters: set[str]) -> bool:
        """True if reading these characters as they stand cannot hide a digit, a letter or a boundary."""
        for character in characters - self._harmless:
            folded = self[ord(character)]
            if (folded not in (character, " ", "-") and character not in _SOFT) or character == "\u283c":
                return False
            self._harmless.add(character)
        return True


def _unreversed(text: str) -> str:
    return _OVERRIDE.sub(lambda match: match.group(1)[::-1], text)


def _reversed_view(view: View) -> View:
    """Text under a right-to-left override as it is shown, every character with its own place."""
    places: list[tuple[int, str]] = []
    at = 0
    for match in _OVERRIDE.finditer(view.text):
        places += [(place, "") for place in range(at, match.start())]
        places += [(place, REVERSED) for place in range(match.end(1) - 1, match.start(1) - 1, -1)]
        at = match.end()
    places += [(place, "") for place in range(at, len(view.text))]
    return View(
        "".join(view.text[place] for place, _ in places),
        [view.starts[place] for place, _ in places],
        [view.ends[place] for place, _ in places],
        [view.forms[place] or form for place, form in places],
    )


def view_in_logical_order(text: str, table: FoldTable) -> View | None:
    """What is read under a right-to-left override (`fold(text)`), in the order in which it is stored; None without an override."""
    if "\u202e" not in text:
        return None
    shown = fold_with_offsets(text, table)
    order = sorted(range(len(shown.text)), key=shown.starts.__getitem__)
    return View("".join(shown.text[place] for place in order), order, [place + 1 for place in order], [""] * len(order))


def view_tag_characters(text: str) -> View | None:
    """What is written in tag characters, which nobody sees and a tokenizer reads; None if there is nothing."""
    runs = list(_SMUGGLED.finditer(text))
    if not runs:
        return None
    said = "".join("\n" + "".join(chr(ord(tag) - _TAG) for tag in run.group()) for run in runs)
    places = [place for run in runs for place in (run.start(), *range(*run.span()))]
    return View(said, places, [place + 1 for place in places], [TAGS] * len(places))


def fold(text: str, table: FoldTable) -> str:
    """The text as it is read; same as `fold_view(text, table).text`, but fast."""
    if text.isascii() and not CONTROLS.search(text):
        return text
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if "\u202e" in text:
        text = _unreversed(text)
    rare = set(UNUSUAL.findall(text))
    if not rare.isdisjoint(_RAISABLE):
        text = _raised(text)
    if len(rare) > _FEW:
        text = text.translate(table)
    else:
        # A replacement folds to itself, so one character after the other gives the same as all at once.
        for character in rare:
            text = text.replace(character, table[ord(character)])
    return _braille(text) if "\u283c" in rare else text


def map_offsets(text: str, table: FoldTable) -> OffsetMap:
    """The way from places in `fold(text)` to those in `text`, like that of `fold_view(text)` but mostly without building it."""
    rare = set(UNUSUAL.findall(text))
    one_for_one = rare.isdisjoint(_JOINED) and all(len(table[ord(character)]) == 1 for character in rare)
    return _InPlace(text, table) if one_for_one else fold_with_offsets(text, table)


class _InPlace:
    """A text in which every character is read as one other, as in nearly all: then every place is its own home."""

    def __init__(self, text: str, table: FoldTable) -> None:
        self._text = text
        self._table = table

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        return start, end

    def name_disguise(self, start: int, end: int) -> str:
        unusual = UNUSUAL.findall(self._text[start:end])
        return join_disguises(name_character_disguise(character, self._table[ord(character)]) for character in unusual)


def fold_with_offsets(text: str, table: FoldTable) -> View:
    """The text as it is read, with the way home."""
    shown = apply_edits(make_view(text), [Edit(*match.span(), "", INVISIBLE) for match in _COLOURS.finditer(text)])
    view = _reversed_view(shown) if "\u202e" in text else shown
    raised = {match.start() for match in _RAISED.finditer(view.text)}
    edits = []
    for match in UNUSUAL.finditer(view.text):
        at, character = match.start(), match.group()
        folded = table[ord(character)]
        if folded != character or at in raised:
            edits.append(Edit(at, at + 1, "^" + folded if at in raised else folded, name_character_disguise(character, folded)))
    view = apply_edits(view, edits)
    # Last, for what is invisible may stand between a number sign and its digits.
    return apply_edits(view, _braille_edits(view.text)) if "\u283c" in view.text else view


def _raised(text: str) -> str:
    return _RAISED.sub(lambda match: "^" + match.group(), text)


def _braille(text: str) -> str:
    return _BRAILLE_NUMBER.sub(lambda match: match.group(1).translate(_BRAILLE_DIGITS), text)


def _braille_edits(text: str) -> list[Edit]:
    return [Edit(*match.span(), match.group(1).translate(_BRAILLE_DIGITS), BRAILLE) for match in _BRAILLE_NUMBER.finditer(text)]
