"""Tell bare lists of numbers from text that has words, labels or telephone numbers in it."""

import re

LEAST_DIGITS = 8
"""At least one in this many characters of a bare list is a digit."""

_PUNCTUATION = r"\s,;:|/.\-\[\]()'\""
_ODD = re.compile(rf"[^0-9{_PUNCTUATION}]")
_LABEL = re.compile(rf"[{_PUNCTUATION}]*(?![lIiOoZSB]+(?![^\W_]))(?:[^\W\d_]{{2,}}(?![^\W_])|[^\W\d_]\.\s)")
_OBJECT = re.compile(r"[\s\[]*\{\s*[\"'][^\"'\n]{0,40}[\"']\s*:")
_SUM = re.compile(r"[0-9]\s*[-+*/×÷xX·−]\s*[0-9]+\s*=\s*[0-9]")
_SHAPE = (
    r"(?:\([0-9]{3}\) ?[0-9]{3}-[0-9]{4}|\+[0-9]{1,3}(?:[ -][0-9]{2,4}){2,4}|0[0-9]{2,4} [0-9]{3,4} [0-9]{3,4}|"
    r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-[0-3][0-9]|[0-3]?[0-9]/[01]?[0-9]/(?:19|20)?[0-9]{2}|\([0-9]{4} ?[-–] ?[0-9]{4}\))"
)
_SHAPED = re.compile(rf"\s*+{_SHAPE}(?:\s*+(?:[,;–-]|or|and|to)?\s*+{_SHAPE})*+[\s.]*+")


def is_number_list(text: str) -> bool:
    """Return True if a folded text consists of numbers and list punctuation.

    At least one in eight characters must be a digit, and other characters may be at most a third as many as digits (some are digits in
    disguise). Lists with a label, sums, telephone numbers and dates do not count.
    """
    digits = sum(map(text.count, "0123456789"))
    if LEAST_DIGITS * digits < max(len(text), 1) or 3 * len(_ODD.findall(text)) > digits:
        return False
    return not (is_labelled(text) or is_shaped(text))


def is_labelled(text: str) -> bool:
    """Return True if a word or a key names the numbers ("Fax: 020 7946 0666", `{"a": 7}`), or if they are a sum ("2 + 2 = 4")."""
    return _LABEL.match(text) is not None or _OBJECT.match(text) is not None or _SUM.search(text) is not None


def is_shaped(text: str) -> bool:
    """Return True if a text consists of telephone numbers, dates or the years of a life."""
    return _SHAPED.fullmatch(text) is not None
