"""Fold characters: replace every look-alike by the plain letter or digit as which a person or a tokenizer reads it.

Fullwidth, mathematical, circled, keycap and other-script digits become 0-9; accents, combining marks and invisible characters are removed;
Cyrillic and Greek letters that look Latin become Latin. Case is kept, because Roman numerals and camelCase need it. Folding is idempotent:
every replacement folds to itself.
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
# Further entries of Unicode's list of confusable characters (UTS 39), and letters that are used for their looks: я, ш, ω.
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
"""Every character that may be folded to another one."""
_FEW = 12
_RAISABLE = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")
_JOINED = _RAISABLE | frozenset("\x1b\u202e\u283c")
"""Characters whose meaning depends on the characters beside them."""
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""Terminal escape sequences, such as colours: they are not displayed."""
_RAISED = re.compile(r"(?<=[0-9])[⁰¹²³⁴-⁹₀-₉]+(?![0-9⁰¹²³⁴-⁹₀-₉])")
_OVERRIDE = re.compile("\u202e([^\u202c\u2069\n]*)\u202c?")
_TAG = 0xE0000
_SMUGGLED = re.compile("[\U000e0020-\U000e007e]{2,}")
_BRAILLE_NUMBER = re.compile("\u283c([\u2801\u2803\u2809\u2819\u2811\u280b\u281b\u2813\u280a\u281a]+)")
_BRAILLE_DIGITS = str.maketrans("\u2801\u2803\u2809\u2819\u2811\u280b\u281b\u2813\u280a\u281a", "1234567890")


def fold_character(character: str) -> str:
    """Return the folded form of one character: itself, plainer characters, or "" for an invisible one."""
    if character.isascii():
        return _fold_control(character) if character < " " or character == "\x7f" else character
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
        return _fold_control(character)
    return _fold_visible(character, category)


_HANGZHOU = "".join(map(chr, range(0x3021, 0x302A)))
"""Digits of Chinese merchants; Unicode classifies them as letters."""


def _fold_control(character: str) -> str:
    """Fold a control character: line breaks and tabs stay, other white space becomes a space, the rest is removed."""
    if character in _KEPT_CONTROLS:
        return character
    return " " if character in _SPACE_CONTROLS else ""


def _fold_visible(character: str, category: str) -> str:
    """Fold a visible character outside ASCII by its numeric value, its name, its compatibility form (NFKC) or its base letter (NFD)."""
    # The most specific property decides: a numeric value below 100, a letter in the name ("CIRCLED LATIN SMALL LETTER A"), the
    # compatibility form, then the letter without its accents or strokes. Parts are folded again, because they may be look-alikes.
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
    """Return the name of the disguise if `character` is read as `folded`; "" where it is no disguise."""
    if character == folded or character in _SOFT or folded in (" ", "-"):
        return ""
    if not folded:
        return MARKS if unicodedata.category(character) in ("Mn", "Me") else INVISIBLE
    if folded.isdigit():
        return DIGITS
    return HOMOGLYPHS if character in _LOOKALIKE else LETTERS


class FoldTable(dict[int, str]):
    """A table for str.translate that computes each character on first use."""

    def __init__(self) -> None:
        super().__init__()
        self._harmless: set[str] = set()
        self.tagged = False
        """True once the text had a Unicode tag character."""

    def __missing__(self, codepoint: int) -> str:
        folded = fold_character(chr(codepoint))
        self[codepoint] = folded
        self.tagged |= _TAG < codepoint < _TAG + 0x80
        return folded

    def harmless(self, characters: set[str]) -> bool:
        """Return True if none of these characters can disguise a digit, a letter or a word boundary."""
        for character in characters - self._harmless:
            folded = self[ord(character)]
            if (folded not in (character, " ", "-") and character not in _SOFT) or character == "\u283c":
                return False
            self._harmless.add(character)
        return True


def _reverse_overrides(text: str) -> str:
    """Return the text in display order: reversed after each right-to-left override."""
    return _OVERRIDE.sub(lambda match: match.group(1)[::-1], text)


def _reverse_view(view: View) -> View:
    """Return the view with text behind a right-to-left override as it is displayed; every character keeps its own position."""
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
    """Return the folded text in the order in which it is stored, or None if it has no right-to-left override."""
    if "\u202e" not in text:
        return None
    shown = fold_with_offsets(text, table)
    order = sorted(range(len(shown.text)), key=shown.starts.__getitem__)
    return View("".join(shown.text[place] for place in order), order, [place + 1 for place in order], [""] * len(order))


def view_tag_characters(text: str) -> View | None:
    """Return a view of the text in Unicode tag characters, which are invisible but read by tokenizers; None if there is none."""
    runs = list(_SMUGGLED.finditer(text))
    if not runs:
        return None
    text_of_tags = "".join("\n" + "".join(chr(ord(tag) - _TAG) for tag in run.group()) for run in runs)
    places = [place for run in runs for place in (run.start(), *range(*run.span()))]
    return View(text_of_tags, places, [place + 1 for place in places], [TAGS] * len(places))


def fold(text: str, table: FoldTable) -> str:
    """Fold a text. The result is `fold_with_offsets(text, table).text`, computed faster.

    Few distinct characters need replacing in most texts: each is replaced with str.replace; only texts with many go through str.translate.
    """
    if text.isascii() and not CONTROLS.search(text):
        return text
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if "\u202e" in text:
        text = _reverse_overrides(text)
    rare = set(UNUSUAL.findall(text))
    if not rare.isdisjoint(_RAISABLE):
        text = _mark_raised(text)
    if len(rare) > _FEW:
        text = text.translate(table)
    else:
        # A replacement folds to itself, so replacing one character after the other gives the same result as translating all at once.
        for character in rare:
            text = text.replace(character, table[ord(character)])
    return _read_braille(text) if "\u283c" in rare else text


def map_offsets(text: str, table: FoldTable) -> OffsetMap:
    """Return the map from offsets in `fold(text)` to offsets in `text`; cheaper than `fold_with_offsets` where folding keeps the length."""
    rare = set(UNUSUAL.findall(text))
    one_for_one = rare.isdisjoint(_JOINED) and all(len(table[ord(character)]) == 1 for character in rare)
    return _InPlace(text, table) if one_for_one else fold_with_offsets(text, table)


class _InPlace:
    """Offset map of a text in which each character is folded to exactly one, so that offsets do not change. Most texts are such."""

    def __init__(self, text: str, table: FoldTable) -> None:
        self._text = text
        self._table = table

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span unchanged."""
        return start, end

    def name_disguise(self, start: int, end: int) -> str:
        """Return the names of the disguises inside the span."""
        unusual = UNUSUAL.findall(self._text[start:end])
        return join_disguises(name_character_disguise(character, self._table[ord(character)]) for character in unusual)


def fold_with_offsets(text: str, table: FoldTable) -> View:
    """Return a view of the folded text.

    Removes terminal sequences, reverses overrides, folds each character, and reads braille digits last, because invisible characters may be
    between a number sign and its digits.
    """
    shown = apply_edits(make_view(text), [Edit(*match.span(), "", INVISIBLE) for match in _COLOURS.finditer(text)])
    view = _reverse_view(shown) if "\u202e" in text else shown
    raised = {match.start() for match in _RAISED.finditer(view.text)}
    edits = []
    for match in UNUSUAL.finditer(view.text):
        at, character = match.start(), match.group()
        folded = table[ord(character)]
        if folded != character or at in raised:
            edits.append(Edit(at, at + 1, "^" + folded if at in raised else folded, name_character_disguise(character, folded)))
    view = apply_edits(view, edits)
    # Last, because invisible characters may be between a number sign and its digits.
    return apply_edits(view, _braille_edits(view.text)) if "\u283c" in view.text else view


def _mark_raised(text: str) -> str:
    """Put "^" before superscripts and subscripts behind digits: they do not continue the number."""
    return _RAISED.sub(lambda match: "^" + match.group(), text)


def _read_braille(text: str) -> str:
    """Replace braille digits behind a number sign."""
    return _BRAILLE_NUMBER.sub(lambda match: match.group(1).translate(_BRAILLE_DIGITS), text)


def _braille_edits(text: str) -> list[Edit]:
    """Return the edits that replace braille digits behind a number sign."""
    return [Edit(*match.span(), match.group(1).translate(_BRAILLE_DIGITS), BRAILLE) for match in _BRAILLE_NUMBER.finditer(text)]
