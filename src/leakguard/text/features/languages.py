"""The language of texts: by function words where the script is Latin, else the script."""

from collections.abc import Sequence

import regex

MOST = 600
"""Characters of a text that are read."""
LEAST = 2
"""Different function words that a text must have for its language."""
WORDS = {
    "English": "the and of to is in that it for with this are as was on be your you",
    "German": "der die das und ist nicht ein eine zu den mit von auf sich für dass ich sie",
    "French": "le les des et est une dans que pour pas sur au avec vous nous ce qui du",
    "Spanish": "el los las y es una en que por con para se del como su más un al",
    "Italian": "il che di è una per non con sono del della gli nel come anche alla più lo",
    "Portuguese": "o os as e é uma em que para com não se do da como mais um ao",
    "Dutch": "de het een en van is niet dat op te voor met zijn er aan ook je wordt",
    "Polish": "nie się jest na że do to w z jak ale czy przez dla po tym",
    "Swedish": "och att det som är en på för inte av den med till har jag ett",
    "Turkish": "ve bir bu için ile de da çok olarak daha gibi ne var olan",
}
SCRIPTS = ("Cyrillic", "Japanese", "Han", "Hangul", "Arabic", "Hebrew", "Devanagari", "Greek", "Thai")
_FUNCTION_WORDS = {name: frozenset(words.split()) for name, words in WORDS.items()}
_LETTERS = regex.compile(r"\p{L}+")
_OF_SCRIPT = {name: regex.compile(rf"\p{{Script={name}}}") for name in SCRIPTS if name != "Japanese"}
_KANA = regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}]")


def list_languages(texts: Sequence[str]) -> list[str]:
    """Return the language of each text: a name of WORDS, a script of SCRIPTS, or "" where neither can be told.

    >>> list_languages(["The owl is on the roof.", "Die Eule ist auf dem Dach.", "12, 13", "Сова на крыше"])
    ['English', 'German', '', 'Cyrillic']
    """
    return [_find_language(text[:MOST]) for text in texts]


def _find_language(text: str) -> str:
    # A text of another script than Latin has more letters of it than half of its letters; kana tell Japanese from Chinese. Otherwise the
    # language with the most function words is chosen, if no other has as many: several languages share short words.
    words = _LETTERS.findall(text.lower())
    if not text.isascii():
        letters = sum(map(len, words))
        if 5 * len(_KANA.findall(text)) > letters > 0:
            return "Japanese"
        for name, pattern in _OF_SCRIPT.items():
            if 2 * len(pattern.findall(text)) > letters > 0:
                return name
    found = {*words}
    counts = sorted(((len(found & known), name) for name, known in _FUNCTION_WORDS.items()), reverse=True)
    (most, name), (second, _) = counts[:2]
    return name if most >= LEAST and most > second else ""
